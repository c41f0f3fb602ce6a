"""What gaps say on the pages of segments, companies and projects. `register` is called by app.py once."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from crm.chain import extensions as chain
from crm.chain.models import Segment
from crm.companies import extensions
from crm.gaps import merging, queries
from crm.pipeline import extensions as pipeline
from crm.pipeline.models import Effect


def register() -> None:
    """Tell of segments what they lack; a second call changes nothing."""
    if segment_notes not in extensions.segment_notes:
        extensions.segment_notes.append(segment_notes)
        pipeline.effects.append(effect_in)
        chain.attached.append(merging.hanging)


def segment_notes(segment_ids: Sequence[int]) -> Mapping[int, str]:
    """How each segment stands: 缺失, 薄弱 …"""
    figures = queries.figures_of_segments(segment_ids) if segment_ids else {}
    return {segment_id: _(each.gaps[0].standing.label) for segment_id, each in figures.items()}


def effect_in(segment: Segment) -> Effect | None:
    """What a project would do to a segment: 补链, 强链 or 延链, by the status that holds of its gap."""
    return queries.gap_of(segment).effect
