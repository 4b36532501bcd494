"""Document types: their life, and models of their data."""
