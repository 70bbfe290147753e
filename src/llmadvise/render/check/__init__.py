"""The check in the formats that other programs read."""
