"""Fuzzing, by ``make fuzz``: what others send, mutated; see docs/testing.md."""
