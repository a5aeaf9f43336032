"""Tasks: what can be predicted. One file per task, and a registry."""
