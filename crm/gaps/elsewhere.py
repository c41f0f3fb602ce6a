"""What gaps say on the pages of companies. `register` is called by app.py once."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from crm.chain.models import Segment
from crm.companies import extensions
from crm.database import db
from crm.gaps import queries


def register() -> None:
    """Tell of segments what they lack; a second call changes nothing."""
    if segment_notes not in extensions.segment_notes:
        extensions.segment_notes.append(segment_notes)


def segment_notes(segment_ids: Sequence[int]) -> Mapping[int, str]:
    """How each segment stands: 缺失, 薄弱 …"""
    segments = db.session.scalars(select(Segment).where(Segment.id.in_(segment_ids)))
    return {segment.id: _(queries.gap_of(segment).standing.label) for segment in segments}
