"""Chains, their segments, and the clusters of cities."""

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from crm import rules
from crm.chain.models import Chain, Cluster, ClusterDivision, Position, Segment, SegmentTerm
from crm.companies import places
from crm.database import N_, db
from crm.errors import RuleError
from imports.columns import Field
from imports.feeds import FieldError, RowFeed
from imports.feeds.words import member_of, split, yes
from imports.models import Fate
from imports.work import Work


def slug(text: str) -> str:
    """A chain's name in addresses."""
    value = rules.narrow(text).lower()
    if not value.replace("-", "").isalnum() or not value.isascii() or not value[0].isalnum() or len(value) > 64:
        raise RuleError(N_("标识只能用小写字母、数字和连字符。"))
    return value


def chain_named(name: str | None) -> Chain:
    """The chain of a cell. FieldError when there is none of that name."""
    found = db.session.scalars(select(Chain).where(Chain.name == name)).one_or_none()
    if found is None:
        raise FieldError("chain", N_("没有这条产业链。"))
    return found


def settle(row: Any, values: dict[str, Any]) -> bool:
    """Set what is given and differs; whether anything did."""
    differing = {key: value for key, value in values.items() if value not in (None, "") and getattr(row, key) != value}
    for key, value in differing.items():
        setattr(row, key, value)
    return bool(differing)


class ChainFeed(RowFeed):
    """产业链."""

    key = "chains"
    label = N_("产业链")
    act = "chain.edit"
    fields = (
        Field("chain", N_("产业链"), "产业链 产业链名称", rules.line(200), identity=True, required=True),
        Field("slug", N_("标识"), "标识 网址标识", slug, required=True),
        Field("summary", N_("说明"), "说明 简介", rules.prose()),
        Field("is_demo", N_("示例"), "示例", yes),
        Field("source", N_("来源"), "来源 文号", rules.prose()),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A chain, known by its slug."""
        values = {"name": row["chain"], **{key: row.get(key) for key in ("summary", "is_demo", "source")}}
        found = db.session.scalars(select(Chain).where(Chain.slug == row["slug"])).one_or_none()
        if found is None:
            db.session.add(
                Chain(slug=row["slug"], **{key: value for key, value in values.items() if value is not None})
            )
            db.session.flush()  # the next row may name it
            return Fate.CREATED
        return Fate.UPDATED if settle(found, values) else Fate.UNCHANGED


class SegmentFeed(RowFeed):
    """产业链环节."""

    key = "segments"
    label = N_("产业链环节")
    act = "chain.edit"
    offered = True
    fields = (
        Field("chain", N_("产业链"), "产业链 产业链名称", rules.line(200), required=True),
        Field("name", N_("环节"), "环节 环节名称 产业链环节", rules.line(200), identity=True, required=True),
        Field("parent", N_("上级环节"), "上级环节 所属环节", rules.line(200)),
        Field("position", N_("位置"), "位置 上中下游", member_of(Position)),
        Field("position_inferred", N_("位置推定"), "位置推定 推定", yes),
        Field("importance", N_("重要性"), "重要性 重要程度", rules.whole(1, 5)),
        Field("wanted", N_("目标数量"), "目标数量 目标企业数 目标家数", rules.number(2, Decimal(100_000))),
        Field("terms", N_("识别词"), "识别词 关键词", split),
        Field("source", N_("来源"), "来源 文号", rules.prose()),
        Field("quote", N_("原文"), "原文", rules.prose()),
        Field("note", N_("说明"), "说明 备注", rules.prose()),
    )

    def overwrites(self, key: str) -> bool:
        """What is known of a segment besides its name and words."""
        return key in ("position", "position_inferred", "importance", "wanted")

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A segment, known by its chain and name; its parent must stand above it or be known."""
        chain = chain_named(row["chain"])
        values = {key: row.get(key) for key in ("position", "position_inferred", "importance", "wanted")}
        values["source"] = quoted(row)
        found = self.segment(chain, row["name"])
        fate = Fate.UNCHANGED
        if found is None:
            last = db.session.scalar(select(func.coalesce(func.max(Segment.ordinal), 0)).filter_by(chain_id=chain.id))
            found = Segment(chain=chain, name=row["name"], ordinal=(last or 0) + 1)
            db.session.add(found)
            fate = Fate.CREATED
        kept = {key for key in work.fill_only if getattr(found, key, None) not in (None, "")}
        values = {key: value for key, value in values.items() if key not in kept}
        changed = settle(found, {**values, "parent": self.parent(chain, row)})
        changed |= add_terms(found, row.get("terms") or [])
        db.session.flush()  # the next row may name it as its parent
        return Fate.UPDATED if changed and fate is Fate.UNCHANGED else fate

    def parent(self, chain: Chain, row: dict[str, Any]) -> Segment | None:
        """The segment above. FieldError when it is not known."""
        if not row.get("parent"):
            return None
        found = self.segment(chain, row["parent"])
        if found is None:
            raise FieldError("parent", N_("没有这个上级环节，请把它写在前面的行。"))
        return found

    def segment(self, chain: Chain, name: str) -> Segment | None:
        """The segment of that name in the chain."""
        return db.session.scalars(select(Segment).filter_by(chain_id=chain.id, name=name)).one_or_none()


def add_terms(segment: Segment, terms: list[str]) -> bool:
    """Add the words that the segment does not have yet; whether there were any."""
    known = {term.term for term in segment.terms}
    new = [term for term in dict.fromkeys(terms) if term not in known]
    segment.terms.extend(SegmentTerm(term=term) for term in new)
    return bool(new)


def quoted(row: dict[str, Any]) -> str:
    """Source, quotation and note as the record keeps them: in that order, a line each."""
    quote = row.get("quote")
    return "\n".join(filter(None, (row.get("source"), f"“{quote}”" if quote else "", row.get("note"))))


class ClusterFeed(RowFeed):
    """集群: a row for each province or city of a cluster."""

    key = "clusters"
    label = N_("集群")
    act = "chain.edit"
    fields = (
        Field("name", N_("集群"), "集群 区域", rules.line(200), identity=True, required=True),
        Field("place", N_("省市"), "省市 省份 城市", rules.line(100), required=True),
        Field("source", N_("来源"), "来源", rules.prose()),
        Field("quote", N_("原文"), "原文", rules.prose()),
        Field("note", N_("说明"), "说明 备注", rules.prose()),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A place of a cluster; a place belongs to one cluster at most."""
        code = places.code_of(row["place"])
        if code is None:
            raise FieldError("place", N_("没有认出这个省市。"))
        cluster = db.session.scalars(select(Cluster).filter_by(name=row["name"])).one_or_none()
        if cluster is None:
            count = db.session.scalar(select(func.count()).select_from(Cluster)) or 0
            cluster = Cluster(name=row["name"], ordinal=count, source=quoted(row))
            db.session.add(cluster)
        taken = db.session.scalars(select(ClusterDivision).filter_by(division_code=code)).one_or_none()
        if taken is not None:
            if taken.cluster is not cluster:
                raise FieldError("place", N_("这个省市已经属于另一个集群。"))
            return Fate.UNCHANGED
        db.session.add(ClusterDivision(cluster=cluster, division_code=code))
        db.session.flush()  # the next row may name the same cluster
        return Fate.CREATED
