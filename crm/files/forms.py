"""The form of a document's newer version."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField
from wtforms.validators import ValidationError

from crm.files import media
from crm.forms import Form


class VersionForm(Form):
    """A file."""

    file = FileField(_l("文件"), render_kw={"accept": media.ACCEPT})

    def validate_file(self, field: FileField) -> None:
        """A file must have been chosen."""
        if not field.data or not field.data.filename:
            raise ValidationError(_("请选择一个文件。"))
