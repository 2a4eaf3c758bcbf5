"""What a sample shows of each column: its values, and how they read as dates and as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from data.reading.dates import DateEvidence
from data.reading.numbers import NumberEvidence, parsed_number

SHARE_OF_DATES: Final = 0.5
_SHARE_OF_NUMBERS: Final = 0.8
# Of so few rows nothing follows from values that do not repeat.
FEW_ROWS: Final = 20
_SAME: Final = 0.98
_MOST: Final = 0.9
_MOST_CELLS: Final = 1_000_000
_FIRST_ROWS: Final = 1000


@dataclass(frozen=True)
class ColumnProfile:
    """What a sample shows of one column."""

    name: str
    values: Counter[str]
    dates: DateEvidence
    numbers: NumberEvidence

    @classmethod
    def of(cls, name: str, values: Counter[str]) -> ColumnProfile:
        dates, numbers = DateEvidence(), NumberEvidence()
        dates.add(values)
        numbers.add(values)
        return cls(name, values, dates, numbers)

    def is_date(self) -> bool:
        """Mostly dates, and not numbers that only might be dates."""
        return self.dates.readable() >= SHARE_OF_DATES and self.dates.kind() in ("text", "yyyymmdd")

    def is_number(self) -> bool:
        return self.numbers.filled > 0 and self.numbers.share() >= _SHARE_OF_NUMBERS

    def is_whole(self) -> bool:
        """Numbers without decimals; those of spreadsheets such as '12346.0' count as whole."""
        return self.is_number() and all(
            text.strip().removesuffix(".0").lstrip("+-").isdecimal() for text in self.values if text.strip()
        )

    def repeats(self) -> bool:
        """Whether values come again, as those of customers do and those of rows do not."""
        return 1 < len(self.values) < _SAME * sum(self.values.values())

    def filled(self) -> int:
        """How many values are not blank."""
        return self.numbers.filled

    def is_unique(self) -> bool:
        """Whether (nearly) every row has a value of its own."""
        distinct = sum(1 for text in self.values if text.strip())
        return self.filled() >= _SAME * sum(self.values.values()) and distinct >= _SAME * self.filled() > 0

    def example(self) -> str:
        """A value in quotes, for a sentence."""
        value = next((text for text in self.values if text.strip()), "")
        return f"'{value[:40]}'"


class Sample:
    """Rows of a file with a profile of each column; cells are looked at in place."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        width = len(columns)
        self.columns = tuple(columns)
        fitting = [row for row in rows if len(row) == width]
        # Of a very wide table fewer rows are looked at, from all over the sample.
        self.rows = fitting[:: max(1, len(fitting) * width // _MOST_CELLS)]
        self._first = [row[0] for row in fitting[:_FIRST_ROWS]] if width else []
        self.profiles = {
            name: ColumnProfile.of(name, Counter(row[at] for row in self.rows))
            for at, name in enumerate(self.columns)
        }
        self._numbers: dict[str, list[float | None]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[str]:
        """The cells of a column, in the order of the rows."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def count(self, name: str, wanted: set[str]) -> int:
        """How many cells of a column hold one of the `wanted` texts, given in lower case."""
        values = self.profiles[name].values.items()
        return sum(count for text, count in values if " ".join(text.split()).casefold() in wanted)

    def numbers(self, name: str) -> list[float | None]:
        """The numbers of a column, for comparing and not for adding up to the cent; None where none reads."""
        if name not in self._numbers:
            evidence = self.profiles[name].numbers
            decimal = "," if evidence.comma > evidence.point else "."
            known = {text: parsed_number(text, decimal) for text in self.profiles[name].values}
            self._numbers[name] = [known[text] for text in self.column(name)]
        return self._numbers[name]

    def same_days(self, one: str, other: str) -> bool:
        """Whether two columns of dates begin alike, down to the day, wherever both are filled."""
        pairs = [(a.strip(), b.strip()) for a, b in zip(self.column(one), self.column(other), strict=True)]
        both = [(a.split("T")[0].split(" ")[0], b.split("T")[0].split(" ")[0]) for a, b in pairs if a and b]
        return bool(both) and sum(a == b for a, b in both) >= _SAME * len(both)

    def same_amounts(self, one: str, other: str) -> bool:
        """Whether two columns hold the same numbers, to a cent, wherever both are filled."""
        return self.agreement(self.numbers(one), self.numbers(other)) >= _SAME

    @staticmethod
    def agreement(one: Sequence[float | None], other: Sequence[float | None]) -> float:
        """The share of rows with two numbers in which both are the same, to a cent."""
        both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
        return sum(abs(a - b) < 0.011 for a, b in both) / len(both) if both else 0.0

    def index_column(self) -> str | None:
        """The first column where it only numbers the rows and has no name of its own."""
        first = self.columns[0]
        without_header = all(name == f"column_{at}" for at, name in enumerate(self.columns, start=1))
        if first not in ("column_1", "Unnamed: 0") or without_header or len(self) < 2:
            return None
        cells = [cell.strip().removesuffix(".0") for cell in self._first]
        if not all(cell.isdecimal() for cell in cells):
            return None
        numbers = [int(cell) for cell in cells]
        steps = sum(after == before + 1 for before, after in pairwise(numbers))
        return first if numbers[0] in (0, 1) and steps >= _MOST * (len(numbers) - 1) else None
