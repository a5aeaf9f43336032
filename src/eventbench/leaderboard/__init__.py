"""Entries of the leaderboard."""
