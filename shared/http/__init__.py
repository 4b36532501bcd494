"""What every HTTP server here shares: errors, keys, paging, OpenAPI, health."""
