"""Targets for a gap: who could fill it, in order, each place with its reasons.

    value = open gap × score                 score = Σ weight × share of its parts, out of 100

The parts are fit, capability, place, warmth and expansion; each has a share from 0 to 1, facts and a sentence. The
weights are rows that a manager edits. Nothing here looks at people: no contact, no name, no number of one.
"""
