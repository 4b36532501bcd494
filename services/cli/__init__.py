"""The docstage command."""
