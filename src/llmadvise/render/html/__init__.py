"""Reports as one self-contained HTML file: no script, font or picture from elsewhere."""
