"""The commands of edgevid-train: they parse, call and print."""
