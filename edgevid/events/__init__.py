"""From predictions to events: evidence, filter, segments, timers, levels, availability.

Everything here is driven by the times of predictions: no wall clock, no frame counts, nothing
random, so that the same predictions give the same events.
"""
