"""Publishing on the Hugging Face Hub: files, their checks, the plan, and the commit."""
