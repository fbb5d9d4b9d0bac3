"""Speed and memory beside peers: one module a table, found by its function ``measure``."""
