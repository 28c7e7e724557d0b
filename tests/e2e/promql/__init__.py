"""Prometheus' own PromQL test scripts: what they say (script, series, histogram) and whether an answer agrees (expectation)."""
