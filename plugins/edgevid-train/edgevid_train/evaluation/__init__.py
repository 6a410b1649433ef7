"""Evaluates a bundle on labelled clips: accuracy, calibration, robustness, earliness."""
