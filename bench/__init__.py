"""One module per figure of docs/performance.md; `python -m bench [NAME …]` measures them and prints their rows.

A figure in milliseconds says little by itself, so each stands beside what it could be compared with: the same query
behind a bare Flask page, or the same write without what is measured. Ratios are what a change may not worsen.
"""
