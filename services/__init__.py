"""The services: each a package of its own that imports ``shared`` and no other service."""
