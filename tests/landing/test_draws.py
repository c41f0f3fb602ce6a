"""Draws of experts: never a conflict, the same seed gives the same draw, uniform within tolerance."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm.companies.models import Company
from crm.companies.naming import name_key
from crm.errors import RuleError
from crm.landing.experts import draws
from crm.landing.experts.entries import CONFLICT, EXPERT
from crm.landing.experts.models import Expert, ExpertField, SeatState
from tests import factories
from tests.factories import landing


def expert(unit: str, *fields: str, **given: object) -> Expert:
    """An expert of the register."""
    return landing.row(EXPERT, unit=unit, fields=[ExpertField(name=field) for field in fields], **given)


def company(name: str, **given: object) -> Company:
    return factories.Company(name=name, name_key=name_key(name), **given)


@given(st.text(min_size=1), st.sets(st.integers(1, 2**40), max_size=30))
def test_a_seed_ranks_all_whatever_their_order(seed: str, ids: set[int]) -> None:
    ranking = draws.rank(seed, ids)
    assert sorted(ranking) == sorted(ids)
    assert ranking == draws.rank(seed, sorted(ids, reverse=True))


def test_the_ranking_is_what_any_sha256_tool_gives() -> None:
    """printf 'seed:1' | sha256sum"""
    assert draws.place("seed", 1) == "81e4ba3bc2097d85ac4734eb3ad794fd4a2980b2e0b22569418e60e5550b4c32"
    places = {number: draws.place("seed", number) for number in (1, 2, 3)}
    assert draws.rank("seed", [1, 2, 3]) == sorted(places, key=lambda number: places[number])


def test_everybody_is_drawn_equally_often() -> None:
    """Chi-square over 20 experts, 4 of them drawn 3,000 times: expected 600 each; 43.8 is the 0.1 % point (19 df)."""
    counted: Counter[int] = Counter()
    for seed in range(3_000):
        counted.update(draws.rank(f"{seed}", range(1, 21))[:4])
    chi_square = sum((counted[number] - 600) ** 2 / 600 for number in range(1, 21))
    assert chi_square < 43.8


def test_conflicts_are_left_out_with_their_reasons(session: Session) -> None:
    group = company("示例集团股份有限公司")
    target = company("示例晶体科技有限公司", parent=group)
    sister = company("示例光纤有限公司", parent=group)
    free = expert("示例大学", "激光")
    same_unit = expert("示例晶体科技有限公司", "激光")
    of_sister = expert("示例光纤有限公司", "激光")
    of_group = expert("示例研究院", "激光", group_name="示例集团股份有限公司")
    declared, declared_sister = expert("示例学院", "激光"), expert("示例所", "激光")
    landing.row(CONFLICT, expert=declared, company=target)
    landing.row(CONFLICT, expert=declared_sister, company=sister)
    expert("示例律所", "法律")
    expert("示例旧所", "激光", is_active=False)
    found = draws.draw("示例评审", "激光", 1, target, by=factories.User(), seed="0")
    assert found.ranking == [free.id]
    assert {each["id"]: each["reason"] for each in found.left_out} == {
        same_unit.id: draws.SAME_UNIT,
        of_sister.id: draws.SAME_GROUP,
        of_group.id: draws.SAME_GROUP,
        declared.id: draws.DECLARED,
        declared_sister.id: draws.DECLARED,
    }


def test_no_draw_ever_seats_a_conflict(session: Session) -> None:
    target = company("示例晶体科技有限公司")
    for number in range(6):
        expert("示例晶体科技有限公司" if number % 2 else "示例大学", "激光")
    by = factories.User()
    for seed in range(50):
        found = draws.draw("示例评审", "激光", 2, target, by=by, seed=f"{seed}")
        assert {seat.expert.unit for seat in found.seats} == {"示例大学"}
        assert draws.is_repeatable(found)


def test_the_same_seed_gives_the_same_draw(session: Session) -> None:
    for _ in range(8):
        expert("示例大学", "激光")
    by = factories.User()
    first, again = (draws.draw("示例评审", "激光", 3, None, by=by, seed="abc") for _ in range(2))
    assert [seat.expert_id for seat in first.seats] == [seat.expert_id for seat in again.seats]
    other = draws.draw("示例评审", "激光", 3, None, by=by)
    assert other.seed != "abc"
    assert len(other.seed) == 16


def test_a_refusal_invites_the_next(session: Session) -> None:
    for _ in range(4):
        expert("示例大学", "激光")
    found = draws.draw("示例评审", "激光", 2, None, by=factories.User(), seed="1")
    with pytest.raises(RuleError, match="原因"):
        draws.answer(found.seats[0], SeatState.REFUSED)
    following = draws.answer(found.seats[0], SeatState.REFUSED, "出差")
    assert following is not None
    assert following.expert_id == found.ranking[2]
    assert len(found.serving) == 2
    assert draws.answer(found.seats[1], SeatState.REFUSED, "出差") is not None
    assert draws.answer(found.seats[2], SeatState.REFUSED, "出差") is None, "the register is used up"
    with pytest.raises(RuleError, match="递补"):
        draws.answer(found.seats[0], SeatState.ACCEPTED)
    assert draws.is_repeatable(found)


def test_too_few_experts_are_refused(session: Session) -> None:
    expert("示例大学", "激光")
    with pytest.raises(RuleError) as refusal:
        draws.draw("示例评审", "激光", 2, None, by=factories.User())
    assert refusal.value.details == {"count": 1, "wanted": 2}


def test_scores_of_those_who_serve_make_the_mean(session: Session) -> None:
    for _ in range(3):
        expert("示例大学", "激光")
    found = draws.draw("示例评审", "激光", 2, None, by=factories.User(), seed="1")
    assert found.mean_score is None
    found.seats[0].score, found.seats[1].score = 80, 91
    assert found.mean_score == 85.5
    draws.answer(found.seats[0], SeatState.REFUSED, "回避")
    assert found.mean_score == 91
