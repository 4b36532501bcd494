"""Taking containers apart: messages and archives. All of it runs in limited child processes."""
