"""Poses, actions and their schedule."""
