"""A list of 合作牵线 becomes projects with a named partner, introductions and outcomes, once."""

from datetime import date

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.companies.models import LocalCompany
from crm.pipeline.models import Introduction, Project, ProjectPartner
from tests import factories
from tests.imports import importing

HEAD = ["目标企业", "合作企业", "牵线人", "牵线日期", "牵线情况", "合作结果", "结果日期"]


@pytest.fixture
def manager(session):
    manager = factories.User(role=Role.MANAGER, display_name="示例陈科")
    factories.Company(name="示例外地企业", owner=manager)
    factories.Company(name="示例本地企业").local = LocalCompany()
    session.flush()
    return manager


def test_a_list_becomes_cooperation_once(session, manager):
    rows = [
        HEAD,
        ["示例外地企业", "示例本地企业", "示例陈科", "2026-03-02", "座谈", "", ""],
        ["示例外地企业", "示例本地企业", "", "2026-04-02", "送样", "签年度供货协议", "2026-05-06"],
    ]
    assert importing.fates(importing.run(rows, manager, "cooperations")) == {"created": 2}
    partner = session.scalars(select(ProjectPartner)).one()
    assert (partner.project.company.name, partner.company.name) == ("示例外地企业", "示例本地企业")
    assert (partner.outcome, partner.outcome_on) == ("签年度供货协议", date(2026, 5, 6))
    held = session.scalars(select(Introduction).order_by(Introduction.on_day)).all()
    assert [(each.on_day, each.note, each.by) for each in held] == [
        (date(2026, 3, 2), "座谈", manager),
        (date(2026, 4, 2), "送样", manager),
    ]
    assert importing.fates(importing.run(rows, manager, "cooperations")) == {"unchanged": 2}
    assert session.scalars(select(Project)).all() == [partner.project]


def test_who_is_not_local_or_not_known_is_refused(session, manager):
    factories.Company(name="示例别处企业")
    rows = [
        HEAD,
        ["示例外地企业", "示例别处企业", "", "", "", "", ""],
        ["示例外地企业", "没有这一家", "", "", "", "", ""],
        ["没有这一家", "示例本地企业", "", "", "", "", ""],
    ]
    batch = importing.run(rows, manager, "cooperations")
    assert importing.fates(batch) == {"rejected": 3}
    assert [(number, field) for number, _kind, field in importing.said(batch)] == [
        (2, "partner"),
        (3, "partner"),
        (4, "name"),
    ]
