"""Notices by mail: who is told, in which words, and what the mail server said."""
