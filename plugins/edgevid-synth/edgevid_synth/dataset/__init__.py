"""Clips and drives on disk: videos, annotations and data tables."""
