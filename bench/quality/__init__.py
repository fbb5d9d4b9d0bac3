"""Quality of lists: what settings do, what tuning gains, how alike similar items are."""
