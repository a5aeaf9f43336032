"""Other tools' formats: one module a format, listed in `registry`."""
