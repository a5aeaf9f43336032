"""Build and load the Hugging Face dataset."""
