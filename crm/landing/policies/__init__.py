"""Policies in force, their conditions as data, their reviews, and the funds behind them."""
