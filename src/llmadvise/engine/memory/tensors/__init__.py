"""The tensors of a file that nobody has opened: made up from dimensions and the engine's own rules of quantization."""
