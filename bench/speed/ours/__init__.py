"""Footpath's own sides of comparisons: scripts that run in this environment."""
