"""Documents made by code: what the tests upload, with what is printed on them."""
