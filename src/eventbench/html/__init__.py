"""Pages: annotated articles and error analyses."""
