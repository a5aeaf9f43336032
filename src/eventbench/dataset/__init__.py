"""The Hugging Face dataset."""
