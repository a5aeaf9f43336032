"""Read predictions and score, compare or diagnose them."""
