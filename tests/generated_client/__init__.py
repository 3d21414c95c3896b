"""A client that is none of ours, generated from the schema that the server serves. Part of `make browser`."""
