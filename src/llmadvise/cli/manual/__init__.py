"""What the program says of itself, for readers elsewhere: man page, completion scripts, reference pages."""
