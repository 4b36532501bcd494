"""Schemas made of what stands on a sample."""
