"""Candidates: possible values of a type, found by small grammars of our own."""
