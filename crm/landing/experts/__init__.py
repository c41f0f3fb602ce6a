"""Experts, and draws from their register that anyone can repeat."""
