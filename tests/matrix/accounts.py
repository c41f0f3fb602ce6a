"""Rows of accounts."""

from tests.matrix import Route
from tests.matrix.world import Row, World

NEW_USER = {"display_name": "新人", "role": "officer"}
#: The password of the factories' accounts.
CURRENT = {"current": "Ceshi-2026-mima", "new": "Xin-mima-2026", "again": "Xin-mima-2026"}


def new_user(world: World, _row: Row | None) -> dict[str, object]:
    """A new user of the asker's office."""
    return {**NEW_USER, "name": "xin.ren", "office_id": world.ids["office"]}


def same_role(world: World, row: Row | None) -> dict[str, object]:
    """What a user already is: every other user of the table's world is an officer."""
    mine = row is not None and row.id in (world.users["admin"], world.users["auditor"])
    auditor = {"is_auditor": "y"} if row is not None and row.id == world.users["auditor"] else {}
    role = "admin" if mine else "officer"
    return {"display_name": "改名", "role": role, "office_id": world.ids["office"], **auditor}


ROUTES = [
    Route("accounts.sign_in"),
    Route("accounts.sign_in", "POST", form={"name": "nobody", "password": "wrong"}, ok=401),
    Route("accounts.sign_out", "POST"),
    Route("accounts.password", act="profile.edit"),
    Route("accounts.password", "POST", act="profile.edit", form=CURRENT),
    Route("accounts.set_second_factor", act="profile.edit"),
    Route("accounts.set_second_factor", "POST", act="profile.edit", form={"code": "wrong"}, ok=422),
    Route("accounts.profile", act="profile.edit"),
    Route(
        "accounts.profile",
        "POST",
        act="profile.edit",
        form={"display_name": "我", "locale": "zh", "version": 1},
    ),
    Route("accounts.users", act="user.read"),
    Route("accounts.new_user", act="user.edit"),
    Route("accounts.new_user", "POST", act="user.edit", form=new_user, ok=200),
    Route("accounts.edit_user", act="user.edit", row="user"),
    Route("accounts.edit_user", "POST", act="user.edit", row="user", form=same_role),
    Route("accounts.disable_user", "POST", act="user.edit", row="user", when={"own": 403}),
    Route("accounts.enable_user", "POST", act="user.edit", row="user"),
    Route("accounts.reset_password", "POST", act="user.edit", row="user", ok=200, when={"own": 403}),
    Route("settings.index", act="user.edit"),
    Route("settings.save", "POST", act="user.edit", form={"held_limit": "150"}),
    Route("accounts.offices", act="user.edit"),
    Route("accounts.new_office", act="user.edit"),
    Route("accounts.new_office", "POST", act="user.edit", form={"name": "新科室", "parent_id": 0}),
    Route("accounts.edit_office", act="user.edit", row="office"),
    Route("accounts.edit_office", "POST", act="user.edit", row="office", form={"name": "激光科", "parent_id": 0}),
]
