"""Ledger round trip: a 招商台账 that was imported comes out again as its office lays it out, with today's values.

compare.py sets this week's file beside the last. current.py says what each cell should be and additions.py which
projects are new, in the words of values.py. export.py hands out the file with it: rebuilding.py lays a file of another
format out as xlsx, writer.py starts the limited subprocess in which writing.py and adding.py put all of it in.
"""
