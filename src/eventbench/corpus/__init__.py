"""The data: documents, scheme, standoff, tokens."""
