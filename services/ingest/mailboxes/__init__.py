"""Mailboxes on other people's servers: looked into, and their mail taken."""
