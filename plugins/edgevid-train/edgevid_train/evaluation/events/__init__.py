"""How good events are against the truth about whole drives; docs/evaluation.md has the formulas."""
