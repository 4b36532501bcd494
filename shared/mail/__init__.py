"""Sending mail by the operator's mail server."""
