"""Random PromQL over random data, asked of two servers."""
