"""Pages of red lines: everybody reads them, an administrator edits them."""

from crm.database import N_
from crm.landing.pages import Pages
from crm.landing.redlines.entries import RED_LINE


class RedLinePages(Pages):
    """Red lines, in the order of the list."""

    noun = RED_LINE
    act = "chain.edit"
    icon = "ban"
    columns = ("words", "rule", "valid_from", "valid_until")
    lead = N_("政策条件触及红线不能保存；协议和承诺触及红线要书面答复。")


blueprints = (RedLinePages().blueprint(),)
