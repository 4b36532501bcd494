"""The store in MongoDB."""

from shared.store.mongo.store import MongoStore

__all__ = ["MongoStore"]
