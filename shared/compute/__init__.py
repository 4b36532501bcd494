"""Work in limited child processes, away from the event loop.

Empty, so that a child, which imports a part of it, does not load what its parent needs.
"""
