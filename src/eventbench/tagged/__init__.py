"""Files of tagged sentences, with any labels and of any size."""
