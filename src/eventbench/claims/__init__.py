"""Incidents across articles, and who claims or denies them."""
