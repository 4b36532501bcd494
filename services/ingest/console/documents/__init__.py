"""The pages about documents: all of them, and each by itself."""
