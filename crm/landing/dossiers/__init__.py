"""What was published of a chain's “六个一”, and its company roster."""
