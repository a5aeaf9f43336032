"""Checks of annotations, and agreement between annotation sets."""
