"""Light in the cabin and the view through the windows."""
