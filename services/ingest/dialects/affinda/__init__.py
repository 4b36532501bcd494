"""The API of Affinda, versions 3 and 2, as its official clients speak it."""
