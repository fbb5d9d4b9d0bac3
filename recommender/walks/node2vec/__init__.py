"""Second-order walks (node2vec), compiled."""
