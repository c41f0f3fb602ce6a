"""Action plans with their tasks, and the proposals that they answer."""
