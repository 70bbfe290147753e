"""The front door: each use of llmadvise as a function. Adapters and engine meet here and nowhere else."""
