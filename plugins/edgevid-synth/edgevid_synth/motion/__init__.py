"""What the driver does: poses, behaviours and their course in time."""
