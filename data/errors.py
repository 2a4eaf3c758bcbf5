"""Errors written for the person who meets them: what was wrong, where, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass


class LapwingError(Exception):
    """Base of every error whose text may be shown to a user as it stands."""


class InputError(LapwingError):
    """A file or a parameter that cannot be used; the command line answers it with exit 2."""


class NotFoundError(LapwingError):
    """A data set, analysis, job or customer that does not exist (any more)."""


class StoreError(LapwingError):
    """The workspace cannot be read or written: disk full, damaged file, newer version."""


@dataclass(frozen=True)
class Question:
    """One thing the content does not decide, with the choices and the option that answers it.

    `key` is the import option it fills (`date_order`, `decimal`, `customer_id`, ...), `choices`
    pairs of (value, label), `option` the command line option, with `{value}` where the choice goes.
    """

    key: str
    text: str
    choices: tuple[tuple[str, str], ...]
    option: str


class QuestionError(LapwingError):
    """The import needs answers first; the command line prints them and exits 3."""

    def __init__(self, questions: tuple[Question, ...]) -> None:
        super().__init__(" ".join(question.text for question in questions))
        self.questions = questions
