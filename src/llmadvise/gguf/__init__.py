"""Reads the header of a GGUF file from any byte source: what the model is and where its bytes lie, never the weights."""
