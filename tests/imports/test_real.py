"""Real files of other people (../shared/data): understood, or refused with the right sentence."""

from pathlib import Path

import pytest

from crm.accounts.models import Role
from crm.database import acting_as
from imports import apply, columns, rows, services, workbook
from imports.feeds.companies import CompanyFeed
from imports.models import Batch
from imports.problems import HeadNotFound
from tests import factories
from tests.imports.importing import fates

pytestmark = pytest.mark.real

FIELDS = CompanyFeed.fields

#: File: the header's row and what its columns mean.
UNDERSTOOD = {
    "yymsunday_上市公司基本信息.xlsx": (1, "name capital_wan province city introduction employees products"),
    "szse_A股列表_2020.xlsx": (1, "name address aliases place province city website"),
    "zhanggh_企业名单_山东环保处罚.xlsx": (1, "name uscc city district"),
    "kinginsun_names_uscc_110k_A.csv": (1, "name uscc province place"),
    "kinginsun_激光企业.csv": (1, "name uscc capital_wan products province place address"),
    "yangxinjun_企业列表_央企.xlsx": (2, "name aliases"),
    "crazyqii_公司名单_gbk.csv": (1, "name"),
    "klkg27_公司信息_gbk_crlf.csv": (1, "name"),
}
#: No header, or no column by which a row's company is known: refused, not guessed.
REFUSED = {
    "sse_GPLIST.xls": "no_head no_identity",
    "sah01_分行业能源消费_无表头.xls": "no_head",
    "codemonkey_company_list.xlsx": "no_head",
    "crazyqii_公司名单_stray_quote_header.xlsx": "no_head no_identity",
    "sheyiqi_企业名单_新三板增发.xlsx": "no_head no_identity",
    "wainshine_Company-Shorter-Form_28W.txt": "no_head",
}


@pytest.mark.parametrize(("name", "expected"), UNDERSTOOD.items())
def test_understood(shared_data: Path, name: str, expected: tuple[int, str]) -> None:
    head = columns.find_head(workbook.read(shared_data / name, head=60).sheet(None), FIELDS)
    assert head.row == expected[0]
    assert set(head.mapping) == set(expected[1].split())


@pytest.mark.parametrize(("name", "codes"), REFUSED.items())
def test_refused(shared_data: Path, name: str, codes: str) -> None:
    with pytest.raises(HeadNotFound) as refusal:
        columns.find_head(workbook.read(shared_data / name, head=60).sheet(None), FIELDS)
    assert refusal.value.code in codes.split()


def test_dirty_codes_are_found_and_good_ones_taken(shared_data: Path) -> None:
    sheet = workbook.read(shared_data / "kinginsun_names_uscc_110k_A.csv").sheet(None)
    checked = rows.check(sheet, columns.find_head(sheet, FIELDS), FIELDS)
    assert len(checked) == 110_000
    wrong = {trouble.place for trouble in checked.troubles if trouble.key == "uscc"}
    assert 214 <= len(wrong) <= 2_000  # 214 codes do not have 18 characters


def run(path: Path) -> Batch:
    by = factories.User(role=Role.ADMIN)
    with acting_as(by.id):
        batch = services.take(path.read_bytes(), path.name, by, feed="companies")
    with acting_as(by.id, batch_id=batch.id):
        apply.apply(batch, by)
    return batch


def test_the_exchange_list_imports_and_changes_nothing_when_imported_again(session, shared_data: Path) -> None:
    path = shared_data / "szse_A股列表_2020.xlsx"
    first = run(path)
    assert first.read == 2_240
    assert first.created + first.rejected == 2_240
    assert first.rejected == 17  # two addresses in the one cell of a web site
    assert fates(run(path)) == {"unchanged": first.created, "rejected": 17}


def test_a_penalty_list_with_a_company_on_several_rows(session, shared_data: Path) -> None:
    batch = run(shared_data / "zhanggh_企业名单_山东环保处罚.xlsx")
    assert batch.read == 4_810
    assert batch.duplicates > 900
    assert batch.rejected > 500  # old registration numbers of 15 digits are no 统一社会信用代码
