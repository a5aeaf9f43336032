"""Systems, runs and models."""
