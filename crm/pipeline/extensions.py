"""What higher slices tell of projects. They provide a function and append it here."""

from collections.abc import Callable

from crm.chain.models import Segment
from crm.pipeline.models import Effect

#: What a project would do to a segment (补链, 强链, 延链); None where nobody can tell.
effects: list[Callable[[Segment], Effect | None]] = []


def proposed_effect(segment: Segment | None) -> Effect | None:
    """The effect that a project's form proposes for its main segment; a person decides."""
    if segment is None:
        return None
    return next((found for tell in effects if (found := tell(segment))), None)
