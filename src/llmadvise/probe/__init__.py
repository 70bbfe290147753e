"""Looks at the machine, or at a description of one, and says what was found; the only code that does."""
