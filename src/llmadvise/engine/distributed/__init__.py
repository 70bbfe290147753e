"""Several GPUs and nodes: which ways of cutting a model work, and which of them to take."""
