"""Forms of chains and segments."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.validators import Length

from crm.chain import rules
from crm.chain.models import Position, Segment
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField


class ChainForm(Form):
    """A chain's own fields."""

    name = RuleField(_l("产业链名称"), rule=rules.name, validators=[Required()])
    slug = RuleField(_l("标识"), rule=rules.slug, validators=[Required()])
    summary = RuleTextArea(_l("说明"), rule=rules.summary)
    source = RuleTextArea(_l("来源"), rule=rules.source)
    is_demo = BooleanField(_l("示例链：内容是虚构的，页面上注明"))
    version = VersionField()

    def values(self) -> dict[str, Any]:
        """The columns as judged."""
        return {field.name: field.data for field in self if field.name not in ("version", "csrf_token")}


class SegmentForm(Form):
    """A segment's place and weight in its chain."""

    name = RuleField(_l("环节名称"), rule=rules.name, validators=[Required(), Length(max=200)])
    parent_id = SelectField(_l("上级环节"), coerce=int, default=0)
    position = SelectField(_l("位置"), default="")
    position_inferred = BooleanField(_l("位置是推定的，来源没有写明"))
    ordinal = RuleField(_l("排序"), rule=rules.ordinal)
    importance = RuleField(_l("重要性"), rule=rules.importance)
    wanted = RuleField(_l("目标数量"), rule=rules.wanted, unit=_l("家（按权重折算）"))
    source = RuleTextArea(_l("来源"), rule=rules.source)
    version = VersionField()

    def offer(self, segments: Sequence[Segment], but: Segment | None = None) -> "SegmentForm":
        """Offer these segments as parents, without the one that is edited."""
        self.parent_id.choices = [(0, _("（无）")), *((s.id, s.name) for s in segments if s is not but)]
        self.position.choices = [("", _("未定")), *((p.value, _(p.label)) for p in Position)]
        return self

    def values(self, segments: Sequence[Segment]) -> dict[str, Any]:
        """The columns as judged; an ordinal left empty is not among them."""
        found = {key: self[key].data for key in ("name", "position_inferred", "importance", "wanted", "source")}
        found["parent"] = next((s for s in segments if s.id == self.parent_id.data), None)
        found["position"] = Position(self.position.data) if self.position.data else None
        if self.ordinal.data is not None:
            found["ordinal"] = self.ordinal.data
        return found


class TermsForm(Form):
    """The words by which a segment's companies are recognised."""

    terms = RuleTextArea(_l("识别词"), rule=rules.terms)
    version = VersionField()
