"""What an organization's own reviews teach about the layouts it gets."""
