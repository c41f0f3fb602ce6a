"""Trips 出访计划: which companies are visited when and by whom; each visit that is logged fills it in."""
