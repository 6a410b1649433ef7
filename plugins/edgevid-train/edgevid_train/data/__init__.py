"""Datasets: one table format, adapters from others' formats, and clips for training."""
