"""Import batches: what was uploaded, what its columns mean, what was found, and what became of each row."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.chain.models import Chain
from crm.companies.models import Company
from crm.database import N_, Base, Created, Id, Instant, Labelled, Name, Prose, Versioned, choice
from crm.files.models import Upload


class BatchStatus(Labelled):
    """Where an import stands."""

    UPLOADED = "uploaded", N_("待确认列")
    CHECKING = "checking", N_("检查中")
    CHECKED = "checked", N_("待应用")
    APPLYING = "applying", N_("应用中")
    APPLIED = "applied", N_("已应用")
    UNDOING = "undoing", N_("撤销中")
    UNDONE = "undone", N_("已撤销")
    FAILED = "failed", N_("失败")


def row_key(sheet: int, number: int) -> str:
    """How a row of a batch is named in its choices and forms: which of its sheets from 0, and the row's number."""
    return f"{sheet}-{number}"


class Fate(Labelled):
    """What becomes of a row; each row has exactly one (promise 3)."""

    CREATED = "created", N_("新增")
    UPDATED = "updated", N_("更新")
    UNCHANGED = "unchanged", N_("无变化")
    DUPLICATE = "duplicate", N_("表内重复")
    AMBIGUOUS = "ambiguous", N_("待人工判断")
    REJECTED = "rejected", N_("未采用")


class FindingKind(Labelled):
    """Why a row has something to say."""

    ERROR = "error", N_("有误")
    AMBIGUOUS = "ambiguous", N_("待人工判断")
    HELD = "held", N_("由他人跟进")
    NOTE = "note", N_("提示")
    CHANGE = "change", N_("更新")
    KEPT = "kept", N_("撤销时保留")


@dataclass(frozen=True)
class Part:
    """A sheet of a batch: where its header stands, and {column's place from 0: field}."""

    sheet: str
    head_row: int | None = None
    head_depth: int = 1
    mapping: dict[str, str] = field(default_factory=dict)


class Batch(Versioned, Base):
    """导入批次: sheets of one upload, read as one kind of row. Its owner is who imports."""

    __tablename__ = "import_batches"

    id: Mapped[Id]
    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    #: Which feed reads the rows (imports/feeds).
    feed: Mapped[str] = mapped_column(String(32))
    sheet: Mapped[str] = mapped_column(String(200), server_default="")
    #: The header: the row's number, over how many rows it goes, and {column's place from 0: field}.
    head_row: Mapped[int | None]
    head_depth: Mapped[int] = mapped_column(server_default=text("1"))
    mapping: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    #: Further sheets that are read with the first, a Part each.
    more: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    #: The encoding that a person chose for a text; '' as told from the bytes.
    encoding: Mapped[str] = mapped_column(String(32), server_default="")
    #: Whether rows that the sheet hides are read.
    with_hidden: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Fields that fill what is empty and never replace what is there.
    fill_only: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    #: Whether nothing is written as long as a row is left out.
    all_or_nothing: Mapped[bool] = mapped_column(server_default=text("false"))
    #: What a person decided on doubtful rows: {row_key: a company's id, or "new"}.
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    #: The chain that segments without one belong to.
    chain_id: Mapped[int | None] = mapped_column(ForeignKey("chains.id"), index=True)
    #: A list that every imported company goes on.
    list_name: Mapped[str] = mapped_column(String(200), server_default="")
    status: Mapped[BatchStatus] = mapped_column(choice(BatchStatus), server_default="uploaded")
    #: Why it failed: a code of imports/problems.py and its details.
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    read: Mapped[int] = mapped_column(server_default=text("0"))
    created: Mapped[int] = mapped_column(server_default=text("0"))
    updated: Mapped[int] = mapped_column(server_default=text("0"))
    unchanged: Mapped[int] = mapped_column(server_default=text("0"))
    duplicates: Mapped[int] = mapped_column(server_default=text("0"))
    ambiguous: Mapped[int] = mapped_column(server_default=text("0"))
    rejected: Mapped[int] = mapped_column(server_default=text("0"))
    seconds: Mapped[float | None] = mapped_column(Numeric(10, 2))
    applied_at: Mapped[Instant | None]
    undone_at: Mapped[Instant | None]

    upload: Mapped[Upload] = relationship(lazy="joined", innerjoin=True)
    chain: Mapped[Chain | None] = relationship()
    owner: Mapped[User] = relationship()
    office: Mapped[Office] = relationship()

    __table_args__ = (
        CheckConstraint(
            "status not in ('checked', 'applied')"
            " or read = created + updated + unchanged + duplicates + ambiguous + rejected",
            "each_row_once",
        ),
        Index("ix_import_batches_owner_id", "owner_id", "id"),
        Index("ix_import_batches_office_id", "office_id", "id"),
    )

    @property
    def parts(self) -> list[Part]:
        """All its sheets, the first one first."""
        return [Part(self.sheet, self.head_row, self.head_depth, self.mapping), *(Part(**each) for each in self.more)]

    def set_more(self, parts: list[Part]) -> None:
        """Read these sheets too."""
        self.more = [asdict(part) for part in parts]

    @property
    def is_busy(self) -> bool:
        """Whether a job works on it."""
        return self.status in (BatchStatus.CHECKING, BatchStatus.APPLYING, BatchStatus.UNDOING)

    @property
    def can_be_applied(self) -> bool:
        return self.status is BatchStatus.CHECKED and self.created + self.updated + self.unchanged + self.duplicates > 0

    @property
    def can_be_undone(self) -> bool:
        return self.status is BatchStatus.APPLIED

    @property
    def left_out(self) -> int:
        """Rows that were not taken."""
        return self.ambiguous + self.rejected


class JobProgress(Base):
    """How far a batch's job is; written on a connection of its own, so that it is seen before the job commits."""

    __tablename__ = "import_progress"
    __history__ = "a working mark that changes each second"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(32))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    total: Mapped[int] = mapped_column(server_default=text("0"))
    started_at: Mapped[Created]
    at: Mapped[datetime]


class RowFate(Base):
    """What became of one row of a batch, and the company that it is about: where each record comes from."""

    __tablename__ = "import_rows"
    __history__ = "is itself the record of what an import did"

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    #: Which of the batch's sheets, from 0; the row as numbered there.
    sheet: Mapped[int] = mapped_column(server_default=text("0"))
    number: Mapped[int]
    fate: Mapped[Fate] = mapped_column(choice(Fate))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)

    batch: Mapped[Batch] = relationship()
    company: Mapped[Company | None] = relationship()

    __table_args__ = (UniqueConstraint("batch_id", "sheet", "number"),)


class Finding(Base):
    """Something to say about a row: an error, a doubt, a change before it is made."""

    __tablename__ = "import_findings"
    __history__ = "a preview, made anew at each check and purged with the file"

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    #: The row's place among all rows of data, from 0; -1 for what is no row of data.
    place: Mapped[int] = mapped_column(server_default=text("-1"))
    sheet: Mapped[int] = mapped_column(server_default=text("0"))
    number: Mapped[int]
    kind: Mapped[FindingKind] = mapped_column(choice(FindingKind))
    #: The field, or '' for the row as a whole; the text of its cell.
    field: Mapped[str] = mapped_column(String(64), server_default="")
    cell: Mapped[Prose] = mapped_column(server_default="")
    #: A message id and its details; candidates; before and after.
    message: Mapped[Prose] = mapped_column(server_default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))

    __table_args__ = (
        Index("ix_import_findings_batch_id", "batch_id", "kind", "number", "id"),
        Index("ix_import_findings_place", "batch_id", "place"),
    )


class PreviewRow(Base):
    """A row with something to say, as it stands in the user's sheet; numbers of people are not kept."""

    __tablename__ = "import_preview_rows"
    __history__ = "a preview, made anew at each check and purged with the file"

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    place: Mapped[int]
    sheet: Mapped[int]
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSONB)

    __table_args__ = (UniqueConstraint("batch_id", "place"),)


class CellEdit(Base):
    """What a person typed over a cell in the preview; the latest one of a cell counts, the others tell its history."""

    __tablename__ = "import_cell_edits"
    __history__ = "is itself the record of what was typed over, and purged with the file"

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    sheet: Mapped[int]
    number: Mapped[int]
    column: Mapped[int] = mapped_column("column_index")
    before: Mapped[Prose]
    after: Mapped[Prose]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Created]

    user: Mapped[User] = relationship()

    __table_args__ = (Index("ix_import_cell_edits_batch_id", "batch_id", "id"),)


class Profile(Versioned, Base):
    """列映射方案: what the columns of a kind of sheet mean, kept to be recognised by its header the next time."""

    __tablename__ = "import_profiles"

    id: Mapped[Id]
    name: Mapped[Name]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    feed: Mapped[str] = mapped_column(String(32))
    #: {word of a column's header: field, or '' for a column that is not imported}.
    columns: Mapped[dict[str, str]] = mapped_column(JSONB)
    fill_only: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))

    owner: Mapped[User] = relationship()
    office: Mapped[Office] = relationship()

    __table_args__ = (UniqueConstraint("office_id", "name"),)
