"""Hand-over 移交: all that somebody holds goes to a colleague in one previewed act, which can be taken back."""
