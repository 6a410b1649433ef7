"""What lights the cabin and what the windows show."""
