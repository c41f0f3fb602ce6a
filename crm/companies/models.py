"""Companies, their names, tiers and segments; contacts; target lists."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from crm.accounts.models import Office, User
from crm.chain.models import Chain, Division, Segment
from crm.database import N_, Base, Created, Id, Instant, Labelled, Name, Prose, SearchVector, Versioned, Wan, choice


class AliasKind(Labelled):
    """How another name came to be."""

    SHORT = "short", N_("简称")
    FORMER = "former", N_("曾用名")
    BRAND = "brand", N_("品牌")
    #: What a row that was merged was called.
    OTHER = "other", N_("其他名称")


class Company(Versioned, Base):
    """企业. Held by an owner and her office, or by nobody (名录池)."""

    __tablename__ = "companies"

    id: Mapped[Id]
    name: Mapped[Name]
    #: The name as matching compares it (naming.name_key): two rows may share it, which is what 查重 looks for.
    #: Collated "C", so that the index answers what begins with a text.
    name_key: Mapped[str] = mapped_column(String(200, collation="C"), info={"unrecorded": True}, index=True)
    #: Names sort by pinyin; the server has no Chinese collation.
    pinyin_key: Mapped[str] = mapped_column(String(200, collation="C"), info={"unrecorded": True})
    #: 统一社会信用代码 (GB 32100-2015).
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    division_code: Mapped[str | None] = mapped_column(ForeignKey("divisions.code"))
    #: The city's code, or the province's where no city is known: what filters and clusters look at.
    city_code: Mapped[str | None] = mapped_column(String(4), info={"unrecorded": True})
    address: Mapped[str] = mapped_column(String(300), server_default="")
    products: Mapped[Prose] = mapped_column(server_default="")
    introduction: Mapped[Prose] = mapped_column(server_default="")
    website: Mapped[str] = mapped_column(String(300), server_default="")
    capital_wan: Mapped[Wan | None]
    #: Of which currency the capital is (ISO 4217).
    capital_currency: Mapped[str] = mapped_column(String(3), server_default="CNY")
    employees: Mapped[int | None]
    #: 扩产信号: what hints that the company looks for a site.
    expansion_signal: Mapped[Prose] = mapped_column(server_default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    source: Mapped[Prose] = mapped_column(server_default="")
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    archived_at: Mapped[Instant | None]
    #: The company that this row turned out to be (merging.py); it is archived.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    #: The day of the last contact that happened (services.refresh_last_contact).
    last_contact_on: Mapped[date | None] = mapped_column(info={"unrecorded": True})
    search: Mapped[SearchVector]

    owner: Mapped[User | None] = relationship()
    office: Mapped[Office | None] = relationship()
    division: Mapped[Division | None] = relationship()
    parent: Mapped["Company | None"] = relationship(remote_side="Company.id", foreign_keys=parent_id)
    merged_into: Mapped["Company | None"] = relationship(remote_side="Company.id", foreign_keys=merged_into_id)
    aliases: Mapped[list["CompanyAlias"]] = relationship(
        back_populates="company", order_by="CompanyAlias.id", cascade="all, delete-orphan"
    )
    tiers: Mapped[list["CompanyTier"]] = relationship(
        back_populates="company", order_by="CompanyTier.id", cascade="all, delete-orphan"
    )
    segments: Mapped[list["CompanySegment"]] = relationship(
        back_populates="company",
        order_by="CompanySegment.is_main.desc(), CompanySegment.id",
        cascade="all, delete-orphan",
    )
    contacts: Mapped[list["Contact"]] = relationship(back_populates="company", order_by="Contact.id")
    local: Mapped["LocalCompany | None"] = relationship(back_populates="company", cascade="all, delete-orphan")
    entries: Mapped[list["TargetListEntry"]] = relationship(back_populates="company")

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", "uscc"),
        CheckConstraint("(owner_id is null) = (office_id is null)", "held_whole"),
        CheckConstraint("parent_id <> id", "not_own_parent"),
        CheckConstraint("merged_into_id is null or archived_at is not null", "merged_archived"),
        CheckConstraint("merged_into_id <> id", "not_merged_into_itself"),
        CheckConstraint("capital_wan >= 0", "capital_wan"),
        CheckConstraint("capital_currency ~ '^[A-Z]{3}$'", "capital_currency"),
        CheckConstraint("employees >= 0", "employees"),
    )

    @validates("capital_currency")
    def _yuan_unless_said(self, _key: str, letters: str | None) -> str:
        return letters or "CNY"

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def in_pool(self) -> bool:
        return self.owner_id is None and self.office_id is None

    @property
    def main_segment(self) -> "Segment | None":
        return next((link.segment for link in self.segments if link.is_main), None)

    def days_without_contact(self, today: date) -> int | None:
        """Days since the last contact happened; None if there was none."""
        return (today - self.last_contact_on).days if self.last_contact_on else None


class CompanyAlias(Base):
    """Another name of a company."""

    __tablename__ = "company_aliases"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    alias: Mapped[Name]
    alias_key: Mapped[str] = mapped_column(String(200, collation="C"), info={"unrecorded": True}, index=True)
    kind: Mapped[AliasKind] = mapped_column(choice(AliasKind), server_default="short")

    company: Mapped[Company] = relationship(back_populates="aliases")

    __table_args__ = (UniqueConstraint("company_id", "alias"),)


class Tier(Versioned, Base):
    """梯队: 链主, 重点, 隐形冠军 … as data, with the weight that gap analysis gives it."""

    __tablename__ = "tiers"

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    weight: Mapped[Decimal] = mapped_column(Numeric(6, 2), server_default=text("1"))
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (CheckConstraint("weight >= 0", "weight"),)


class CompanyTier(Base):
    """A tier that a company has, and who says so."""

    __tablename__ = "company_tiers"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    tier_id: Mapped[int] = mapped_column(ForeignKey("tiers.id"), index=True)
    source: Mapped[Prose] = mapped_column(server_default="")

    company: Mapped[Company] = relationship(back_populates="tiers")
    tier: Mapped[Tier] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("company_id", "tier_id"),)


class ChosenBy(Labelled):
    """Who classified: a person's choice is never overwritten by a suggestion."""

    PERSON = "person", N_("人工")
    IMPORT = "import", N_("导入")
    SUGGESTION = "suggestion", N_("推荐")


class CompanySegment(Base):
    """A segment in which a company works: one main, maybe others."""

    __tablename__ = "company_segments"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"))
    is_main: Mapped[bool] = mapped_column(server_default=text("false"))
    chosen_by: Mapped[ChosenBy] = mapped_column(choice(ChosenBy), server_default="person")

    company: Mapped[Company] = relationship(back_populates="segments")
    segment: Mapped[Segment] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("company_id", "segment_id"),
        Index("uq_company_segments_main", "company_id", unique=True, postgresql_where=text("is_main")),
        Index("ix_company_segments_segment_id_company_id", "segment_id", "company_id"),
    )


class SegmentCount(Base):
    """How many companies a segment has in a city, archived ones left out: the sum over rows of differences, which
    triggers of company_segments and companies add (migration 0006) and counts.compact makes one again."""

    __tablename__ = "segment_counts"
    __history__ = "counts that follow from other tables"

    id: Mapped[Id]
    #: Without a foreign key: differences may outlive their segment until they are compacted.
    segment_id: Mapped[int] = mapped_column(index=True)
    city_code: Mapped[str | None] = mapped_column(String(4))
    is_main: Mapped[bool]
    companies: Mapped[int]


class LocalCompany(Versioned, Base):
    """That a company works in our city: the supply side of gaps. A relation, since a target's subsidiary may too."""

    __tablename__ = "local_companies"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), unique=True)
    since: Mapped[date | None]
    town: Mapped[str] = mapped_column(String(100), server_default="")
    source: Mapped[Prose] = mapped_column(server_default="")

    company: Mapped[Company] = relationship(back_populates="local")


class Contact(Versioned, Base):
    """联系人: a person at a company. The number is ciphertext under a key of its own, so erasing the key erases it."""

    __tablename__ = "contacts"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[Name]
    title: Mapped[str] = mapped_column(String(100), server_default="")
    phone_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Keyed, so that equal numbers are found without being readable.
    phone_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_mask: Mapped[str | None] = mapped_column(String(32))
    phone_last4: Mapped[str | None] = mapped_column(String(4))
    #: Why we keep it, on which basis, from where and until when (PIPL art. 6, 13, 17, 19).
    purpose: Mapped[str] = mapped_column(String(200), server_default="")
    basis: Mapped[str] = mapped_column(String(200), server_default="")
    source: Mapped[str] = mapped_column(String(300), server_default="")
    collected_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    erased_at: Mapped[Instant | None]
    search: Mapped[SearchVector]

    company: Mapped[Company] = relationship(back_populates="contacts")

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("num_nulls(phone_cipher, phone_hash, phone_mask, phone_last4) in (0, 4)", "phone_whole"),
        CheckConstraint("erased_at is null or phone_cipher is null", "erased"),
        Index("ix_contacts_search", "search", postgresql_using="gin", postgresql_with={"fastupdate": "on"}),
    )

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None


class ContactKey(Base):
    """The key of one contact's ciphertext, itself encrypted. Outside history: erasing it must erase every copy."""

    __tablename__ = "contact_keys"
    __history__ = "a copy in history would outlive the erasure that PIPL demands"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)


class ContactReveal(Base):
    """Who asked for a full phone number, when and why."""

    __tablename__ = "contact_reveals"

    id: Mapped[Id]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[Created]

    __table_args__ = (CheckConstraint("btrim(reason) <> ''", "reason"),)


class CompanyDocument(Base):
    """A document on a company's file."""

    __tablename__ = "company_documents"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)

    __table_args__ = (UniqueConstraint("company_id", "document_id"),)


class TargetList(Versioned, Base):
    """招商清单: named, with its source and who answers for it."""

    __tablename__ = "target_lists"

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    source: Mapped[Prose] = mapped_column(server_default="")
    chain_id: Mapped[int | None] = mapped_column(ForeignKey("chains.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"), index=True)

    owner: Mapped[User | None] = relationship()
    chain: Mapped[Chain | None] = relationship()
    entries: Mapped[list["TargetListEntry"]] = relationship(back_populates="target_list", cascade="all, delete-orphan")


class TargetListEntry(Base):
    """A company on a list."""

    __tablename__ = "target_list_entries"

    id: Mapped[Id]
    list_id: Mapped[int] = mapped_column(ForeignKey("target_lists.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    note: Mapped[str] = mapped_column(String(500), server_default="")

    target_list: Mapped[TargetList] = relationship(back_populates="entries")
    company: Mapped[Company] = relationship(back_populates="entries")

    __table_args__ = (UniqueConstraint("list_id", "company_id"),)


class Merge(Base):
    """合并: `source` turned out to be `target`. `changes` is what merging.Log noted, by which it can be undone."""

    __tablename__ = "merges"

    id: Mapped[Id]
    target_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Created]
    undone_at: Mapped[Instant | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    target: Mapped[Company] = relationship(foreign_keys=target_id)
    source: Mapped[Company] = relationship(foreign_keys=source_id)
    by: Mapped[User] = relationship(foreign_keys=by_id)
    undone_by: Mapped[User | None] = relationship(foreign_keys=undone_by_id)

    __table_args__ = (
        CheckConstraint("source_id <> target_id", "two"),
        CheckConstraint("(undone_at is null) = (undone_by_id is null)", "undone_whole"),
    )


class DistinctCompanies(Base):
    """Two companies that look alike and are not the same, as a person has said; the smaller id first."""

    __tablename__ = "distinct_companies"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Created]

    __table_args__ = (
        UniqueConstraint("company_id", "other_id"),
        CheckConstraint("company_id < other_id", "ordered"),
    )


# Lists read whole pages in order: each sort key has an index that ends in id, and leaves archived rows out.
_ACTIVE = text("archived_at is null")
Index("ix_companies_name_order", Company.pinyin_key, Company.id, postgresql_where=_ACTIVE)
Index("ix_companies_updated_order", Company.updated_at, Company.id, postgresql_where=_ACTIVE)
Index("ix_companies_contact_order", Company.last_contact_on, Company.id, postgresql_where=_ACTIVE)
Index("ix_companies_owner_id", Company.owner_id, Company.id)
Index("ix_companies_office_id", Company.office_id, Company.id)
Index("ix_companies_city_code", Company.city_code, Company.pinyin_key, Company.id, postgresql_where=_ACTIVE)
Index("ix_companies_archived", Company.id, postgresql_where=text("archived_at is not null"))
Index("ix_companies_search", Company.search, postgresql_using="gin", postgresql_with={"fastupdate": "on"})
#: Pairs of neighbouring characters of what companies make (the function is made by migration “ranking”): by these
#: whoever could fill a segment is found, on any list or on none.
Index(
    "ix_companies_products",
    func.product_words(Company.products),
    postgresql_using="gin",
    postgresql_with={"fastupdate": "on"},
    postgresql_where=_ACTIVE,
)
#: The few of whom more is known than their trade, with whose they are: a ranking reads on in those that one may read.
Index(
    "ix_companies_stirred",
    Company.id,
    postgresql_include=["owner_id", "office_id"],
    postgresql_where=text("archived_at is null and (last_contact_on is not null or expansion_signal <> '')"),
)
#: Whom somebody follows, with what a review by segment asks of them: it goes through thousands to show thirty.
Index(
    "ix_companies_followed",
    Company.id,
    postgresql_include=["owner_id", "office_id", "last_contact_on"],
    postgresql_where=text("owner_id is not null and archived_at is null"),
)
