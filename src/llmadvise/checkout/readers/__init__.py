"""Readers: one for each kind of file that names models."""
