"""The web console: pages on which people see, review and approve documents."""
