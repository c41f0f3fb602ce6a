"""What a project may be: its status, secrecy, effect, capital and warmth."""

from crm.database import N_, Labelled


class Status(Labelled):
    """Whether a project goes on; apart from its stage."""

    ONGOING = "ongoing", N_("推进")
    PAUSED = "paused", N_("暂缓")
    LOST = "lost", N_("流失")
    ABORTED = "aborted", N_("中止")
    COMPLETED = "completed", N_("完成")


class Secrecy(Labelled):
    """Who may know of a project."""

    PUBLIC = "public", N_("公开")
    INTERNAL = "internal", N_("内部")
    RESTRICTED = "restricted", N_("受限")


class Effect(Labelled):
    """What a project does to its segment."""

    FILL = "fill", N_("补链")
    STRENGTHEN = "strengthen", N_("强链")
    EXTEND = "extend", N_("延链")


class CapitalKind(Labelled):
    """Whose money."""

    DOMESTIC = "domestic", N_("内资")
    FOREIGN = "foreign", N_("外资")


class Warmth(Labelled):
    """How long ago the last real contact was, measured against what the stage allows."""

    GREEN = "green", N_("正常")
    YELLOW = "yellow", N_("快要停滞")
    RED = "red", N_("停滞")


#: The part of a stage's limit from which on a project is yellow.
WARNING = 0.7

#: The statuses that may follow one.
NEXT_STATUS = {
    Status.ONGOING: (Status.PAUSED, Status.LOST, Status.ABORTED, Status.COMPLETED),
    Status.PAUSED: (Status.ONGOING, Status.LOST, Status.ABORTED),
    Status.LOST: (Status.ONGOING,),
    Status.ABORTED: (Status.ONGOING,),
    Status.COMPLETED: (Status.ONGOING,),
}
