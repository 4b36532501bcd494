"""The notify stage: who is told, and how."""
