"""Bare reference scripts: what the same work costs with nothing around it."""
