"""The extract stage: what the document says."""
