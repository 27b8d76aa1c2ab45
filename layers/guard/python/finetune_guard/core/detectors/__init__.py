"""Detectors: one file per signal, each a pure and causal function of the whole history."""
