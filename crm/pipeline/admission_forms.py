"""Forms of 准入联审: asking offices, an office's answer, the decision."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.validators import ValidationError

from crm import rules as common
from crm.accounts.models import Office
from crm.database import db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.pipeline import admission
from crm.pipeline.admission import Answer, Ruling
from crm.pipeline.forms import Checkboxes, identifier, labels
from crm.pipeline.models import Admission, AdmissionLevel, Criterion, Grade, Opinion, Outcome
from crm.pipeline.triage_forms import office_choices
from crm.rules import today

LARGEST_MARK = Decimal(999)


class AdmissionForm(Form):
    """Ask offices by a day."""

    office_ids = Checkboxes(_l("请哪些部门研判"), coerce=identifier)
    due_on = RuleField(_l("答复期限"), rule=common.day, validators=[Required()])
    question = RuleTextArea(_l("请重点研判"), rule=common.prose(5_000), default="")

    def offer(self) -> "AdmissionForm":
        """Fill the choices."""
        self.office_ids.choices = office_choices()
        return self

    @property
    def offices(self) -> list[Office]:
        """The chosen offices."""
        return [db.session.get_one(Office, office_id) for office_id in self.office_ids.data or ()]


class OpinionForm(Form):
    """An office's answer; a field `score_ID` for each criterion in use."""

    grade = RadioField(_l("意见"), choices=[])
    comment = RuleTextArea(_l("具体意见"), rule=common.prose(5_000), default="")
    veto_ids = Checkboxes(_l("否决项"), coerce=identifier)
    version = VersionField()

    def offer(self) -> "OpinionForm":
        """Fill the choices."""
        self.grade.choices = labels(Grade)
        self.veto_ids.choices = [(veto.id, veto.name) for veto in db.session.scalars(admission.vetoes())]
        return self

    @property
    def score_fields(self) -> list[tuple[Criterion, Any]]:
        """The criteria with their fields."""
        return [(criterion, self[score_name(criterion)]) for criterion in self.criteria]

    def answer(self) -> Answer:
        """What was said."""
        scores = {criterion.id: field.data for criterion, field in self.score_fields if field.data is not None}
        return Answer(
            Grade(self.grade.data), self.comment.data or "", scores, [i for i in self.veto_ids.data or () if i]
        )


def score_name(criterion: Criterion) -> str:
    """The field of a criterion."""
    return f"score_{criterion.id}"


def opinion_form(opinion: Opinion, **options: Any) -> OpinionForm:
    """The form of an opinion over the criteria in use, as it was answered so far."""
    found = db.session.scalars(admission.criteria()).all()
    fields = {score_name(each): score_field(each) for each in found}
    form = type("OpinionFormOf", (OpinionForm,), {**fields, "criteria": found})
    data = {
        "grade": opinion.grade.value if opinion.grade else None,
        "comment": opinion.comment,
        "veto_ids": [veto.veto_id for veto in opinion.vetoes],
        "version": opinion.version,
        **{f"score_{score.criterion_id}": score.score for score in opinion.scores},
    }
    return form(data=data, **options).offer()


def score_field(criterion: Criterion) -> RuleField:
    """The field of a criterion: up to its full marks."""

    def within(_form: Form, field: RuleField) -> None:
        if field.data is not None and field.data > criterion.weight:
            raise ValidationError(_("最高 %(full)s 分。", full=f"{criterion.weight.normalize():f}"))

    return RuleField(criterion.name, rule=common.number(2, LARGEST_MARK), validators=[within])


class DecisionForm(Form):
    """What a body decided."""

    outcome = RadioField(_l("结论"), choices=[])
    level_id = SelectField(_l("决策层级"), coerce=identifier)
    body = RuleField(_l("决策机构"), rule=common.line(200), validators=[Required()])
    meeting = RuleField(_l("会议名称"), rule=common.line(200), validators=[Required()])
    minutes_number = RuleField(_l("纪要文号"), rule=common.line(100), validators=[Required()])
    decided_on = RuleField(_l("决定日期"), rule=common.happened, validators=[Required()], default=today)
    conditions = RuleTextArea(_l("附加条件"), rule=common.prose(5_000), default="")
    version = VersionField()

    def offer(self, found: Admission) -> "DecisionForm":
        """Fill the choices; the level that the amount asks for is chosen at first."""
        self.outcome.choices = labels(Outcome)
        self.level_id.choices = [(level.id, level.name) for level in db.session.scalars(admission.levels())]
        needed = admission.level_for(found.project.investment_wan)
        if self.level_id.data is None and needed is not None:
            self.level_id.data = needed.id
        return self

    def validate_conditions(self, field: RuleField) -> None:
        """附条件通过 says the conditions."""
        if self.outcome.data == Outcome.CONDITIONAL and not field.data:
            raise ValidationError(_("附条件通过要写明条件。"))

    def ruling(self) -> Ruling:
        """What was decided."""
        return Ruling(
            outcome=Outcome(self.outcome.data),
            body=self.body.data,
            level=db.session.get_one(AdmissionLevel, self.level_id.data),
            meeting=self.meeting.data,
            minutes_number=self.minutes_number.data,
            decided_on=self.decided_on.data,
            conditions=self.conditions.data or "",
        )
