"""Files that run what was advised, one module a form; values are quoted by each format's own rules."""
