"""The score of a target: five parts, each with its share, its facts and a sentence. Pure: rows in, figures out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crm.companies.models import ChosenBy
from crm.database import N_
from crm.gaps.ranking.fit import Fit, fit
from crm.gaps.ranking.models import Part

#: What a classification says of the fit: (main segment, another), by who chose it.
CLASSIFIED = {
    ChosenBy.PERSON: (1.0, 0.8),
    ChosenBy.IMPORT: (1.0, 0.8),
    ChosenBy.SUGGESTION: (0.6, 0.5),
}
#: Capability: so much of it by tier, by capital up to so many 万元, by staff up to so many people.
BY_TIER, BY_CAPITAL, BY_STAFF = 0.7, 0.2, 0.1
FULL_CAPITAL_WAN, FULL_STAFF = Decimal(10_000), 500
#: Warmth by days since the last contact, the first limit that holds.
WARMTH = ((30, 1.0), (90, 0.7), (365, 0.3))
#: “近 90 天未接触”: what people call cold.
COLD = 90
#: A cluster that nobody has weighed, in percent.
UNWEIGHED = 60


@dataclass(frozen=True)
class Weights:
    """The weights as data: points by part (they sum to 100), and percent by cluster (None: of no cluster)."""

    points: Mapping[Part, int]
    clusters: Mapping[int | None, int] = field(default_factory=dict)

    def percent_of(self, cluster_id: int | None) -> int:
        """The share of place for a cluster."""
        return self.clusters.get(cluster_id, UNWEIGHED)


@dataclass(frozen=True)
class Candidate:
    """What a viewer may know of a company. `is_known` is whether she may read beyond its card; where not, everything
    that is not on the card is empty, so that no order can tell it."""

    id: int
    name: str
    pinyin_key: str
    city: str
    cluster_id: int | None
    cluster: str
    tiers: Sequence[str] = ()
    tier_weight: Decimal | None = None
    #: In the segment as main, as another, or (None) not at all; and who said so.
    is_main: bool | None = None
    chosen_by: ChosenBy | None = None
    is_known: bool = True
    owner_id: int | None = None
    office: str = ""
    products: str = ""
    capital_wan: Decimal | None = None
    employees: int | None = None
    last_contact_on: date | None = None
    expansion_signal: str = ""

    @property
    def in_pool(self) -> bool:
        """Whether nobody holds it."""
        return not self.office


@dataclass(frozen=True)
class Reason:
    """A sentence: a message id with its facts."""

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ScorePart:
    """A part of a score: its share from 0 to 1 of `weight` points."""

    part: Part
    weight: int
    share: float
    reason: Reason

    @property
    def points(self) -> float:
        """What it gives."""
        return self.weight * self.share


@dataclass(frozen=True)
class Target:
    """A candidate with its score. `value` is open gap × score; None where the segment's gap has no size."""

    candidate: Candidate
    parts: Sequence[ScorePart]
    value: float | None

    @property
    def score(self) -> float:
        """Out of 100."""
        return round(sum(part.points for part in self.parts), 1)

    def part(self, wanted: Part) -> ScorePart:
        """One of the parts."""
        return next(part for part in self.parts if part.part is wanted)


@dataclass(frozen=True)
class Scale:
    """What scoring needs besides the candidate: the segment's terms, the weights, the heaviest tier, today."""

    terms: Sequence[str]
    weights: Weights
    heaviest: Decimal
    today: date


def rank(candidates: Sequence[Candidate], scale: Scale, open_gap: Fraction | None) -> list[Target]:
    """The candidates, the best first; of equal ones by name. Companies without any fit are no candidates."""
    found = [target(candidate, scale, open_gap) for candidate in candidates]
    fitting = [each for each in found if each.part(Part.FIT).share > 0]
    return sorted(fitting, key=lambda each: (-each.score, each.candidate.pinyin_key, each.candidate.id))


def target(candidate: Candidate, scale: Scale, open_gap: Fraction | None) -> Target:
    """One candidate's score."""
    parts = [
        ScorePart(part, scale.weights.points[part], *judge(candidate, scale))
        for part, judge in JUDGES.items()
        if part in scale.weights.points
    ]
    score = sum(part.points for part in parts)
    return Target(candidate, parts, None if open_gap is None else round(float(open_gap) * score, 1))


def judge_fit(candidate: Candidate, scale: Scale) -> tuple[float, Reason]:
    """By classification or by words, whichever says more."""
    words = fit(scale.terms, candidate.name, candidate.products)
    if candidate.chosen_by is None:
        return words.share, said(words)
    main, other = CLASSIFIED[candidate.chosen_by]
    share = max(main if candidate.is_main else other, words.share)
    where = N_("归在这个环节") if candidate.is_main else N_("也归在这个环节")
    if not words.made:
        return share, Reason(where)
    both = N_("归在这个环节，主营含%(terms)s") if candidate.is_main else N_("也归在这个环节，主营含%(terms)s")
    return share, Reason(both, {"terms": quoted(words.made)})


def said(words: Fit) -> Reason:
    """What the words say, in a sentence."""
    if words.made:
        return Reason(N_("主营含%(terms)s"), {"terms": quoted(words.made)})
    if words.named:
        return Reason(N_("名称含%(terms)s"), {"terms": quoted(words.named)})
    return Reason(N_("只在用途中提到%(terms)s"), {"terms": quoted(words.used)})


def quoted(terms: Sequence[str]) -> str:
    """At most three terms in quotation marks."""
    return "".join(f"“{term}”" for term in terms[:3])


def judge_capability(candidate: Candidate, scale: Scale) -> tuple[float, Reason]:
    """By tier, which is on the card; capital and staff where one may know of them."""
    weight = candidate.tier_weight or Decimal(0)
    share = BY_TIER * float(min(Decimal(1), weight / scale.heaviest)) if scale.heaviest else 0.0
    share += BY_CAPITAL * float(min(Decimal(1), (candidate.capital_wan or Decimal(0)) / FULL_CAPITAL_WAN))
    share += BY_STAFF * min(1.0, (candidate.employees or 0) / FULL_STAFF)
    if not candidate.is_known:
        return share, Reason(N_("%(tiers)s"), {"tiers": candidate.tiers}) if candidate.tiers else Reason(N_("没有梯队"))
    facts = {"tiers": candidate.tiers, "capital": candidate.capital_wan, "staff": candidate.employees}
    return share, Reason(CAPABILITY[bool(candidate.tiers), candidate.capital_wan is not None], facts)


#: By whether there are tiers, whether the capital is known.
CAPABILITY = {
    (True, True): N_("%(tiers)s，注册资本 %(capital)s"),
    (True, False): N_("%(tiers)s"),
    (False, True): N_("没有梯队，注册资本 %(capital)s"),
    (False, False): N_("没有梯队，没有人民币注册资本"),
}


def judge_place(candidate: Candidate, scale: Scale) -> tuple[float, Reason]:
    """By the cluster in which it lies."""
    if not candidate.city:
        return 0.0, Reason(N_("所在地未填"))
    share = scale.weights.percent_of(candidate.cluster_id) / 100
    if candidate.cluster:
        return share, Reason(N_("位于%(city)s（%(cluster)s）"), {"city": candidate.city, "cluster": candidate.cluster})
    return share, Reason(N_("位于%(city)s"), {"city": candidate.city})


def judge_warmth(candidate: Candidate, scale: Scale) -> tuple[float, Reason]:
    """By the days since the last contact; of another office's company nothing is told and nothing is counted."""
    if not candidate.is_known:
        return 0.0, Reason(N_("由其他部门跟进，接触情况不计"))
    if candidate.last_contact_on is None:
        return 0.0, Reason(N_("从未接触过"))
    days = (scale.today - candidate.last_contact_on).days
    share = next((share for limit, share in WARMTH if days <= limit), 0.0)
    if days > COLD:
        return share, Reason(N_("近 90 天未接触"))
    if days <= 1:
        return share, Reason(N_("昨天接触过") if days == 1 else N_("今天接触过"))
    return share, Reason(N_("%(days)s 天前接触过"), {"days": days})


def judge_expansion(candidate: Candidate, scale: Scale) -> tuple[float, Reason]:
    """Whether something hints that it looks for a site."""
    if not candidate.is_known:
        return 0.0, Reason(N_("由其他部门跟进，扩产信号不计"))
    signal = candidate.expansion_signal.strip()
    return (
        (1.0, Reason(N_("扩产信号：%(signal)s"), {"signal": signal})) if signal else (0.0, Reason(N_("没有扩产信号")))
    )


JUDGES = {
    Part.FIT: judge_fit,
    Part.CAPABILITY: judge_capability,
    Part.PLACE: judge_place,
    Part.WARMTH: judge_warmth,
    Part.EXPANSION: judge_expansion,
}
