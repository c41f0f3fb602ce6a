"""Notices 提醒: that something waits for a person, as a kind and a count with a link; never a name (promise 24)."""
