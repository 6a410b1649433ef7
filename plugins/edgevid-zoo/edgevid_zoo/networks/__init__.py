"""The networks, one architecture in a file."""
