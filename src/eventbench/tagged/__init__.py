"""Files of tagged sentences, of any labels and size."""
