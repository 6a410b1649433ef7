"""Causal training of streaming networks."""
