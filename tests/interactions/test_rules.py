"""Rules of a contact's fields."""

from datetime import date, timedelta

import pytest
import time_machine

from crm.errors import RuleError
from crm.interactions import rules
from crm.interactions.fields import coming_days
from crm.interactions.models import Intent, InteractionKind
from crm.rules import today

# A Tuesday, ten in the morning in China.
TUESDAY = "2026-11-24T02:00:00Z"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("外出拜访", InteractionKind.VISIT),
        ("visit", InteractionKind.VISIT),
        ("走访", InteractionKind.VISIT),
        (" 电话 沟通 ", InteractionKind.CALL),
        ("来访", InteractionKind.RECEPTION),
        ("", None),
        ("-", None),
    ],
)
def test_kind_is_understood_in_many_words(text, kind):
    assert rules.kind(text) is kind


def test_unknown_kind_names_the_known_ones():
    with pytest.raises(RuleError) as error:
        rules.kind("心灵感应")
    assert "外出拜访" in error.value.details["words"]


def test_intent_is_understood():
    assert rules.intent("意向强烈") is Intent.STRONG
    assert rules.intent("无") is None
    with pytest.raises(RuleError):
        rules.intent("五颗星")


@time_machine.travel(TUESDAY, tick=False)
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天", date(2026, 11, 24)),
        ("昨天", date(2026, 11, 23)),
        ("３ 天前", date(2026, 11, 21)),
        ("两周前", date(2026, 11, 10)),
        ("上周五", date(2026, 11, 20)),
        ("2026年11月2日", date(2026, 11, 2)),
        ("", None),
    ],
)
def test_day_of_contact_in_words(text, day):
    assert rules.happened(text) == day


@time_machine.travel(TUESDAY, tick=False)
@pytest.mark.parametrize("text", ["明天", "2026-11-25", "下周一", "3天后"])
def test_day_of_contact_cannot_lie_ahead(text):
    with pytest.raises(RuleError, match="还没有到"):
        rules.happened(text)


@time_machine.travel(TUESDAY, tick=False)
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明天", date(2026, 11, 25)),
        ("三天后", date(2026, 11, 27)),
        ("下周一", date(2026, 11, 30)),
        ("下星期天", date(2026, 12, 6)),
        ("两周后", date(2026, 12, 8)),
        ("周五", date(2026, 11, 27)),
        ("2026/12/1", date(2026, 12, 1)),
        ("2026-11-01", date(2026, 11, 1)),
    ],
)
def test_due_day_in_words(text, day):
    assert rules.due(text) == day


@time_machine.travel("2026-11-23T16:30:00Z", tick=False)
def test_half_past_midnight_in_china_is_a_new_day():
    assert today() == date(2026, 11, 24)
    assert rules.happened("今天") == date(2026, 11, 24)
    assert rules.happened("2026-11-24") == date(2026, 11, 24)
    assert rules.due("明天") - today() == timedelta(days=1)


def test_a_next_step_is_offered_for_working_days():
    """A term that ends on a Saturday is one that nobody keeps."""
    with time_machine.travel("2026-11-25T09:00:00+08:00", tick=False):
        days = [day for day, _label in coming_days()]
    assert days == [date(2026, 11, 26), date(2026, 11, 30), date(2026, 12, 9)]
