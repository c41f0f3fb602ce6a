"""Ledger round trip: a 招商台账 that was imported comes out again as its office lays it out, with today's values.

compare.py sets this week's file beside the last, current.py says what each cell should be, writer.py puts that into a
copy of the file in a limited subprocess.
"""
