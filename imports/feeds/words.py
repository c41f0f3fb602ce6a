"""Rules for words that sheets use; they are the screens' own (crm/rules.py)."""

from crm.rules import member_of, split, yes

__all__ = ["member_of", "split", "yes"]
