"""The route table: one row per route and method, in a module per slice (`tests/matrix/<slice>.py`, a list `ROUTES`).

`test_matrix.py` runs {anonymous, officer, manager, leader, admin, auditor} × every row × every placement of the row it
addresses, and compares the status with crm/accounts/permissions.toml. A route without a row fails the suite.

    Route("companies.index", "GET", act="company.card"),                       a page: addresses no row
    Route("companies.show", "GET", act="company.card", row="company"),         /companies/<int:company_id>
    Route("companies.edit", "POST", act="company.edit", row="company", form={"name": "示例激光"}),
    Route("companies.restore", "POST", act="company.restore", row="company", when={"own": 409, "office": 409}),
    Route("interactions.create", "POST", act="interaction.create", row="company",
          form=lambda world, row: {"company_id": row.id, "kind": "visit", …}),  the row is named in the form

act      the act of permissions.toml that the view asks of the row; the view's `needs(…)` must name the same one, unless
         `guard=` names the other. None: public.
row      what kind of row it addresses (a key of world.KINDS): company, contact, project, interaction, task,
         instruction, list, batch, user, office, chain, segment, stage, or None. When the rule has one argument, it gets
         row.id (row.slug for an argument named slug); for more, or other, arguments give `args=`.
args     the URL's arguments, as a dict or a function of (world, row).
query    the query string, likewise.
form     the fields of a valid write, likewise. `version` of the row is added by itself.
visible  the act by which one knows of the row: without it the answer is 404, with it but without `act` it is 403.
         Defaults per kind stand in VISIBLE_BY.
ok       the status of an allowed request: by default 200 for GET, 302 for others.
when     {placement: status} where an allowed request answers otherwise, e.g. {"archived": 409}.
only     the placements to try, where others make no sense.

Placements: own (owner is the one who asks), office (held by somebody of a sub-office), other (of another office), pool
(held by nobody), archived (own, but archived), restricted (受限, of a colleague, the asker is not named), member
(受限, of another office, the asker is named), missing (an id that nobody has). A kind without holder has one placement,
`any`. Rows are arranged in world.py, once per run; each request is rolled back.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any] | Callable[[Any, Any], Mapping[str, Any]]

#: The act by which one knows of a row of this kind.
VISIBLE_BY = {
    "company": "company.card",
    "contact": "company.read",
    "project": "project.read",
    "interaction": "interaction.read",
    "task": "task.read",
    "trip": "trip.read",
    "instruction": "instruction.read",
    "demand": "demand.read",
    "list": "list.read",
    "batch": "import.read",
    "profile": "import.profile",
    "document": "document.read",
    "merge": "company.card",
    "user": "user.read",
    "hand_over": "hand_over.read",
    "reservation": "project.read",
    "partner": "project.read",
    "introduction": "project.read",
    "coordination": "coordination.read",
    "claim": "claim.read",
    "claim_request": "claim.read",
    **dict.fromkeys(("triage", "admission", "agreement", "promise", "warning", "milestone"), "project.read"),
    "opinion": "opinion.read",
    "dispatch": "dispatch.answer",
    "local_step": "company.card",
    "local_need": "company.card",
    "local_wish": "company.card",
}


@dataclass(frozen=True)
class Route:
    """A row of the table; the fields are described above."""

    endpoint: str
    method: str = "GET"
    act: str | None = None
    row: str | None = None
    args: Values = field(default_factory=dict)
    query: Values = field(default_factory=dict)
    form: Values = field(default_factory=dict)
    visible: str | None = None
    guard: str | None = None
    ok: int | None = None
    when: Mapping[str, int] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """How a test is named."""
        return f"{self.method} {self.endpoint}"

    @property
    def visible_by(self) -> str | None:
        """The act by which one knows of the row."""
        return self.visible or VISIBLE_BY.get(self.row or "") or self.act

    def status(self, placement: str) -> int:
        """The status of an allowed request."""
        return self.when.get(placement) or self.ok or (200 if self.method == "GET" else 302)


def routes() -> list[Route]:
    """The rows of all slices."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("test_")]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in sorted(names)]
    return [row for module in modules for row in getattr(module, "ROUTES", [])]
