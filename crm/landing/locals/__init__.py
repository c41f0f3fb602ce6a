"""What the city does with the companies that it has: growth, needs, partners wanted."""
