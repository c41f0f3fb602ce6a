"""The commands: exit codes, the line of JSON, dry runs, undo."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm.accounts.models import Role, User
from crm.accounts.services import verify
from crm.companies.models import Company
from crm.database import SYSTEM, acting_as, db
from imports.models import Profile
from imports.work import LOADER
from tests import factories
from tests.conftest import application, clone
from tests.imports.importing import content

GOOD = [["企业名称", "城市"], ["示例甲有限公司", "深圳"], ["示例乙有限公司", "上海"]]


@pytest.fixture
def officer(session) -> User:
    row = factories.User(name="example.officer")
    db.session.commit()
    return row


@pytest.fixture
def runner(app, officer):
    return app.test_cli_runner()


def file(folder: Path, rows, name: str = "名单.csv") -> str:
    path = folder / name
    path.write_bytes(rows if isinstance(rows, bytes) else content(rows))
    return str(path)


def test_all_rows_taken_is_0_with_one_line_of_json(runner, tmp_path, officer):
    result = runner.invoke(args=["import-list", file(tmp_path, GOOD), "--as", officer.name, "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {key: found[key] for key in ("read", "created", "updated", "unchanged")} == {
        "read": 2,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
    }
    assert set(found) == {
        *("batch", "read", "created", "updated", "unchanged", "duplicates", "ambiguous", "rejected", "seconds")
    }


def test_some_rejected_is_3_with_the_workbooks_path(runner, tmp_path, officer):
    rows = [*GOOD, ["", "深圳"]]
    result = runner.invoke(args=["import-list", file(tmp_path, rows), "--as", officer.name, "--json"])
    assert result.exit_code == 3
    assert json.loads(result.stdout)["rejected"] == 1
    assert Path(result.stderr.strip()).is_file()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (b"%PDF-1.7", "这不是表格文件"),
        ([["代码", "数量"], ["1", "2"]], "没有认出表头"),
        ([["简称", "城市"], ["示例", "深圳"]], "没有“企业名称”或“统一社会信用代码”这一列"),
        ([["企业名称", "城市"]], "表头下面没有数据"),
    ],
)
def test_what_cannot_be_understood_is_4_and_changes_nothing(runner, tmp_path, officer, rows, reason):
    result = runner.invoke(args=["import-list", file(tmp_path, rows), "--as", officer.name, "--json"])
    assert (result.exit_code, result.stdout) == (4, "")
    assert reason in result.stderr
    assert db.session.scalar(select(func.count()).select_from(Company)) == 0


def test_a_dry_run_writes_nothing(runner, tmp_path, officer):
    result = runner.invoke(args=["import-list", file(tmp_path, GOOD), "--as", officer.name, "--json", "--dry-run"])
    assert (result.exit_code, json.loads(result.stdout)["created"]) == (0, 2)
    assert json.loads(result.stdout)["batch"] is None
    assert db.session.scalar(select(func.count()).select_from(Company)) == 0


def test_undo(runner, tmp_path, officer):
    result = runner.invoke(args=["import-list", file(tmp_path, GOOD), "--as", officer.name, "--json"])
    batch = str(json.loads(result.stdout)["batch"])
    undone = runner.invoke(args=["import-undo", batch, "--as", officer.name, "--json"])
    assert json.loads(undone.stdout) == {"batch": int(batch), "kept": 0}
    assert db.session.scalar(select(func.count()).select_from(Company)) == 0
    assert runner.invoke(args=["import-undo", batch, "--as", officer.name]).exit_code == 1


def test_an_unknown_or_disabled_user_is_a_usage_error(runner, tmp_path):
    assert runner.invoke(args=["import-list", file(tmp_path, GOOD), "--as", "nobody"]).exit_code == 2


def test_a_profile_says_what_the_columns_mean(runner, tmp_path, officer):
    meant = {"甲": "name", "乙": "city"}
    db.session.add(
        Profile(name="示例协会名单", owner_id=officer.id, office_id=officer.office_id, feed="companies", columns=meant)
    )
    db.session.commit()
    path = file(tmp_path, [["甲", "乙"], ["示例甲有限公司", "深圳"]])
    arguments = ["import-list", path, "--as", officer.name, "--json", "--profile"]
    unknown = runner.invoke(args=[*arguments, "没有的方案"])
    assert (unknown.exit_code, "没有的方案" in unknown.stderr) == (4, True)
    taken = runner.invoke(args=[*arguments, "示例协会名单"])
    assert (taken.exit_code, json.loads(taken.stdout)["created"]) == (0, 1)
    assert db.session.scalars(select(Company.city_code).where(Company.name == "示例甲有限公司")).one() == "4403"


@pytest.fixture
def sampled(sample_url: str, worker_id: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on the samples, whose accounts have not been told their passwords yet."""
    app = application(clone(sample_url, f"told_{worker_id}"), tmp_path)
    with app.app_context():
        with acting_as(SYSTEM):
            db.session.execute(update(User).where(User.name != LOADER).values(password_hash="!"))
        db.session.commit()
        yield app
        db.session.close()
        db.engine.dispose()


def test_the_demo_prints_one_working_one_time_password_a_line(sampled):
    runner = sampled.test_cli_runner()
    assert runner.invoke(args=["sample"]).stdout == ""
    result = runner.invoke(args=["demo"])
    assert result.exit_code == 0
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert {line[2] for line in lines} == {role.label for role in Role}
    for name, password, *_rest in lines:
        user = db.session.scalars(select(User).where(User.name == name)).one()
        db.session.refresh(user)
        assert verify(user.password_hash, password)
        assert user.must_change_password
        assert re.fullmatch(r"[\w-]{17}", password)
    again = runner.invoke(args=["demo"])
    assert (again.exit_code, again.stdout) == (0, "")
