"""The packed CC0 body, its skeleton and its pose."""
