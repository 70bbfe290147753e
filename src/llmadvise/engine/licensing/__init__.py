"""What a license lets one do, with what the line of descent adds to it."""
