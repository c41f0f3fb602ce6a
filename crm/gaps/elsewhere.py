"""What gaps say on the pages of companies and projects. `register` is called by app.py once."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from crm.chain.models import Segment
from crm.companies import extensions
from crm.database import db
from crm.gaps import queries
from crm.pipeline import extensions as pipeline
from crm.pipeline.models import Effect


def register() -> None:
    """Tell of segments what they lack; a second call changes nothing."""
    if segment_notes not in extensions.segment_notes:
        extensions.segment_notes.append(segment_notes)
        pipeline.effects.append(effect_in)


def segment_notes(segment_ids: Sequence[int]) -> Mapping[int, str]:
    """How each segment stands: 缺失, 薄弱 …"""
    segments = db.session.scalars(select(Segment).where(Segment.id.in_(segment_ids)))
    return {segment.id: _(queries.gap_of(segment).standing.label) for segment in segments}


def effect_in(segment: Segment) -> Effect | None:
    """What a project would do to a segment: 补链, 强链 or 延链, by the status that holds of its gap."""
    return queries.gap_of(segment).effect
