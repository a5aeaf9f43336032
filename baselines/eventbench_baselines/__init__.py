"""The baselines of eventbench: one module or package for each system."""
