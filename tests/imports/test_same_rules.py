"""The form and the import refuse the same value, field by field."""

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from crm import rules as common
from crm.companies.forms import CompanyForm, ContactForm
from crm.interactions.forms import InteractionForm
from crm.pipeline.forms import ProjectForm
from imports import feeds, rows
from imports.columns import Field
from imports.feeds.landing import NOUNS, NounFeed

#: Form, kind of row, the form's fields; 'field:column' where the column has another key.
PAIRS = [
    (
        CompanyForm,
        "companies",
        "name uscc aliases address website products capital_wan capital_currency employees introduction"
        " expansion_signal town source",
    ),
    (ContactForm, "companies", "name:contact title:contact_title phone"),
    (
        ProjectForm,
        "projects",
        "name:project summary lead_source origin_code investment_wan fixed_investment_wan currency land_mu floor_m2"
        " park output_wan tax_wan energy_tce jobs triage_note next_step next_step_on",
    ),
    (InteractionForm, "interactions", "other_people:people summary demands next_step next_step_on happened_on"),
]
FIELDS = [(form, feed, *each.split(":")) for form, feed, keys in PAIRS for each in keys.split()]

#: What people and programs put into cells. (An amount that names its currency and two
#: numbers of a person are several values, split before any rule.)
TEXTS = (
    "示例有限公司", "示", "x" * 201, "长" * 5_000, "长" * 25_000, "  ", "a\u202eb", "\ud800", "1200", "-5", "1.2亿",
    "￥1,200万元", "约50亩", "33335㎡", "1200余万元", "NaN", "Infinity", "1e9", "９１", "99999999999999999999", "面议",
    "不详", "#REF!", "2024.13.45", "二〇二四年三月", "2024年3月5日", "45292", "2099-01-01", "1800-01-01", "13800138000",
    "1.38E+10", "0760-88880000", "91000000DEM0000019", "91000000DEM0000011",
    "9.1E+17", "370000000000000", "www.example.com", "javascript:alert(1)", "=1+1", "广东省深圳市", "哪里",
    "美元", "火星币",    "是", "role", "<script>x</script>", "%s %(x)s {0}", "甲；乙、丙", "5-8亿", "80～100亩",
)  # fmt: skip


@pytest.mark.parametrize("named", FIELDS, ids=[f"{feed}.{names[-1]}" for _form, feed, *names in FIELDS])
def test_a_value_has_one_verdict(app, named):
    form, feed, name, key = (*named, named[-1])[:4]
    field = next(field for field in feeds.get(feed).fields if field.key == key)
    with app.test_request_context():
        different = [text for text in TEXTS if judged_by_form(form, name, text) != judged_by_import(field, text)]
    assert different == []


def judged_by_form(form: Any, name: str, text: str) -> tuple[bool, Any]:
    """Whether a form takes the text, and as what; words for nothing are nothing."""
    field = form(formdata=MultiDict({name: text}), meta={"csrf": False})[name]
    if rows.says_nothing(common.clean(text)):
        return True, None
    return not field.process_errors, field.data or None


def judged_by_import(field: Field, text: str) -> tuple[bool, Any]:
    """The same of a cell."""
    cell = rows.understand(text, "", field)
    return cell.error is None, cell.value or None


def test_catalogues_have_their_entries_rules():
    for noun in NOUNS:
        given = {field.key: field.parse for field in NounFeed(noun).fields}
        assert all(entry.link or given[entry.key] is entry.rule for entry in noun.entries), noun.key
