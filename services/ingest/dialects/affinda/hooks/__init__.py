"""Webhooks, which this dialect calls resthook subscriptions, in both versions."""
