"""The form of the weights: a field per part and per cluster."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm import rules
from crm.chain.models import Cluster, Segment
from crm.database import N_
from crm.forms import Form, Required, RuleField, VersionField
from crm.gaps.ranking.models import Part
from crm.gaps.ranking.score import UNWEIGHED, Weights

HUNDRED = rules.whole(0, 100)
#: The field of companies that lie in no cluster.
#: Full width: a bare one would be read as a placeholder.
PERCENT = N_("％")
NOWHERE = "cluster_none"


class WeightsForm(Form):
    """Points by part, percent by cluster, and the segment on which their effect is shown."""

    segment_id = SelectField(_l("在这个环节上看效果"), coerce=int)
    version = VersionField()

    def weights(self) -> Weights:
        """What was typed."""
        points = {part: self[part.value].data for part in Part}
        fields = {name: field for name, field in self._fields.items() if name.startswith("cluster_")}
        clusters = {cluster_of(name): field.data for name, field in fields.items()}
        return Weights(points, clusters)

    @property
    def parts(self) -> list[RuleField]:
        """The fields of the parts."""
        return [self[part.value] for part in Part]

    @property
    def places(self) -> list[RuleField]:
        """The fields of the clusters."""
        return [field for name, field in self._fields.items() if name.startswith("cluster_")]


def cluster_of(name: str) -> int | None:
    """The cluster of a field."""
    return None if name == NOWHERE else int(name.removeprefix("cluster_"))


def form_of(stored: Weights, clusters: Sequence[Cluster], segments: Sequence[Segment], version: int) -> WeightsForm:
    """The form over the parts and clusters that there are."""
    percent = [Required()]

    class Built(WeightsForm):
        pass

    for part in Part:
        field = RuleField(_(part.label), rule=HUNDRED, unit=N_("分"), validators=[Required()])
        setattr(Built, part.value, field)
    for cluster in clusters:
        setattr(Built, f"cluster_{cluster.id}", RuleField(cluster.name, rule=HUNDRED, unit=PERCENT, validators=percent))
    setattr(Built, NOWHERE, RuleField(_("其他地区"), rule=HUNDRED, unit=PERCENT, validators=percent))
    data = {part.value: stored.points.get(part, 0) for part in Part}
    data |= {f"cluster_{cluster.id}": stored.clusters.get(cluster.id, UNWEIGHED) for cluster in clusters}
    data |= {NOWHERE: stored.clusters.get(None, UNWEIGHED), "version": version}
    form = Built(data=data)
    form.segment_id.choices = [(segment.id, f"{segment.chain.name} · {segment.name}") for segment in segments]
    if form.segment_id.data is None and segments:
        form.segment_id.data = segments[0].id
    return form
