"""A folder that holds what a run saw: pictures bit for bit, times, losses, vehicle states."""
