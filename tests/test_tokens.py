"""What a name is found by, checked in PostgreSQL itself."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from crm.tokens import index_text, near_text, query_text, split_pinyin


def finds(session: Session, name: str, query: str) -> bool:
    asked = query_text(query)
    statement = text("select cast(:tokens as tsvector) @@ cast(:asked as tsquery)")
    return bool(session.scalar(statement, {"tokens": index_text(name), "asked": asked}))


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("大族激光科技产业集团股份有限公司", "大族"),
        ("大族激光科技产业集团股份有限公司", "族"),
        ("大族激光科技产业集团股份有限公司", "dzjg"),
        ("大族激光科技产业集团股份有限公司", "DAZU"),
        ("大族激光科技产业集团股份有限公司", "dazuj"),
        ("大族激光科技产业集团股份有限公司", "大族jg"),
        ("大族激光科技产业集团股份有限公司", "dazujg"),
        ("大族激光科技产业集团股份有限公司", "dzjiguang"),
        ("大族激光科技产业集团股份有限公司", "jiguangkejichanyejituan"),
        ("大族激光科技产业集团股份有限公司", "大族激光科技产业集团股份有限公司"),
        ("大族激光科技产业集团股份有限公司", "大　族 激光"),
        ("创鑫激光", "創鑫"),
        ("厦门示例光电有限公司", "xiamen"),
        ("厦门示例光电有限公司", "xmsl"),
        ("长春示例光学有限公司", "changchun"),
        ("绿示例", "lv"),
        ("绿示例", "lu"),
        ("ＡＢＣ激光", "abc"),
        ("91440300MA5EXAMPLE", "91440300"),
    ],
)
def test_found(session: Session, name: str, query: str) -> None:
    assert finds(session, name, query)


@pytest.mark.parametrize(
    ("name", "query"),
    [("大族激光", "大激"), ("大族激光", "dzgj"), ("大族激光", "小族"), ("创鑫激光", "dazu"), ("大族激光", "大族x")],
)
def test_not_found(session: Session, name: str, query: str) -> None:
    assert not finds(session, name, query)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("武汉锐科光纤激光技术股份有限公司", "锐科激光"),
        ("武汉锐科光纤激光技术股份有限公司", "ruikejiguang"),
        ("武汉锐科光纤激光技术股份有限公司", "rkjg"),
        ("大族激光科技产业集团股份有限公司", "dazhujiguang"),
        ("大族激光科技产业集团股份有限公司", "dazujigaung"),
        ("北京金橙子科技股份有限公司", "jingchengzi"),
    ],
)
def test_what_was_perhaps_meant_is_found(session: Session, name: str, query: str) -> None:
    statement = text("select cast(:tokens as tsvector) @@ cast(:asked as tsquery)")
    assert session.scalar(statement, {"tokens": index_text(name), "asked": near_text(query)})
    assert not session.scalar(statement, {"tokens": index_text("示例光学有限公司"), "asked": near_text(query)})


@pytest.mark.parametrize("query", ["大族", "9144", "abc", "", "%"])
def test_what_leaves_no_guess(query: str) -> None:
    assert near_text(query) is None


@pytest.mark.parametrize("query", ["", "  ", "!!", "()", "'", "有限公司"])
def test_nothing_to_search(query: str) -> None:
    assert query_text(query) is None


@pytest.mark.parametrize("query", ["a|b & c:*", "!大", "大 <-> 族", "'; drop table x", "\\", "大':*"])
def test_operators_are_text(session: Session, query: str) -> None:
    finds(session, "大族", query)


def test_a_name_of_two_readings_stays_small() -> None:
    assert len(index_text("长" * 40).split()) < 400


def test_split_pinyin() -> None:
    assert split_pinyin("dazujiguang") == ["da", "zu", "ji", "guang"]
    assert split_pinyin("dazujigua") == ["da", "zu", "ji", "gua"]
    assert split_pinyin("laserx1") is None
