"""From what a repository says of itself to an entry of the catalog, as far as it can be known; pure, no network."""
