"""Red lines as rows."""

from datetime import date

from sqlalchemy import CheckConstraint, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Id, Prose, Versioned


class RedLine(Versioned, Base):
    """红线: the words by which it is recognised, the rule that forbids it, and since when.

    `words` stand apart by 、; 税收＋奖励 is found where both stand in one sentence.
    """

    __tablename__ = "red_lines"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    words: Mapped[Prose]
    #: 依据: the rule with its date.
    rule: Mapped[str] = mapped_column(String(300))
    #: What to write instead.
    advice: Mapped[str] = mapped_column(String(300), server_default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    #: A condition of a policy that crosses it is refused; an agreement is warned and has to answer.
    for_policies: Mapped[bool] = mapped_column(server_default=text("false"))
    for_agreements: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("btrim(words) <> ''", "words"),
        CheckConstraint("btrim(rule) <> ''", "rule"),
        CheckConstraint("valid_until >= valid_from", "valid_until"),
    )

    def is_in_force(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
