"""Metric series and the readers that make them."""
