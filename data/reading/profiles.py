"""What a sample shows of each column: its values, and how they read as dates and as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from data.reading.dates import DateEvidence
from data.reading.numbers import NumberEvidence

SHARE_OF_DATES: Final = 0.5
_SHARE_OF_NUMBERS: Final = 0.8


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

    def repeats(self) -> bool:
        """Whether values come again, as those of customers do and those of rows do not."""
        return 1 < len(self.values) < 0.98 * sum(self.values.values())


def profile(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, ColumnProfile]:
    """A profile of each column from the sample `rows`."""
    return {
        name: ColumnProfile.of(name, Counter(row[at] for row in rows if at < len(row)))
        for at, name in enumerate(columns)
    }
