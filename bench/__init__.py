"""Measurements that are run by hand; what they gave is in docs/performance.md."""
