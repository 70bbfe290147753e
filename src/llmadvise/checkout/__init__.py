"""The user's repository: what it refers to, and the files that say what it may."""
