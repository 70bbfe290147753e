"""The engine's graph of one micro-batch, drawn, scheduled and laid out as llama.cpp does it."""
