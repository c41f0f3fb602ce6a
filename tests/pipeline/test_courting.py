"""谁在谈: pasted names and cells are understood, everything is told within what the reader may know."""

import pytest

from crm.accounts.models import Role
from crm.companies.naming import name_key
from crm.database import db
from crm.errors import RuleError
from crm.pipeline import claims, courting
from crm.pipeline.claims import Proof
from crm.pipeline.models import Secrecy
from crm.rules import today
from crm.tokens import index_text
from tests import factories
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("session")
CODE = "91442000MA4UQ1XK0A"


def company(name, **values):
    return factories.Company(name=name, name_key=name_key(name), search=index_text(name), **values)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("示例星火晶体有限公司", ["示例星火晶体有限公司"]),
        ("1、示例星火；2、示例北辰", ["示例星火", "示例北辰"]),
        ("（1）示例星火\n② 示例北辰\n- 示例云锦", ["示例星火", "示例北辰", "示例云锦"]),
        (
            "序号\t企业名称\t地区\n1\t示例星火晶体有限公司\t武汉\n2\t示例北辰\t苏州",
            ["示例星火晶体有限公司", "示例北辰"],
        ),
        ("武汉\t12\t示例星火晶体有限公司", ["示例星火晶体有限公司"]),
        ("12\n—\n\n\u3000", []),
    ],
)
def test_what_is_pasted_is_understood(text, names):
    user = factories.User()
    assert [answer.asked for answer in courting.answers(text, user) if answer.asked != "地区"] == names


def test_each_line_says_who_courts_it():
    officer, other = factories.User(), factories.User()
    held = company("示例星火晶体有限公司", owner=other)
    mine = factories.Project(owner=officer, company=held)
    theirs = factories.Project(owner=other, company=held, name="示例他们的项目")
    factories.Project(owner=other, company=held, secrecy=Secrecy.RESTRICTED, name="示例绝密")
    claims.file(theirs.id, Proof(wish="愿意", wish_on=today()), by=other)
    pool = company("示例北辰光纤有限公司", uscc=CODE)
    found, known, unknown = courting.answers(f"示例星火晶体有限责任公司\n{CODE.lower()}\n示例无此企业", officer)
    assert (found.company, found.projects, found.hidden) == (held, [mine], 2)
    assert [claim.office for claim, _title in found.claims] == [other.office]
    assert (known.company, known.is_courted) == (pool, False)
    assert (unknown.company, unknown.is_courted) == (None, False)


def test_a_short_name_offers_those_that_it_may_mean():
    officer = factories.User()
    meant = company("示例星火晶体有限公司")
    [answer] = courting.answers("星火晶体", officer)
    assert (answer.company, list(answer.candidates)) == (None, [meant])


def test_a_long_list_is_answered_in_few_statements_and_has_an_end():
    officer = factories.User()
    for number in range(30):
        company(f"示例第{number}号晶体有限公司", owner=officer)
    names = [f"示例第{number}号晶体有限公司" for number in range(30)]
    with counted() as sent:
        courting.answers("\n".join(names), officer)
    assert len(sent) <= 25
    with pytest.raises(RuleError):
        courting.answers("\n".join(names * 17), officer)


def test_the_page_answers_and_writes_nothing(sign_in):
    officer = factories.User(role=Role.OFFICER)
    company("示例星火晶体有限公司", owner=officer)
    client = sign_in(officer)
    assert "粘贴" in client.get("/pipeline/who").get_data(as_text=True)
    answer = client.post("/pipeline/who", data={"names": "示例星火晶体有限公司\n示例没有的厂"})
    page = answer.get_data(as_text=True)
    assert "共 2 行：1 家有人在谈或持有，1 家库里没有。" in page
    assert not db.session.new
    assert not db.session.dirty
    assert client.post("/pipeline/who", data={"names": ""}).status_code == 422
    taken = client.post("/imports/pasted", data={"names": "示例星火晶体有限公司\n示例没有的厂"})
    assert taken.status_code == 302
    assert "/imports/" in taken.location
