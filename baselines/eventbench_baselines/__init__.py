"""The baselines of eventbench, one file a system."""
