"""Whether networks see time: clips that differ in the order of their frames alone."""
