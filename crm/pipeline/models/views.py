"""Views of board, table and timeline that somebody keeps under a name."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.database import Base, Id, Versioned


class SavedView(Versioned, Base):
    """A query string of the list of projects under a name: private, or for an office and those below it.

    A default opens when the list is opened without any condition: one's own, else the nearest office's.
    """

    __tablename__ = "saved_views"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(2000))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))

    owner: Mapped[User] = relationship()
    office: Mapped[Office] = relationship()

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        Index(
            "uq_saved_views_default_of_owner",
            "owner_id",
            unique=True,
            postgresql_where=text("is_default and not is_shared"),
        ),
        Index(
            "uq_saved_views_default_of_office",
            "office_id",
            unique=True,
            postgresql_where=text("is_default and is_shared"),
        ),
    )
