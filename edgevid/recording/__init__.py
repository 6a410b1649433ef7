"""A folder that holds what a run saw: images bit for bit, times, losses, vehicle states."""
