"""What was measured: quality of lists, and speed beside peers. Not part of the package."""
