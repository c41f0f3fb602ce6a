"""Real files of other people (../shared/data): understood as docs/imports.md tells, or refused with the reason."""

import re
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.accounts.models import Role, User
from crm.database import acting_as, db
from imports import apply, columns, rows, services, workbook
from imports.feeds.companies import CompanyFeed
from imports.models import Batch, Finding, FindingKind
from imports.problems import HeadNotFound
from tests import factories
from tests.imports.importing import content, fates

pytestmark = pytest.mark.real

FIELDS = CompanyFeed.fields
DOCUMENT = Path(__file__).parents[2] / "docs" / "imports.md"

#: File: what its columns mean, and why rows are left out.
UNDERSTOOD = {
    "yymsunday_上市公司基本信息.xlsx": (
        "name capital_wan province city introduction employees products",
        {"新企业必须有名称。": 3},
    ),
    "szse_A股列表_2020.xlsx": (
        "name address aliases place province city website",
        {"请填网址，例如 www.example.com。": 1},
    ),
    "zhanggh_企业名单_山东环保处罚.xlsx": (
        "name uscc city district",
        {
            "信用代码应是 18 位，现在是 %(length)d 位。": 530,
            "信用代码的校验位不对，请核对是否抄错。": 3,
            "信用代码只含数字和大写字母，不含 I、O、S、V、Z。": 2,
        },
    ),
    "kinginsun_激光企业.csv": (
        "name uscc capital_wan products province place address",
        {"这一栏按人民币填写，请换算后再填。": 2},
    ),
    "yangxinjun_企业列表_央企.xlsx": ("name aliases", {}),
    "crazyqii_公司名单_gbk.csv": ("name", {}),
    "klkg27_公司信息_gbk_crlf.csv": ("name", {}),
}
#: Too large to be written for a test: checked, not applied.
LARGE = "kinginsun_names_uscc_110k_A.csv"
#: No header, or no column by which a row's company is known: refused, not guessed.
REFUSED = [
    "sse_GPLIST.xls",
    "sah01_分行业能源消费_无表头.xls",
    "codemonkey_company_list.xlsx",
    "crazyqii_公司名单_stray_quote_header.xlsx",
    "sheyiqi_企业名单_新三板增发.xlsx",
    "wainshine_Company-Shorter-Form_28W.txt",
]


def documented(name: str) -> list[str]:
    """The cells of a file's line in the document: header row, read, created, duplicates, rejected, why."""
    line = next(line for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


@pytest.fixture
def admin(session) -> User:
    return factories.User(role=Role.ADMIN)


def run(path: Path, by: User) -> Batch:
    with acting_as(by.id):
        batch = services.take(path.read_bytes(), path.name, by, feed="companies")
    with acting_as(by.id, batch_id=batch.id):
        apply.apply(batch, by)
    return batch


@pytest.mark.parametrize(("name", "expected"), UNDERSTOOD.items())
def test_imported_as_the_document_tells(
    admin, shared_data: Path, name: str, expected: tuple[str, dict[str, int]]
) -> None:
    batch = run(shared_data / name, admin)
    assert set(batch.mapping.values()) == set(expected[0].split())
    counts = [batch.read, batch.created, batch.duplicates, batch.rejected]
    assert [f"第 {batch.head_row} 行", *map(str, counts)] == documented(name)[:5]
    assert batch.read == batch.created + batch.duplicates + batch.rejected
    query = select(Finding.message).where(Finding.batch_id == batch.id, Finding.kind == FindingKind.ERROR)
    assert Counter(db.session.scalars(query)) == expected[1]


@pytest.mark.parametrize("name", REFUSED)
def test_refused(shared_data: Path, name: str) -> None:
    with pytest.raises(HeadNotFound) as refusal:
        columns.find_head(workbook.read(shared_data / name, head=60).sheet(None), FIELDS)
    assert refusal.value.code == "no_head"
    assert documented(name)[0] == "—"


def test_dirty_codes_are_found_and_good_ones_taken(shared_data: Path) -> None:
    sheet = workbook.read(shared_data / LARGE).sheet(None)
    head = columns.find_head(sheet, FIELDS)
    assert set(head.mapping) == {"name", "uscc", "province", "place"}
    checked = rows.check(sheet, head, FIELDS)
    assert [str(len(checked)), str(len(checked.bad))] == [documented(LARGE)[1], documented(LARGE)[4]]


def test_the_exchange_list_again_changes_nothing_and_a_changed_copy_its_changes(
    admin, shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "szse_A股列表_2020.xlsx"
    first = run(path, admin)
    assert fates(run(path, admin)) == {"unchanged": first.created, "rejected": 1}
    batch = run(changed_copy(path, tmp_path / "改过.csv"), admin)
    assert fates(batch) == {"unchanged": first.created - 2, "updated": 2, "created": 1, "rejected": 1}
    query = select(Finding).where(Finding.batch_id == batch.id, Finding.kind == FindingKind.CHANGE)
    changes = db.session.scalars(query.order_by(Finding.number)).all()
    assert [(change.number, change.field, change.details["after"]) for change in changes] == [
        (2, "address", "示例路1号"),
        (3, "website", "https://www.example.com"),
    ]


def changed_copy(path: Path, copy: Path) -> Path:
    """The list with another address, another web site, an emptied cell, and a company more."""
    lines = [list(cells) for _number, cells in workbook.read(path).sheet(None).rows]
    places = {re.sub(r"\s", "", text): index for index, text in enumerate(lines[0])}
    lines[1][places["注册地址"]] = "示例路1号"
    lines[2][places["公司网址"]] = "www.example.com"
    lines[3][places["注册地址"]] = ""
    lines.append(["示例新上市股份有限公司" if index == places["公司全称"] else "" for index in range(len(lines[0]))])
    copy.write_bytes(content(lines))
    return copy
