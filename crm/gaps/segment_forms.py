"""Forms that merge, split and judge segments."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import Length

from crm.chain import rules
from crm.chain.models import Segment
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.gaps.analysis import GapStatus
from crm.gaps.splitting import Choice
from crm.rules import day, prose


class MergeForm(Form):
    """What a segment asks for after it has taken in another."""

    importance = RuleField(_l("合并后的重要性"), rule=rules.importance)
    wanted = RuleField(_l("合并后的目标数量"), rule=rules.wanted, unit=_l("家（按权重折算）"))
    version = VersionField()
    into_version = VersionField()

    def propose(self, source: Segment, into: Segment) -> None:
        """The larger importance and both numbers together, as a start."""
        self.importance.data = max(filter(None, (source.importance, into.importance)), default=None)
        given = [each.wanted for each in (source, into) if each.wanted is not None]
        self.wanted.data = sum(given, Decimal()) if given else None
        self.version.data, self.into_version.data = source.version, into.version


class WordsForm(Form):
    """The words that choose who goes: asked by GET, so nothing to protect."""

    class Meta(Form.Meta):
        csrf = False

    words = RuleTextArea(_l("识别词"), rule=rules.terms)


class SplitForm(Form):
    """The new segment, and who goes to it."""

    name = RuleField(_l("新环节名称"), rule=rules.name, validators=[Required(), Length(max=200)])
    place = RadioField(_l("放在哪里"), default="beside")
    importance = RuleField(_l("重要性"), rule=rules.importance)
    wanted = RuleField(_l("目标数量"), rule=rules.wanted, unit=_l("家（按权重折算）"))
    words = HiddenField()
    shown_companies = HiddenField()
    shown_projects = HiddenField()
    version = VersionField()

    def offer(self, segment: Segment) -> "SplitForm":
        """Name the places."""
        self.place.choices = [
            ("beside", _("与“%(name)s”同级", name=segment.name)),
            ("below", _("“%(name)s”的下级", name=segment.name)),
        ]
        return self

    def values(self, segment: Segment) -> dict[str, Any]:
        """The columns of the new segment."""
        return {
            "name": self.name.data,
            "parent": segment if self.place.data == "below" else segment.parent,
            "position": segment.position,
            "position_inferred": segment.position_inferred,
            "importance": self.importance.data,
            "wanted": self.wanted.data,
        }

    def choice(self, companies: Sequence[int], projects: Sequence[int]) -> Choice:
        """Who goes, of the ticked ids."""
        return Choice(
            rules.terms(self.words.data or ""),
            companies,
            ids(self.shown_companies.data),
            projects,
            ids(self.shown_projects.data),
        )


class JudgementForm(Form):
    """A status held instead of the calculated one, or none, with its reason."""

    status = SelectField(_l("判断为"), default="")
    reason = RuleTextArea(_l("理由"), rule=prose(2_000), validators=[Required()])
    on_day = RuleField(_l("日期"), rule=day)

    def offer(self) -> "JudgementForm":
        """Name the statuses."""
        self.status.choices = [("", _("按计算结果（撤销人工判断）")), *((s.value, _(s.label)) for s in GapStatus)]
        return self

    @property
    def chosen(self) -> GapStatus | None:
        """The status, None for the calculated one."""
        return GapStatus(self.status.data) if self.status.data else None


def ids(text: str | None) -> list[int]:
    """The ids of a hidden field; what is none is left out."""
    return [int(part) for part in (text or "").split(",") if part.isascii() and part.isdigit() and len(part) < 19]
