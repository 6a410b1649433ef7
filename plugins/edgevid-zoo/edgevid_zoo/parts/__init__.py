"""What several networks are made of, each once."""
