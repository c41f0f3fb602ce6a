"""The blueprint of all pages of this slice."""

from flask import Blueprint

from crm.interactions.fields import coming_days

blueprint = Blueprint("interactions", __name__)
#: A task's row offers days to which it may be moved, on whatever page it stands.
blueprint.app_template_global("coming_days")(coming_days)
