"""How much was taken in."""
