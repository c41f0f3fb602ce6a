"""Segments for companies without one: which words decide, who may accept, what stays."""

import re

import pytest
from sqlalchemy import select

from crm.chain.models import SegmentTerm
from crm.companies.classifying import Vocabulary
from crm.companies.models import ChosenBy, Company, CompanySegment
from crm.database import db
from imports.models import Batch
from tests import factories
from tests.imports.importing import company, run

WORDS = {1: ["激光器"], 2: ["光纤激光器", "掺镱光纤"], 3: ["激光切割", "激光焊接"]}


@pytest.mark.parametrize(
    ("name", "products", "segment", "words", "is_sure"),
    [
        ("示例光电有限公司", "光纤激光器", 2, ("光纤激光器",), False),
        ("示例光纤激光器有限公司", "光纤激光器、掺镱光纤的生产", 2, ("光纤激光器", "掺镱光纤"), True),
        ("示例光电有限公司", "激光器及激光器配件", 1, ("激光器",), False),
        ("示例激光焊接有限公司", "激光切割、激光焊接设备；激光器", 3, ("激光切割", "激光焊接"), False),
        ("示例激光焊接有限公司", "激光切割，激光焊接", 3, ("激光切割", "激光焊接"), True),
    ],
)
def test_the_longest_words_decide_and_are_named(name, products, segment, words, is_sure):
    found = Vocabulary(WORDS).suggest(name, products)
    assert found is not None
    assert (found.segment_id, found.words, found.is_sure) == (segment, words, is_sure)


@pytest.mark.parametrize("products", ["", "餐饮服务", "光纤激光器，激光切割加"])
def test_where_nothing_or_as_much_speaks_for_another_there_is_no_suggestion(products):
    assert Vocabulary({2: ["光纤激光"], 3: ["激光切割"]}).suggest("示例有限公司", products) is None


@pytest.fixture
def officer(session):
    return factories.User()


@pytest.fixture
def segment(session):
    made = factories.Segment(name="激光焊接")
    made.terms.append(SegmentTerm(term="激光切割"))
    db.session.flush()
    return made


def links() -> dict[str, tuple[int, bool, ChosenBy]]:
    rows = db.session.execute(select(Company.name, CompanySegment).join(CompanySegment.company)).all()
    return {name: (link.segment_id, link.is_main, link.chosen_by) for name, link in rows}


def test_a_group_is_accepted_at_once_but_for_what_is_wrong(officer, segment, sign_in):
    other = factories.Segment(chain=segment.chain, name="光学镀膜")
    rows = [
        ["企业名称", "主营产品", "产业链环节"],
        ["示例甲有限公司", "激光切割、激光焊接", ""],
        ["示例乙有限公司", "激光切割机", ""],
        ["示例丙有限公司", "激光切割机", ""],
        ["示例丁有限公司", "激光切割机", "光学镀膜"],
        ["示例戊有限公司", "餐饮", ""],
    ]
    batch = run(rows, officer)
    held = factories.Company(owner=factories.User(), products="激光切割机")
    client = sign_in(officer)
    page = client.get(f"/imports/segments?chain={segment.chain.slug}&batch={batch.id}").get_data(as_text=True)
    assert "采纳这一组（3 家）" in page
    assert "看了 4 家没有主环节的企业，其中 1 家看不出属于哪个环节" in page
    form = {"chain": segment.chain.slug, "segment": segment.id, "sure": "0", "leave": company("示例丙有限公司").id}
    assert client.post("/imports/segments", data=form | {"batch": batch.id}).status_code == 302
    suggested = (segment.id, True, ChosenBy.SUGGESTION)
    assert links() == {
        "示例甲有限公司": suggested,
        "示例乙有限公司": suggested,
        "示例丁有限公司": (other.id, True, ChosenBy.IMPORT),
    }
    client.post("/imports/segments", data=form)
    assert links()["示例丁有限公司"] == (other.id, True, ChosenBy.IMPORT)
    assert held.name not in links()
    assert client.post("/imports/segments", data=form | {"sure": "1"}).status_code == 400


def test_another_offices_import_is_not_shown(officer, segment, sign_in):
    batch: Batch = run([["企业名称"], ["示例甲有限公司"]], factories.User())
    client = sign_in(officer)
    assert client.get(f"/imports/segments?batch={batch.id}").status_code == 404
    assert client.get("/imports/segments?chain=none").status_code == 404
    assert client.get("/imports/segments?batch=9999999999999999999").status_code == 404


def test_an_accepted_group_is_taken_back_with_one_press_but_for_what_a_person_chose_since(officer, segment, sign_in):
    run([["企业名称", "主营产品"], *([f"示例{name}有限公司", "激光切割机"] for name in "甲乙丙")], officer)
    client = sign_in(officer)
    form = {"chain": segment.chain.slug, "segment": segment.id, "sure": "0"}
    client.post("/imports/segments", data=form)
    own = links()["示例甲有限公司"]
    assert own == (segment.id, True, ChosenBy.SUGGESTION)
    chosen = company("示例乙有限公司").segments[0]
    chosen.chosen_by = ChosenBy.PERSON
    db.session.flush()
    page = client.get(f"/imports/segments?chain={segment.chain.slug}").get_data(as_text=True)
    assert "最近采纳的建议" in page
    assert "2 家企业" in page
    request_id = re.search(r'name="request" value="([^"]+)"', page)[1]
    back = {"request": request_id, "segment": segment.id, "chain": segment.chain.slug}
    sign_in(factories.User()).post("/imports/segments/undoing", data=back)
    assert len(links()) == 3
    client.post("/imports/segments/undoing", data=back)
    assert links() == {"示例乙有限公司": (segment.id, True, ChosenBy.PERSON)}
    page = client.get(f"/imports/segments?chain={segment.chain.slug}").get_data(as_text=True)
    assert "最近采纳的建议" not in page
    assert "采纳这一组（2 家）" in page
