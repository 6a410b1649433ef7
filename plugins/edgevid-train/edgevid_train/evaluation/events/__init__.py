"""Evaluation of events against the truth of whole drives; docs/evaluation.md has the formulas."""
