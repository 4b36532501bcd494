"""The API of Documind, at /documind/api/v1."""
