"""The checks of `validate`, by topic."""
