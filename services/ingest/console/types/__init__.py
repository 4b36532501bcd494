"""Document types: their fields, tried on documents, made of samples, trained by reviews."""
