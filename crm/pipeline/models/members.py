"""What and whom a project names: the segments that it would serve, and its 专班."""

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.chain.models import Segment
from crm.database import Base, Created, Id, choice
from crm.pipeline.models.kinds import Effect

if TYPE_CHECKING:
    from crm.pipeline.models.projects import Project


class ProjectSegment(Base):
    """A segment that a project would serve."""

    __tablename__ = "project_segments"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), index=True)
    is_main: Mapped[bool] = mapped_column(server_default=text("true"))
    effect: Mapped[Effect | None] = mapped_column(choice(Effect))

    project: Mapped["Project"] = relationship(back_populates="segments")
    segment: Mapped[Segment] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("project_id", "segment_id"),
        Index("uq_project_segments_main", "project_id", unique=True, postgresql_where=text("is_main")),
    )


class ProjectMember(Base):
    """专班: somebody named on a project; of a 受限 project, one who may know."""

    __tablename__ = "project_members"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    duty: Mapped[str] = mapped_column(String(100), server_default="")
    #: 知情 since.
    created_at: Mapped[Created]

    project: Mapped["Project"] = relationship(back_populates="members")
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("project_id", "user_id"),
        Index("ix_project_members_user_id_project_id", "user_id", "project_id"),
    )
