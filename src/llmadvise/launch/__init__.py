"""Starts what was advised: processes, their health and their logs; and the files that run it elsewhere."""
