"""Our own words for things: what the native API says and is told, and what the console shows."""
