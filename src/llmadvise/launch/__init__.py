"""Starts what was advised: processes, their health and their logs; the only code besides the probe that runs a program."""
