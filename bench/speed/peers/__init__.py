"""Peers: their pinned requirements, and the scripts that run in their environments."""
