"""Forms of claims: filing one, ruling on it, what a second office asks."""

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import ValidationError

from crm import rules as common
from crm.companies.rules import words
from crm.database import db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.interactions.models import Interaction
from crm.pipeline import rules
from crm.pipeline.claims import Proof
from crm.pipeline.disputes import Asked, Ruling
from crm.pipeline.forms import identifier, labels
from crm.pipeline.models.claims import Outcome, RequestKind


class WishForm(Form):
    """The investor's written wish, with its day."""

    wish = RuleTextArea(_l("企业书面意向"), rule=words(2_000), default="")
    wish_on = RuleField(_l("意向书日期"), rule=common.happened)

    def validate_wish_on(self, field: RuleField) -> None:
        """A wish has its day."""
        if self.wish.data and field.data is None:
            raise ValidationError(_("请填写企业书面意向的日期。"))


class ClaimForm(WishForm):
    """File a claim, with a contact or the investor's written wish."""

    interaction_id = SelectField(_l("接洽记录"), coerce=identifier)

    def offer(self, contacts: Sequence[Interaction]) -> "ClaimForm":
        """Fill the contacts that can prove it."""
        offered = [(c.id, f"{c.happened_on} {_(c.kind.label)} · {c.summary[:40]}") for c in contacts]
        self.interaction_id.choices = [("", _("没有，凭企业书面意向")), *offered]
        return self

    def proof(self) -> Proof:
        """What the claim is filed with."""
        chosen = self.interaction_id.data
        contact = None if chosen is None else db.session.get(Interaction, chosen)
        return Proof(contact, self.wish.data or "", self.wish_on.data if self.wish.data else None)


class RequestForm(WishForm):
    """Ask to join, to be handed over, or dispute."""

    kind = RadioField(_l("申请什么"), default=RequestKind.JOIN)
    reason = RuleTextArea(_l("理由"), rule=rules.reason, validators=[Required()])

    def offer(self) -> "RequestForm":
        """Fill the kinds."""
        self.kind.choices = labels(RequestKind)
        return self

    def asked(self) -> Asked:
        """What is asked."""
        wish_on = self.wish_on.data if self.wish.data else None
        return Asked(RequestKind(self.kind.data), self.reason.data, self.wish.data or "", wish_on)


class RulingForm(Form):
    """Rule on what a second office asks."""

    outcome = RadioField(_l("裁定"))
    kept_percent = RuleField(_l("原部门保留业绩的百分比"), rule=common.number(2, Decimal(100)))
    decision = RuleTextArea(_l("裁定理由"), rule=rules.reason, validators=[Required()])
    is_wish_refuted = BooleanField(_l("认定企业书面意向不属实或已变更"))
    version = VersionField()

    def offer(self, kind: RequestKind) -> "RulingForm":
        """Fill the outcomes that the kind allows."""
        allowed = [o for o in Outcome if kind is not RequestKind.JOIN or o is not Outcome.TO_ASKER]
        self.outcome.choices = [(outcome.value, _(outcome.label)) for outcome in allowed]
        return self

    def ruling(self) -> Ruling:
        """What is decided."""
        kept = Decimal(50) if self.kept_percent.data is None else self.kept_percent.data
        return Ruling(Outcome(self.outcome.data), self.decision.data, kept, bool(self.is_wish_refuted.data))


class ReasonForm(Form):
    """A reason, and a yes or no by the button that was pressed."""

    reason = RuleTextArea(_l("理由"), rule=rules.reason, default="")
    verdict = HiddenField(default="yes")
    version = VersionField()
