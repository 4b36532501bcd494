"""What ``docstage doctor`` looks at: this machine's settings and parts, and a server."""
