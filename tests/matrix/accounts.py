"""Rows of accounts."""

from tests.matrix import Route

ROUTES = [
    Route("accounts.sign_in"),
    Route("accounts.sign_in", "POST", form={"name": "nobody", "password": "wrong"}, ok=401),
    Route("accounts.sign_out", "POST"),
    Route("accounts.users", act="user.read"),
    Route("accounts.password", act="profile.edit"),
    Route("accounts.password", "POST", act="profile.edit", ok=200),
]
