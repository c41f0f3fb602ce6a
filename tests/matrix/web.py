"""Rows of the routes that belong to no slice."""

from tests.matrix import Route

ROUTES = [
    Route("static", args={"filename": "absent.12345678.css"}, ok=404),
    Route("healthz"),
    Route("csrf_token"),
    Route("set_language", "POST", form={"language": "en"}),
]
