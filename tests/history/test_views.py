"""The audit page and the changes of one record: whose acts, in words, without secrets or what is hidden."""

import pytest
from sqlalchemy import select, text

from crm.accounts.models import Role
from crm.companies.models import AliasKind, CompanyAlias
from crm.companies.personal import seal_phone
from crm.database import acting_as
from crm.history import exports
from crm.history.models import HistoryRow
from crm.history.names import COLUMNS, COLUMNS_OF_TABLE, SECRET, TABLES
from crm.history.triggers import tables_under_history, unrecorded_columns
from crm.pipeline.models import ProjectMember, Secrecy
from tests import factories

PHONE = "13800138000"


@pytest.fixture
def officer(session):
    return factories.User(display_name="李明")


@pytest.fixture
def manager(session, officer):
    return factories.User(role=Role.MANAGER, office=officer.office)


@pytest.fixture
def auditor(session):
    return factories.User(role=Role.ADMIN, is_auditor=True)


@pytest.fixture
def company(session, officer):
    with acting_as(officer.id):
        found = factories.Company(name="示例激光有限公司", owner=officer)
        found.employees = 320
        session.flush()
    return found


def page_of(browser, path="/history", **query):
    answer = browser.get(path, query_string=query)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_each_table_and_column_under_history_has_a_name(session):
    recorded = {
        (table.name, column.name)
        for table in tables_under_history()
        for column in table.columns
        if column.name not in {*unrecorded_columns(table), *SECRET, "id"}
    }
    assert {table for table, _ in recorded} - set(TABLES) == set()
    assert {key for key in recorded if key not in COLUMNS_OF_TABLE and key[1] not in COLUMNS} == set()


def test_names_that_no_table_has_are_gone():
    tables = {table.name: table for table in tables_under_history()}
    columns = {column.name for table in tables.values() for column in table.columns}
    assert set(TABLES) <= set(tables)
    assert set(COLUMNS) <= columns
    assert all(column in tables[table].columns for table, column in COLUMNS_OF_TABLE)


def test_an_officer_reads_her_own_acts_before_and_after(company, officer, sign_in):
    page = page_of(sign_in(officer))
    assert "示例激光有限公司" in page
    assert "员工人数：" in page
    assert "（空） → <ins>320</ins>" in page


def test_ids_are_shown_as_names(company, officer, sign_in):
    assert f"负责人：</span>{officer.display_name}" in page_of(sign_in(officer))


def test_an_officer_does_not_read_the_acts_of_others(company, sign_in):
    assert "示例激光" not in page_of(sign_in(factories.User()))


def test_a_manager_reads_the_acts_of_her_office(company, manager, sign_in):
    assert "示例激光" in page_of(sign_in(manager))
    stranger = factories.User(role=Role.MANAGER)
    assert "示例激光" not in page_of(sign_in(stranger))


def test_an_admin_reads_with_the_flag_alone(company, auditor, sign_in):
    assert "示例激光" in page_of(sign_in(auditor))
    assert sign_in(factories.User(role=Role.ADMIN)).get("/history").status_code == 403
    assert sign_in(factories.User(role=Role.LEADER)).get("/history").status_code == 403


def test_filters_narrow(company, officer, auditor, sign_in):
    browser = sign_in(auditor)
    assert "示例激光" in page_of(browser, table="companies", row=company.id)
    assert "示例激光" in page_of(browser, actor=officer.id, since="2020-01-01", until="2099-12-31")
    for query in ({"table": "projects"}, {"row": company.id + 1}, {"actor": auditor.id}, {"until": "2020-01-01"}):
        assert "示例激光" not in page_of(browser, **query)


@pytest.mark.parametrize("query", [{"table": "pg_authid"}, {"actor": "x"}, {"row": "-1"}, {"cursor": "zzz"}])
def test_filters_that_do_not_exist_are_bad_requests(officer, sign_in, query):
    assert sign_in(officer).get("/history", query_string=query).status_code == 400


def test_a_foreign_actor_cannot_be_asked_for(company, officer, sign_in):
    """The list of actors offers whom one may read; another id is no choice."""
    assert sign_in(factories.User()).get("/history", query_string={"actor": officer.id}).status_code == 400


def test_pages_go_back_by_cursor(session, company, officer, auditor, sign_in):
    with acting_as(officer.id):
        for n in range(60):
            company.employees = n
            session.flush()
    page = page_of(sign_in(auditor), table="companies")
    assert 'rel="next"' in page


def test_secrets_are_not_shown(session, company, officer, auditor, sign_in):
    with acting_as(officer.id):
        contact = factories.Contact(company=company)
        seal_phone(contact, PHONE)
        session.flush()
    page = page_of(sign_in(auditor), table="contacts")
    assert "138****8000" in page
    assert PHONE not in page
    assert contact.phone_hash not in page
    assert contact.phone_cipher.hex() not in page
    kept = session.scalar(select(HistoryRow).order_by(HistoryRow.id.desc()).limit(1))
    assert PHONE not in str(session.scalar(text("select string_agg(h::text, '') from history h")))
    assert "password_hash" not in (kept.after or {})


def test_a_record_shows_its_parts_to_whom_may_read_it(session, company, officer, sign_in):
    with acting_as(officer.id):
        company.aliases.append(CompanyAlias(alias="示例光", alias_key="示例光", kind=AliasKind.SHORT))
        session.flush()
    path = f"/history/companies/{company.id}"
    page = page_of(sign_in(officer), path)
    assert "示例光" in page
    assert "员工人数" in page
    assert sign_in(factories.User()).get(path).status_code == 404


@pytest.mark.parametrize("table", ["users", "contacts", "nothing", "contact_keys"])
def test_other_tables_have_no_record_pages(officer, sign_in, table):
    assert sign_in(officer).get(f"/history/{table}/1").status_code == 404


def test_a_restricted_project_stays_hidden_from_all_but_its_members(session, officer, manager, auditor, sign_in):
    """In whatever table its name or what was said of it stands (promise 24)."""
    with acting_as(officer.id):
        project = factories.Project(name="机密项目甲", owner=officer, secrecy=Secrecy.RESTRICTED)
        visit = factories.Interaction(owner=officer, company=project.company, summary="机密谈话乙")
        session.execute(
            text("insert into project_interactions (project_id, interaction_id) values (:project, :visit)"),
            {"project": project.id, "visit": visit.id},
        )
        project.members.append(ProjectMember(user=officer, duty="机密职责丙"))
        session.flush()
    for user in (manager, auditor):
        page = page_of(sign_in(user))
        assert "机密" not in page
        assert sign_in(user).get(f"/history/projects/{project.id}").status_code == 404
    page = page_of(sign_in(officer))
    assert all(word in page for word in ("机密项目甲", "机密谈话乙", "机密职责丙"))
    assert "机密项目甲" in page_of(sign_in(officer), f"/history/projects/{project.id}")


def test_the_log_of_exports_says_who_took_what_to_whom_may_know(session, officer, manager, sign_in):
    admin, stranger = factories.User(role=Role.ADMIN), factories.User()
    assert "还没有人导出过清单" in page_of(sign_in(admin), "/history/exports")
    exports.record(officer, "示例项目.xlsx", 12)
    exports.record(stranger, "示例企业.xlsx", 30, "例会")
    browser = sign_in(admin)
    page = page_of(browser, "/history/exports")
    for words in ("示例项目.xlsx", "示例企业.xlsx", "例会", "合计 42 行", officer.display_name):
        assert words in page
    for query in ({"user": stranger.id}, {"what": "企业"}, {"since": "2020-01-01", "what": "企业.x"}):
        narrowed = page_of(browser, "/history/exports", **query)
        assert ("示例企业.xlsx" in narrowed, "示例项目.xlsx" in narrowed) == (True, False)
    assert "没有符合条件的记录" in page_of(browser, "/history/exports", until="2020-01-01")
    mine = page_of(sign_in(manager), "/history/exports")
    assert ("示例项目.xlsx" in mine, "示例企业.xlsx" in mine) == (True, False)
    assert "您今天还可以导出 488 行" in page_of(sign_in(officer), "/history/exports")
    assert sign_in(officer).get(f"/history/exports?user={stranger.id}").status_code == 400
    assert sign_in(factories.User(role=Role.LEADER)).get("/history/exports").status_code == 403
