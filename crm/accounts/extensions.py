"""What higher slices add to the pages of accounts. They register here; app.py wires them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.accounts.models import User


@dataclass(frozen=True)
class Section:
    """A card on one's own profile: the template of its body, and what that finds as `context`."""

    title: str
    template: str
    context: Mapping[str, Any]
    icon: str


#: Further cards of the profile.
profile_sections: list[Callable[[User], Section]] = []
