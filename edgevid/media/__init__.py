"""Video and pictures: opening, times, rotation, exact decoding and encoding."""
