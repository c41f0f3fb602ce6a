"""Offices and users of the demo. Not offered on any page: accounts are the admin's."""

import secrets
from typing import Any

from sqlalchemy import select

from crm import rules
from crm.accounts.models import Office, Role, User
from crm.database import N_, db
from imports.columns import Field
from imports.feeds import FieldError, RowFeed
from imports.feeds.words import member_of, yes
from imports.models import Fate
from imports.work import Work


def office_named(key: str, name: str) -> Office:
    """The office of a cell. FieldError when there is none of that name."""
    found = db.session.scalars(select(Office).filter_by(name=name)).one_or_none()
    if found is None:
        raise FieldError(key, N_("没有这个部门。"))
    return found


class OfficeFeed(RowFeed):
    """部门."""

    key = "offices"
    label = N_("部门")
    act = "user.edit"
    fields = (
        Field("name", N_("部门名称"), "部门名称 部门", rules.line(200), identity=True, required=True),
        Field("parent", N_("上级部门"), "上级部门", rules.line(200)),
        Field("is_coordinating", N_("统筹部门"), "统筹部门", yes),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """An office, known by its name."""
        if db.session.scalars(select(Office).filter_by(name=row["name"])).one_or_none():
            return Fate.UNCHANGED
        parent = office_named("parent", row["parent"]) if row.get("parent") else None
        db.session.add(Office(name=row["name"], parent=parent, is_coordinating=bool(row.get("is_coordinating"))))
        db.session.flush()  # the next row may name it
        return Fate.CREATED


class UserFeed(RowFeed):
    """用户, without a password that works: the command that loads them gives one-time passwords."""

    key = "users"
    label = N_("用户")
    act = "user.edit"
    fields = (
        Field("name", N_("登录名"), "登录名 用户名", rules.line(64), identity=True, required=True),
        Field("display_name", N_("姓名"), "姓名", rules.line(200), required=True),
        Field("role", N_("角色"), "角色", member_of(Role), required=True),
        Field("office", N_("部门"), "部门 部门名称", rules.line(200), required=True),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A user, known by the sign-in name; one who exists is left as she is."""
        name = row["name"].lower()
        if db.session.scalars(select(User).filter_by(name=name)).one_or_none():
            return Fate.UNCHANGED
        db.session.add(
            User(
                name=name,
                display_name=row["display_name"],
                role=row["role"],
                office=office_named("office", row["office"]),
                password_hash="!" + secrets.token_hex(8),
                must_change_password=True,
            )
        )
        return Fate.CREATED
