"""Documents of this dialect."""
