"""How far a job is: of the whole of its work, by the part that each step usually takes of it."""

from dataclasses import dataclass
from itertools import pairwise

from imports.models import BatchStatus, JobProgress

#: Where in the whole each step begins, as measured at 100,000 rows (docs/performance.md); the next one is its end.
BEGINNINGS: dict[BatchStatus, dict[str, float]] = {
    BatchStatus.CHECKING: {"read": 0, "check": 0.2, "compare": 0.75, "finish": 0.97},
    BatchStatus.APPLYING: {"read": 0, "check": 0.08, "write": 0.28, "finish": 0.95},
    BatchStatus.UNDOING: {"compare": 0, "write": 0.35},
}  # fmt: skip


@dataclass(frozen=True)
class Outlook:
    """What the page says besides the step: percent of the whole, rows a second, seconds left; None: not known yet."""

    percent: int
    rows_per_second: int | None
    seconds_left: int | None


def outlook(progress: JobProgress, status: BatchStatus) -> Outlook:
    """How far the job of a batch in this status is, and how long it still takes at this pace."""
    part = fraction(progress, status)
    seconds = (progress.at - progress.started_at).total_seconds()
    if seconds < 1 or part <= 0:
        return Outlook(round(part * 100), None, None)
    rate = round(part * progress.total / seconds) if progress.total else None
    return Outlook(round(part * 100), rate, max(1, round(seconds * (1 - part) / part)))


def fraction(progress: JobProgress, status: BatchStatus) -> float:
    """The done part of the whole, from 0 to 1."""
    beginnings = BEGINNINGS.get(status, {})
    if progress.step not in beginnings:
        return 0
    bounds = dict(zip(beginnings, pairwise([*beginnings.values(), 1]), strict=True))
    begin, end = bounds[progress.step]
    within = min(progress.done / progress.total, 1) if progress.total else 0
    return begin + (end - begin) * within
