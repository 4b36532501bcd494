"""Collections: the older notion of a document type inside a workspace."""
