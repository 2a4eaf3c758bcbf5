"""The answer to which column plays which role."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import Question
from data.reading.options import Detected


@dataclass(frozen=True)
class Roles:
    """Role -> column, what of it the user chose, a finding for each role, and the questions left.

    `vacated` are roles whose column turned out to play another one: no second column is to take its place.
    """

    mapping: dict[str, str]
    chosen: dict[str, str]
    detected: dict[str, Detected]
    questions: tuple[Question, ...]
    amount_is: str | None
    discount_is: str | None = None
    vacated: tuple[str, ...] = ()

    def resolved(self) -> dict[str, str]:
        """The mapping as an option: with the roles that are to stay without a column."""
        left = [role for role, column in self.chosen.items() if not column]
        return dict.fromkeys((*left, *self.vacated), "") | self.mapping
