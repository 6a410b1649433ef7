"""Engines of a batch: processes of this machine, or a Ray cluster. Both run the same tasks."""
