"""Spreadsheet import. Each module is one step; the order of reading is the order of work.

``workbook`` (bytes → sheets of cells) → ``columns`` (header words → fields) → ``rows`` (cells → values with
verdicts) → ``matching`` (new / matched / ambiguous) → ``apply`` (one transaction) → ``undo``; what was not taken goes
back through ``rejects``. What a row may hold is said by ``feeds``, one module per kind of row.
"""
