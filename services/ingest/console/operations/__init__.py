"""How work goes on: lines, what stands still, dead letters, one document's way."""
