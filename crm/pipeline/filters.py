"""The list of projects narrowed by a query string: one object that board, table and figures share."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, or_, select

from crm.accounts.models import User
from crm.accounts.queries import ids_below
from crm.chain.models import Chain, Segment
from crm.database import N_, db
from crm.errors import BadRequest
from crm.pipeline import queries
from crm.pipeline.models import Phase, Project, ProjectMember, ProjectSegment, Route, Stage, Status
from crm.pipeline.permissions import readable


@dataclass(frozen=True)
class ProjectFilter:
    """What a list of projects is narrowed to, made from a query string; board, table and figures share it.

    `status` is a Status, `open` (推进 and 暂缓) or `all`; `stale` and `mine` are switches.
    """

    route: str = ""
    phase: str = ""
    stage_id: int | None = None
    status: str = "ongoing"
    chain: str = ""
    segment_id: int | None = None
    officer_id: int | None = None
    office_id: int | None = None
    mine: bool = False
    stale: bool = False
    text: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> "ProjectFilter":
        """Read the query string; BadRequest for what no page offers."""
        return cls(
            route=args.get("route", ""),
            phase=one_of(args.get("phase", ""), {"", *Phase}),
            stage_id=row_id(args.get("stage", "")),
            status=one_of(args.get("status") or "ongoing", {"open", "all", *Status}),
            chain=args.get("chain", ""),
            segment_id=row_id(args.get("segment", "")),
            officer_id=row_id(args.get("officer", "")),
            office_id=row_id(args.get("office", "")),
            mine=args.get("mine") == "1",
            stale=args.get("stale") == "1",
            text=args.get("q", "").strip(),
        )

    def apply(self, query: Select[Any], user: User) -> Select[Any]:
        """The query, of Project, with the filter's conditions; archived projects are left out."""
        return query.where(*self._city_wide(), *self._own(user))

    @property
    def in_use(self) -> int:
        """How many filters narrow the list besides the route."""
        chosen = (self.phase, self.stage_id, self.chain, self.segment_id, self.officer_id, self.office_id, self.text)
        return sum(map(bool, (*chosen, self.mine, self.stale, self.status != "ongoing")))

    @property
    def is_city_wide(self) -> bool:
        """Whether it only asks what city-wide figures tell anyway: else a count of hidden rows could name one."""
        return not (self.text or self.officer_id or self.office_id or self.mine or self.stale)

    def hidden_count(self, user: User) -> int:
        """How many projects the filter takes that `user` may not know of."""
        if not self.is_city_wide:
            return 0
        query = select(func.count()).select_from(Project).where(*self._city_wide(), not_(readable(user)))
        return db.session.scalar(query) or 0

    def _city_wide(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [Project.archived_at.is_(None)]
        if self.status != "all":
            wanted = [Status.ONGOING, Status.PAUSED] if self.status == "open" else [Status(self.status)]
            conditions.append(Project.status.in_(wanted))
        if self.route:
            conditions.append(Project.route_id.in_(select(Route.id).where(Route.slug == self.route)))
        if self.phase:
            conditions.append(Project.stage_id.in_(select(Stage.id).where(Stage.phase == self.phase)))
        if self.stage_id is not None:
            conditions.append(Project.stage_id == self.stage_id)
        if self.segment_id is not None:
            conditions.append(Project.id.in_(serving(ProjectSegment.segment_id == self.segment_id)))
        elif self.chain:
            conditions.append(Project.id.in_(serving(Chain.slug == self.chain)))
        return conditions

    def _own(self, user: User) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.officer_id is not None:
            conditions.append(Project.owner_id == self.officer_id)
        if self.office_id is not None:
            conditions.append(Project.office_id.in_(ids_below(self.office_id)))
        if self.mine:
            member = select(ProjectMember.project_id).where(ProjectMember.user_id == user.id)
            conditions.append(or_(Project.owner_id == user.id, Project.id.in_(member)))
        if self.stale:
            conditions.append(queries.is_stale())
        if self.text:
            conditions.append(queries.matches(self.text))
        return conditions


def serving(condition: ColumnElement[bool]) -> Select[int]:
    """The ids of the projects with a segment of which the condition holds."""
    return select(ProjectSegment.project_id).join(Segment).join(Chain).where(condition)


def row_id(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) < 2**63):
        raise BadRequest(N_("筛选条件不对，请从页面上选择。"))
    return int(text)


def one_of(text: str, allowed: Collection[str]) -> str:
    if text not in allowed:
        raise BadRequest(N_("筛选条件不对，请从页面上选择。"))
    return text
