"""Forms of agreements, their wording and reviews, and of promises."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm import rules as common
from crm.accounts.models import User
from crm.database import db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.pipeline.document_forms import evidence_file
from crm.pipeline.forms import identifier, labels, people
from crm.pipeline.models import (
    Agreement,
    AgreementKind,
    AgreementReviewKind,
    Promise,
    ReviewConclusion,
    Side,
)
from crm.pipeline.triage_forms import active_users
from crm.rules import today


class AgreementForm(Form):
    """What is known of an agreement besides its wording."""

    NAMES = (
        "kind",
        "title",
        "number",
        "amount_wan",
        "signatory",
        "authority",
        "counterpart",
        "meeting",
        "minutes_number",
    )
    kind = SelectField(_l("类别"), coerce=AgreementKind)
    title = RuleField(_l("协议名称"), rule=common.line(200), validators=[Required()])
    number = RuleField(_l("协议编号"), rule=common.line(100))
    amount_wan = RuleField(_l("协议投资额"), rule=common.wan, unit=_l("万元"))
    signatory = RuleField(_l("我方签署人"), rule=common.line(200))
    authority = RuleField(_l("授权依据"), rule=common.line(300), description=_l("授权书文号，或法定代表人"))
    counterpart = RuleField(_l("企业方签署人"), rule=common.line(200))
    meeting = RuleField(_l("决策会议"), rule=common.line(200))
    minutes_number = RuleField(_l("纪要文号"), rule=common.line(100))
    version = VersionField()

    @classmethod
    def stored(cls, agreement: Agreement, **options: Any) -> "AgreementForm":
        """The form as an agreement is stored."""
        data = {name: getattr(agreement, name) for name in cls.NAMES}
        return cls(data={**data, "version": agreement.version}, **options).offer()

    def offer(self) -> "AgreementForm":
        """Fill the choices."""
        self.kind.choices = labels(AgreementKind)
        return self

    def values(self) -> dict[str, Any]:
        """Columns of Agreement."""
        return {name: self[name].data for name in self.NAMES}


class NewAgreementForm(AgreementForm):
    """The same with the first wording."""

    wording = RuleTextArea(
        _l("协议文本"), rule=common.prose(200_000), default="", description=_l("保存时对照红线清单检查，可以以后再填")
    )


class WordingForm(Form):
    """A new wording."""

    wording = RuleTextArea(_l("协议文本"), rule=common.prose(200_000), validators=[Required()])
    note = RuleField(_l("这一版改了什么"), rule=common.line(300))
    version = VersionField()


class ReviewForm(Form):
    """A review of an agreement."""

    NAMES = ("kind", "reviewer", "on_day", "conclusion", "doc_number", "comment")
    kind = SelectField(_l("审查类型"), coerce=AgreementReviewKind)
    reviewer = RuleField(_l("审查机构"), rule=common.line(200), validators=[Required()])
    on_day = RuleField(_l("审查日期"), rule=common.happened, validators=[Required()])
    conclusion = SelectField(_l("审查结论"), coerce=ReviewConclusion)
    doc_number = RuleField(_l("审查文号"), rule=common.line(100))
    comment = RuleTextArea(_l("审查意见"), rule=common.prose(5_000), default="")

    def offer(self) -> "ReviewForm":
        """Fill the choices."""
        self.kind.choices = labels(AgreementReviewKind)
        self.conclusion.choices = labels(ReviewConclusion)
        return self

    def values(self) -> dict[str, Any]:
        """Columns of AgreementReview."""
        return {name: self[name].data for name in self.NAMES}


class DayForm(Form):
    """A day on which something was done."""

    on_day = RuleField(_l("日期"), rule=common.happened, validators=[Required()], default=today)
    version = VersionField()


class DayAndTextForm(DayForm):
    """A day, and what is to say."""

    text = RuleTextArea(_l("说明"), rule=common.prose(5_000), validators=[Required()])


class FulfilmentForm(DayAndTextForm):
    """A day, the evidence in words, and a file."""

    file = evidence_file()


class PromiseForm(Form):
    """A promise of either side."""

    side = SelectField(_l("谁的承诺"), coerce=Side)
    clause = RuleField(_l("条款"), rule=common.line(50), description=_l("例如 第五条第二款"))
    body = RuleTextArea(_l("承诺内容"), rule=common.prose(5_000), validators=[Required()])
    owner_id = SelectField(_l("跟踪人"), coerce=identifier)
    due_on = RuleField(_l("兑现期限"), rule=common.day)
    version = VersionField()

    @classmethod
    def stored(cls, promise: Promise, **options: Any) -> "PromiseForm":
        """The form as a promise is stored."""
        data = {name: getattr(promise, name) for name in ("side", "clause", "body", "owner_id", "due_on", "version")}
        return cls(data=data, **options).offer()

    def offer(self) -> "PromiseForm":
        """Fill the choices."""
        self.side.choices = labels(Side)
        self.owner_id.choices = people(active_users())
        return self

    def values(self) -> dict[str, Any]:
        """Columns of Promise."""
        owner = db.session.get_one(User, self.owner_id.data)
        given = {name: self[name].data for name in ("side", "clause", "body", "due_on")}
        return {**given, "clause": given["clause"] or "", "owner": owner}
