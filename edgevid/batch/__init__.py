"""Recorded drives in bulk: cut exactly, analysed in any order, joined as if never cut."""
