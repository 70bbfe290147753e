"""Documents as a person reads them in a terminal; one kind of document a file."""
