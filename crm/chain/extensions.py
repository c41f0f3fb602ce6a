"""What higher slices add to the editor of segments. They register here; app.py wires them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crm.chain.models import Segment


@dataclass(frozen=True)
class Attached:
    """So many rows of one kind hang on a segment or on one below it; `label` is the kind's word, not yet translated."""

    label: str
    count: int


#: What goes along when a segment is put below another.
attached: list[Callable[[Segment], Iterable[Attached]]] = []
