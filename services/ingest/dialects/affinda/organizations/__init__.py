"""The organization of a key."""
