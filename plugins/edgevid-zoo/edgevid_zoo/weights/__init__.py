"""Weights: files of them, and what their makers call them."""
