"""Judge recommenders honestly: splits by time, the whole catalogue ranked, baselines beside."""
