"""The store port and its adapters: MongoDB and SQLite."""
