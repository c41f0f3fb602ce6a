"""The errors that a user can meet, each with the sentence that she reads and the HTTP status that it becomes."""

from typing import Any


class ConfigurationError(Exception):
    """An installation's settings cannot work; the message says what to change."""


class CrmError(Exception):
    """An act was refused. `message` is a plain sentence; nothing was written."""

    status = 422

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class RuleError(CrmError):
    """A value breaks a field's rule."""


class NotFound(CrmError):
    """The row does not exist, or the user may not know that it does."""

    status = 404


class Forbidden(CrmError):
    """The user sees the row but may not do this to it."""

    status = 403


class Conflict(CrmError):
    """Somebody saved the row in the meantime; `details` carries both versions."""

    status = 409


class BadRequest(CrmError):
    """The request itself makes no sense: an unknown sort key, a forged cursor."""

    status = 400
