"""Measures this machine, reads what llama-bench printed, and keeps both for later estimates."""
