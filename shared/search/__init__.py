"""Search by text: what a document is found by, and what somebody searches for."""
