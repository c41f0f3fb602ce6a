"""Contact that happened, and what is to be done next."""

import uuid
from datetime import date, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.companies.models import Company, Contact
from crm.database import N_, Base, Id, Instant, Labelled, Name, Prose, SearchVector, Versioned, choice


class InteractionKind(Labelled):
    """In which way we met."""

    VISIT = "visit", N_("外出拜访")
    RECEPTION = "reception", N_("来访接待")
    MEETING = "meeting", N_("座谈")
    CALL = "call", N_("电话")
    WECHAT = "wechat", N_("微信")
    EXHIBITION = "exhibition", N_("展会")
    OTHER = "other", N_("其他")


class Intent(Labelled):
    """How much the company wants to come, as the officer judges it."""

    STRONG = "strong", N_("意向强烈")
    INTERESTED = "interested", N_("有意向")
    WATCHING = "watching", N_("观望")
    NONE = "none", N_("暂无意向")


class Interaction(Versioned, Base):
    """接触记录. The day it happened stands apart from the day of entry, whose contact it was from who typed it."""

    __tablename__ = "interactions"

    id: Mapped[Id]
    kind: Mapped[InteractionKind] = mapped_column(choice(InteractionKind))
    happened_on: Mapped[date]
    happened_at: Mapped[time | None]
    #: The officer whose contact it was: the row's owner.
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    summary: Mapped[Prose]
    demands: Mapped[Prose] = mapped_column(server_default="")
    intent: Mapped[Intent | None] = mapped_column(choice(Intent))
    #: Other people who were there, as free text; known ones are linked.
    other_people: Mapped[Prose] = mapped_column(server_default="")
    #: Made by the phone before it sends, so that a repeated sending is one visit.
    client_uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, server_default=text("gen_random_uuid()"))
    search: Mapped[SearchVector]

    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    office: Mapped[Office] = relationship()
    entered_by: Mapped[User] = relationship(foreign_keys=entered_by_id)
    companies: Mapped[list["InteractionCompany"]] = relationship(
        back_populates="interaction",
        order_by="InteractionCompany.is_main.desc(), InteractionCompany.id",
        cascade="all, delete-orphan",
    )
    officers: Mapped[list["InteractionOfficer"]] = relationship(
        back_populates="interaction", order_by="InteractionOfficer.id", cascade="all, delete-orphan"
    )
    contacts: Mapped[list["InteractionContact"]] = relationship(
        back_populates="interaction", order_by="InteractionContact.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        CheckConstraint("btrim(summary) <> ''", "summary"),
        Index("ix_interactions_owner_id", "owner_id", "happened_on", "id"),
        Index("ix_interactions_office_id", "office_id", "happened_on", "id"),
        Index("ix_interactions_happened_on", "happened_on", "id"),
        Index("ix_interactions_search", "search", postgresql_using="gin", postgresql_with={"fastupdate": "on"}),
    )

    @property
    def was_entered_for_another(self) -> bool:
        """代录."""
        return self.entered_by_id != self.owner_id

    @property
    def member_ids(self) -> frozenset[int]:
        """Who stands beside the owner: whoever typed it and our people who were there."""
        return frozenset({self.entered_by_id} | {officer.user_id for officer in self.officers})

    @property
    def company(self) -> Company:
        """The company that it was mainly about."""
        return self.companies[0].company


class InteractionCompany(Base):
    """A company that a contact was with."""

    __tablename__ = "interaction_companies"

    id: Mapped[Id]
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    is_main: Mapped[bool] = mapped_column(server_default=text("true"))

    interaction: Mapped[Interaction] = relationship(back_populates="companies")
    company: Mapped[Company] = relationship()

    __table_args__ = (
        UniqueConstraint("interaction_id", "company_id"),
        Index("ix_interaction_companies_company_id", "company_id", "interaction_id"),
    )


class InteractionOfficer(Base):
    """One of our people who was there."""

    __tablename__ = "interaction_officers"

    id: Mapped[Id]
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    interaction: Mapped[Interaction] = relationship(back_populates="officers")
    user: Mapped[User] = relationship()

    __table_args__ = (UniqueConstraint("interaction_id", "user_id"),)


class InteractionContact(Base):
    """One of their people who was there."""

    __tablename__ = "interaction_contacts"

    id: Mapped[Id]
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)

    interaction: Mapped[Interaction] = relationship(back_populates="contacts")
    contact: Mapped[Contact] = relationship()

    __table_args__ = (UniqueConstraint("interaction_id", "contact_id"),)


class Repeat(Labelled):
    """How often a task comes again."""

    WEEKLY = "weekly", N_("每周")
    MONTHLY = "monthly", N_("每月")
    QUARTERLY = "quarterly", N_("每季度")
    YEARLY = "yearly", N_("每年")


class Task(Versioned, Base):
    """待办: what somebody is to do by a day; the next step of a contact is one."""

    __tablename__ = "tasks"

    id: Mapped[Id]
    title: Mapped[Name]
    note: Mapped[Prose] = mapped_column(server_default="")
    due_on: Mapped[date | None]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    #: Who handed it on last.
    handed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"), index=True)
    done_at: Mapped[Instant | None]
    repeat: Mapped[Repeat | None] = mapped_column(choice(Repeat))
    #: The task that repeats as this one.
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"), unique=True)

    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    created_by: Mapped[User] = relationship(foreign_keys=created_by_id)
    handed_by: Mapped[User | None] = relationship(foreign_keys=handed_by_id)
    company: Mapped[Company | None] = relationship()
    interaction: Mapped[Interaction | None] = relationship()
    follows: Mapped["Task | None"] = relationship(remote_side="Task.id")
    watchers: Mapped[list["TaskWatcher"]] = relationship(
        back_populates="task", order_by="TaskWatcher.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        CheckConstraint("btrim(title) <> ''", "title"),
        CheckConstraint("repeat is null or due_on is not null", "repeats_from_a_day"),
        Index("ix_tasks_open", "owner_id", "due_on", "id", postgresql_where=text("done_at is null")),
        Index("ix_tasks_open_of_office", "office_id", "due_on", "id", postgresql_where=text("done_at is null")),
        Index("ix_tasks_done", "owner_id", "done_at", "id", postgresql_where=text("done_at is not null")),
    )

    @property
    def member_ids(self) -> frozenset[int]:
        """Who stands beside the owner: whoever set it and whoever handed it on."""
        return frozenset(filter(None, (self.created_by_id, self.handed_by_id)))

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    def is_late(self, today: date) -> bool:
        """Whether it is still open after its day."""
        return not self.is_done and self.due_on is not None and self.due_on < today


class TaskWatcher(Base):
    """Somebody who may read a task and is told when it is done."""

    __tablename__ = "task_watchers"

    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    task: Mapped[Task] = relationship(back_populates="watchers")
    user: Mapped[User] = relationship()

    __table_args__ = (UniqueConstraint("task_id", "user_id"),)


class InteractionDocument(Base):
    """A photo or file that belongs to a contact."""

    __tablename__ = "interaction_documents"

    id: Mapped[Id]
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)

    __table_args__ = (UniqueConstraint("interaction_id", "document_id"),)
