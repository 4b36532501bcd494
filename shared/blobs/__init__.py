"""The blob port and its adapters: S3-compatible stores and a folder."""
