"""Files of several documents."""
