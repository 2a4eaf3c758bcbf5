"""Dates as people and programs write them: telling the format by evidence, and the SQL that reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from data.errors import Question
from data.reading.options import Detected, ImportOptions

_TIME: Final = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s*(?:[AaPp]\.?[Mm]\.?)?)?"
_ZONE: Final = r"\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_ISO: Final = re.compile(rf"\s*(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}{_ZONE}\s*", re.IGNORECASE)
_SLASHED: Final = re.compile(
    rf"\s*(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}}){_TIME}{_ZONE}\s*", re.IGNORECASE
)
_NAMED: Final = re.compile(
    rf"\s*(?:\d{{1,2}}[-/. ]+[a-z]{{3,9}}\.?[-/., ]+\d{{2,4}}|[a-z]{{3,9}}\.? \d{{1,2}},? \d{{4}}){_TIME}{_ZONE}\s*",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\s*(\d+)(?:\.(\d*))?\s*")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# Above this share of contradicting dates the order is no longer a typing error here and there.
_TYPO_SHARE: Final = 0.10
# The orders in which day and month may be mistaken for each other.
ORDER_WORDS: Final = {"dmy": "day first", "mdy": "month first"}
_EXAMPLES: Final = {**ORDER_WORDS, "ymd": "year first"}

# Excel counts days from here, so that its 29 February 1900, which never was, comes out right.
_EXCEL_EPOCH: Final = "1899-12-30"
_EXCEL_1904_EPOCH: Final = "1904-01-01"


@dataclass
class DateEvidence:
    """What a column of texts shows of its dates; add values with their counts, in any order."""

    filled: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    day_first: int = 0
    month_first: int = 0
    ambiguous: int = 0
    year_first: int = 0
    short_years: int = 0
    iso: int = 0
    named: int = 0
    named_example: str = ""
    day_first_example: str = ""
    month_first_example: str = ""
    ambiguous_example: str = ""
    unreadable_example: str = ""

    def add(self, values: Mapping[str, int]) -> None:
        """Count `values` (text -> how often)."""
        for text, count in values.items():
            if not text or text.isspace():
                continue
            self.filled += count
            kind = self._kind(text, count)
            self.kinds[kind] = self.kinds.get(kind, 0) + count
            if not kind and not self.unreadable_example:
                self.unreadable_example = text.strip()

    def _kind(self, text: str, count: int) -> str:
        if match := _ISO.fullmatch(text):
            if int(match[2]) > 12 or int(match[3]) > 31:
                return ""
            self.iso += count
            return "text"
        if match := _SLASHED.fullmatch(text):
            return self._slashed(text.strip(), match, count)
        if match := _NUMBER.fullmatch(text):
            return _number_kind(match[1], match[2])
        if _NAMED.fullmatch(text) and any(month in text.lower() for month in _MONTHS):
            self.named += count
            self.named_example = self.named_example or text.strip()
            return "text"
        return ""

    def _slashed(self, text: str, match: re.Match[str], count: int) -> str:
        first, second, short = int(match[1]), int(match[2]), len(match[3]) == 2
        if short and first > 31 and second <= 12:
            self.year_first += count
        elif 12 < first <= 31 and second <= 12:
            self.day_first += count
            self.day_first_example = self.day_first_example or text
        elif 12 < second <= 31 and first <= 12:
            self.month_first += count
            self.month_first_example = self.month_first_example or text
        elif first <= 12 and second <= 12:
            self.short_years += count if short else 0
            # 3/3/2021 reads the same either way.
            if first != second:
                self.ambiguous += count
                self.ambiguous_example = self.ambiguous_example or text
        else:
            return ""
        return "text"

    def readable(self) -> float:
        """Share of the filled values that look like a date of some kind."""
        return 1 - self.kinds.get("", 0) / self.filled if self.filled else 0.0

    def kind(self) -> str | None:
        """The commonest kind of date (one of DATE_KINDS), or None where nothing is a date."""
        known = {kind: count for kind, count in self.kinds.items() if kind}
        return max(known, key=lambda kind: known[kind]) if known else None

    def undecided(self) -> bool:
        """Whether more rows could still decide the order of day and month."""
        return self.ambiguous > 0 and not (self.day_first or self.month_first or self.year_first)


def _number_kind(whole: str, fraction: str | None) -> str:
    value = int(whole)
    if fraction is None or not fraction.strip("0"):
        if len(whole) == 8 and 1900 <= value // 10000 <= 2100:
            return "yyyymmdd" if 1 <= value // 100 % 100 <= 12 and 1 <= value % 100 <= 31 else ""
        if len(whole) == 13 and value > 10**11:
            return "epoch_ms"
    # Excel days of 1954 to 2119: smaller numbers are more likely something else.
    if len(whole) == 5 and 20_000 <= value <= 80_000:
        return "excel"
    # Seconds of 1973 to 2096.
    if len(whole) in (9, 10) and 10**8 <= value <= 4 * 10**9:
        return "epoch"
    return ""


@dataclass(frozen=True)
class DateFinding:
    """The kind and order of a column's dates, with the words for it, or the question that is left."""

    kind: str | None
    order: str | None
    detected: Detected | None
    question: Question | None


def decide_dates(evidence: DateEvidence, column: str, options: ImportOptions) -> DateFinding:
    """Settle the kind and order of the dates in `column`; what `options` says stands.

    `kind` is None where nothing in the column is a date, and `order` where none is needed.
    """
    kind = options.date_kind or evidence.kind()
    if kind is None:
        return DateFinding(None, options.date_order, None, None)
    if kind != "text":
        return DateFinding(kind, options.date_order, _numeric_words(kind), None)
    if options.date_order is not None:
        chosen = Detected(options.date_order, "chosen", 1.0)
        return DateFinding(kind, options.date_order, chosen, None)
    return _decide_order(evidence, column)


def _decide_order(evidence: DateEvidence, column: str) -> DateFinding:
    """The order of day, month and year by what only one order explains."""
    day, month = evidence.day_first, evidence.month_first
    if not (day or month) and evidence.year_first:
        return DateFinding("text", "ymd", Detected("ymd", "the first number is a year", 0.95), None)
    if not (day or month or evidence.ambiguous):
        return DateFinding("text", None, _orderless_words(evidence), None)
    if max(day, month) and min(day, month) <= _TYPO_SHARE * max(day, month):
        order = "dmy" if day > month else "mdy"
        return DateFinding("text", order, _order_words(evidence, order), None)
    return DateFinding("text", None, None, _order_question(evidence, column))


def _orderless_words(evidence: DateEvidence) -> Detected:
    """How dates that need no order are written."""
    if evidence.named:
        example = f"the month is written as a word ('{evidence.named_example}')"
        if evidence.iso:
            return Detected("year first or month by name", f"dates are written year first, or {example}", 1.0)
        return Detected("month by name", example, 1.0)
    if evidence.iso:
        return Detected("ymd", "dates are written year first", 1.0)
    return Detected("any order", "day and month are the same number in every date", 1.0)


def _numeric_words(kind: str) -> Detected:
    words = {
        "yyyymmdd": "whole numbers such as 20190131",
        "excel": "Excel day numbers (counted from 1900)",
        "excel1904": "Excel day numbers (counted from 1904)",
        "epoch": "seconds since 1970 (UTC)",
        "epoch_ms": "milliseconds since 1970 (UTC)",
    }[kind]
    return Detected(kind, words, 0.95 if kind == "yyyymmdd" else 0.85)


def _order_words(evidence: DateEvidence, order: str) -> Detected:
    first = order == "dmy"
    example = evidence.day_first_example if first else evidence.month_first_example
    count = evidence.day_first if first else evidence.month_first
    against = evidence.month_first if first else evidence.day_first
    number = re.split(r"[-/.]", example)[0 if first else 1]
    place = "first" if first else "second"
    text = f"'{example}' has {number} in the {place} place, {'as has' if count == 1 else 'as have'} {count:,} of the dates looked at"
    if against:
        text += f"; {against:,} {'contradicts' if against == 1 else 'contradict'} it and cannot be read"
    return Detected(order, text, 1 - against / (count + against))


def _order_question(evidence: DateEvidence, column: str) -> Question:
    if evidence.day_first or evidence.month_first:
        text = (
            f"Column '{column}' mixes day-first dates ('{evidence.day_first_example}') and month-first dates "
            f"('{evidence.month_first_example}'): choose one, and the dates that do not fit are set aside."
        )
    else:
        example = evidence.ambiguous_example
        text = (
            f"Column '{column}': '{example}' may be day/month or month/day, and no date in the file tells which "
            f"({evidence.ambiguous:,} {'is' if evidence.ambiguous == 1 else 'are'} affected); nothing was imported. Choose the order."
        )
    orders = ("dmy", "mdy", "ymd") if evidence.short_years else ("dmy", "mdy")
    choices = tuple((order, _EXAMPLES[order]) for order in orders)
    return Question("date_order", text, choices, "--date-order {value}")


def timestamps_sql(texts: str, kind: str, order: str | None) -> str:
    """SQL for a table (`written`, `ordered_at`) of the distinct `written` texts of the table `texts`.

    `ordered_at` is a TIMESTAMP, NULL where the text cannot be read. Zones are dropped, not applied: a
    day is a day in the data's own time.
    """
    # Each step is a table of its own, so that no expression is worked out twice.
    plain = (
        f"SELECT written, {_plain_sql('trim(written)')} AS plain FROM (SELECT DISTINCT written FROM {texts})"
    )
    if kind != "text":
        return f"SELECT written, {_number_sql('plain', kind)} AS ordered_at FROM ({plain})"
    parsed = f"SELECT written, {_written_sql('plain', order)} AS parsed FROM ({plain})"
    if order is None:
        # Without an order only the figures that read the same either way are left: 3/3/2021.
        parsed = (
            f"SELECT written, CASE WHEN NOT {in_figures_sql('written')} OR day(parsed) = month(parsed) THEN parsed END AS parsed "
            f"FROM ({parsed})"
        )
    # Years of two figures in the century that is meant: 69 to 99 in the 1900s, the rest in the 2000s.
    return (
        "SELECT written, CASE WHEN year(parsed) < 69 THEN parsed + INTERVAL 2000 YEAR "
        f"WHEN year(parsed) < 100 THEN parsed + INTERVAL 1900 YEAR ELSE parsed END AS ordered_at FROM ({parsed})"
    )


def in_figures_sql(text: str) -> str:
    """SQL for whether `text` writes day and month in figures before the year, as 3/4/2021 does."""
    return f"regexp_matches({text}, '^\\s*\\d{{1,2}}[-./]\\d{{1,2}}[-./]')"


def _plain_sql(text: str) -> str:
    # Only a time of day carries a zone: the year of 01-02-2021 must stay.
    zone = "'(?i)(:\\d{2}(\\.\\d+)?)\\s*(Z|UTC|GMT|[+-]\\d{2}:?\\d{2})+$'"
    return (
        f"CASE WHEN regexp_matches({text}, '(?i):.*[zctm+-]') "
        f"THEN regexp_replace({text}, {zone}, '\\1') ELSE {text} END"
    )


def _number_sql(plain: str, kind: str) -> str:
    number = f"TRY_CAST({plain} AS DOUBLE)"
    if kind == "yyyymmdd":
        return f"TRY_STRPTIME(regexp_replace({plain}, '\\.0*$', ''), '%Y%m%d')"
    if kind in ("excel", "excel1904"):
        epoch = _EXCEL_EPOCH if kind == "excel" else _EXCEL_1904_EPOCH
        return (
            f"CASE WHEN {number} BETWEEN 1 AND 200000 THEN "
            f"TIMESTAMP '{epoch}' + to_seconds(CAST(round({number} * 86400) AS BIGINT)) END"
        )
    per_second = 1 if kind == "epoch" else 1000
    return (
        f"CASE WHEN {number} BETWEEN 0 AND {10**10 * per_second} "
        f"THEN make_timestamp(CAST({number} * {1_000_000 // per_second} AS BIGINT)) END"
    )


def _written_sql(plain: str, order: str | None) -> str:
    """Dates in figures and words: each value goes to the formats of its own shape."""
    # The date is in the first ten characters; a point further on belongs to the seconds.
    dashed, slashed = (
        f"(translate(substr({plain}, 1, 10), '{marks}') || substr({plain}, 11))"
        for marks in ("./', '--", ".-', '//")
    )
    iso = (
        f"CASE WHEN regexp_full_match({plain}, '\\d{{4}}[-./]\\d.*') THEN "
        f"TRY_CAST(CASE WHEN substr({plain}, 5, 1) = '-' THEN {plain} ELSE {dashed} END AS TIMESTAMP) END"
    )
    formats = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%y/%m/%d", None: "%d/%m/%Y"}
    figures = _strptime(f"replace({slashed}, 'T', ' ')", (formats[order],))
    spaced = f"regexp_replace(regexp_replace({plain}, '[-/., ]+', ' ', 'g'), '(?i)\\bsept\\b', 'Sep')"
    words = _strptime(spaced, ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y"))
    second, third, fourth, fifth = (f"substr({plain}, {at}, 1)" for at in (2, 3, 4, 5))
    mark, digit = "IN ('-', '/', '.')", "BETWEEN '0' AND '9'"
    return (
        f"CASE WHEN {fifth} {mark} AND {third} {digit} AND {second} {digit} THEN {iso} "
        f"WHEN {second} {mark} AND {third} {digit} OR {third} {mark} AND {fourth} {digit} THEN {figures} "
        f"WHEN regexp_matches({plain}, '(?i)[a-z]{{3}}.*\\d|\\d.*[a-z]{{3}}') THEN {words} END"
    )


def _strptime(value: str, dates: tuple[str, ...]) -> str:
    """TRY_STRPTIME over `dates`, with a time of day where there is a colon."""
    clocks = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p", "%H:%M:%S.%f")
    alone = ", ".join(f"'{date}'" for date in dates)
    timed = ", ".join(f"'{date} {clock}'" for clock in clocks for date in dates)
    return (
        f"(CASE WHEN contains({value}, ':') THEN TRY_STRPTIME({value}, [{timed}]) "
        f"ELSE TRY_STRPTIME({value}, [{alone}]) END)"
    )
