"""Fields for evidence: a file beside what is said in words."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FileField

from crm import rules as common
from crm.files import media
from crm.forms import Form, RuleField


def evidence_file() -> Any:
    """A field `file` that may stay empty."""
    return FileField(
        _l("佐证文件"),
        description=_l("可以不传。PDF、Word、Excel、PPT、OFD、WPS、图片和文本；照片会去掉拍摄地点。"),
        render_kw={"accept": media.ACCEPT},
    )


class EvidenceForm(Form):
    """A file, and what it is called; documents.attach asks that there is one."""

    file = FileField(_l("文件"), render_kw={"accept": media.ACCEPT})
    title = RuleField(_l("文档名称"), rule=common.line(200), description=_l("不填则用文件名"))
