"""Reading and scoring predictions."""
