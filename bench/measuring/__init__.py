"""What the scenarios measure with: the peers, the load, the queries, the figures and their tables."""
