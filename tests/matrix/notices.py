"""Rows of notices."""

from tests.matrix import Route

ROUTES = [
    Route("notices.index", act="notice.read"),
    Route("notices.bell", act="notice.read"),
    Route("notices.read", "POST", act="notice.read", row="notice"),
    Route("notices.choose", "POST", act="profile.edit", form={"email": "zhangsan@example.com", "by_mail": "y"}),
    Route("notices.read_all", "POST", act="notice.read", form={"until": 1}),
]
