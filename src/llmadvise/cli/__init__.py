"""The command line: parses, calls `api`, hands the result to `render`."""
