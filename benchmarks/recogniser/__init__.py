"""How the recogniser of Latin scripts is trained, measured and exported; see README.md."""
