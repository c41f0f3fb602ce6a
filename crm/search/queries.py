"""What one text finds: companies, people, projects, contacts, documents; of each only what the user may see."""

from sqlalchemy import Select, cast, or_, select, union
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.companies import personal, rules
from crm.companies.models import Company, Contact
from crm.companies.queries import LOOKED_AT, contacts_visible_to
from crm.errors import RuleError
from crm.files import queries as files
from crm.files.models import Document
from crm.interactions import queries as interactions
from crm.interactions.models import Interaction
from crm.pipeline import queries as pipeline
from crm.pipeline.models import Project
from crm.tokens import query_text


def people(text: str, user: User) -> Select[Contact]:
    """Contacts by name in characters or pinyin, by the number's last four digits or the whole of it; own ones first.

    Of one's own and of all LOOKED_AT are looked at, so that a common surname among a million costs no more than a rare.
    """
    whole = phone_of(text)
    found = Contact.search.op("@@")(cast(query_text(text) or "", TSQUERY))
    condition = or_(found, Contact.phone_hash == personal.phone_hash(whole)) if whole else found
    visible = contacts_visible_to(user).where(condition)
    some = (visible.where(Company.owner_id == user.id), visible)
    ids = union(*(way.with_only_columns(Contact.id).limit(LOOKED_AT).subquery().select() for way in some))
    own_first = (Company.owner_id == user.id).desc().nulls_last()
    return contacts_visible_to(user).where(Contact.id.in_(ids)).order_by(own_first, Contact.id.desc())


def phone_of(text: str) -> str | None:
    """The telephone number that a text is; None for any other text."""
    try:
        return rules.phone(text)
    except RuleError:
        return None


def projects(text: str, user: User) -> Select[Project]:
    """Projects by name or company; own ones first, then the last touched."""
    query = pipeline.with_names(pipeline.visible_to(user)).where(pipeline.matches(text), Project.archived_at.is_(None))
    return query.order_by((Project.owner_id == user.id).desc().nulls_last(), Project.updated_at.desc(), Project.id)


def documents(text: str, user: User) -> Select[Document]:
    """Documents by their name or their files' names, of rows that the user may read; the latest first."""
    named = Document.search.op("@@")(cast(query_text(text) or "", TSQUERY))
    query = select(Document).where(named, Document.removed_at.is_(None), files.readable(user))
    return files.with_versions(query).order_by(Document.updated_at.desc(), Document.id.desc())


def contacts_that_happened(text: str, user: User) -> Select[Interaction]:
    """Visits, calls and other contacts by what was said; the latest first."""
    said = Interaction.search.op("@@")(cast(query_text(text) or "", TSQUERY))
    query = interactions.with_people(interactions.visible_to(user)).where(said)
    return query.options(joinedload(Interaction.office)).order_by(Interaction.happened_on.desc(), Interaction.id.desc())
