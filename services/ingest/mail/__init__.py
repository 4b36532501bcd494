"""Mail: who sent it, and what is in it."""
