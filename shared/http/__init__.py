"""HTTP for every service: errors, keys, cursors, operations and their OpenAPI, health."""
