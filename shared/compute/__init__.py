"""Work in limited child processes, away from the event loop."""
