"""Readers of what other tools print about a machine: text in, typed records out; nothing here runs or opens anything."""
