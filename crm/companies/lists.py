"""The acts on target lists. Each asks for its permission; the caller commits."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.companies.models import Company, TargetList, TargetListEntry
from crm.database import N_, db
from crm.errors import NotFound, RuleError

COLUMNS = ("name", "source", "chain_id")


def create_list(values: Mapping[str, Any], by: User) -> TargetList:
    """Add a list that `by` answers for."""
    require(by, "list.create")
    require_free_name(values["name"], None)
    target_list = TargetList(owner=by, office_id=by.office_id, **{key: values.get(key) for key in COLUMNS})
    db.session.add(target_list)
    db.session.flush()
    return target_list


def edit_list(target_list: TargetList, values: Mapping[str, Any], by: User) -> None:
    """Set what `values` holds. The caller has locked the row and compared its version."""
    require(by, "list.edit", target_list)
    require_free_name(values["name"], target_list.id)
    for key in COLUMNS:
        setattr(target_list, key, values.get(key))
    db.session.flush()


def require_free_name(name: str, list_id: int | None) -> None:
    """Raise RuleError if another list has the name."""
    same = select(TargetList.id).where(TargetList.name == name, TargetList.id != (list_id or 0))
    with db.session.no_autoflush:
        if db.session.scalars(same).first() is not None:
            raise RuleError(N_("已经有同名的清单。"))


def put_on_list(target_list: TargetList, company: Company, note: str, by: User) -> None:
    """Put a company on a list, or change the note of one that stands on it."""
    require(by, "list.edit", target_list)
    row = insert(TargetListEntry).values(list_id=target_list.id, company_id=company.id, note=note)
    db.session.execute(row.on_conflict_do_update(index_elements=["list_id", "company_id"], set_={"note": note}))


def take_off_list(target_list: TargetList, company_id: int, by: User) -> TargetListEntry:
    """Take a company off a list; returns what was there, so that it can be put back. NotFound if it was not on it."""
    require(by, "list.edit", target_list)
    found = select(TargetListEntry).where(
        TargetListEntry.list_id == target_list.id, TargetListEntry.company_id == company_id
    )
    entry = db.session.scalars(found).one_or_none()
    if entry is None:
        raise NotFound(N_("这家企业不在清单上。"))
    db.session.delete(entry)
    db.session.flush()
    return entry
