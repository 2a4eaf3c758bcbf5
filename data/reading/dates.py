"""Dates as people and programs write them: telling the format by evidence, and the SQL that reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from data.errors import Question
from data.reading.options import Detected, ImportOptions

_TIME: Final = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s*(?:[AaPp]\.?[Mm]\.?)?)?"
_ZONE: Final = r"\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_ISO: Final = re.compile(rf"\s*(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}{_ZONE}\s*", re.IGNORECASE)
_SLASHED: Final = re.compile(
    rf"\s*(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}}){_TIME}{_ZONE}\s*", re.IGNORECASE
)
# A month by its word, in the text of `_folded`; the words themselves are looked up.
_MARKS: Final = r"(?:[-/., ']+(?:(?:de|of|del) +)?)"
_CLOCK: Final = (
    r"(?:(?:[, ]+(?:(?:at|um|om|as|a|alle) +)?|t)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?[ap]\.?m\.?)?)"
    r"(?: ?(?:[a-z]{1,5}|(?:gmt|utc)?[+-]\d{1,2}:?\d{2}|\([^()]*\))){0,3})?"
)
_NAMED_TEXT: Final = (
    r"(?:([a-z]+(?:-feira)?)[., ]+)?"
    rf"(?:(\d{{1,2}})(?:st|nd|rd|th|er|o)?{_MARKS}([a-z]{{3,10}}){_MARKS}(\d{{4}}|\d{{2}})"
    rf"|([a-z]{{3,10}})[-/., ]+(\d{{1,2}})(?:st|nd|rd|th)?[-/., ]+(\d{{4}})"
    rf"|([a-z]{{3,10}}){_MARKS}(\d{{4}})"
    rf"|(\d{{4}}){_MARKS}([a-z]{{3,10}})\.?(?:[-/., ]+(\d{{1,2}}))?){_CLOCK}"
)
# The groups of `_NAMED_TEXT`: a part of the date has one for each way of writing it.
_PARTS: Final = ("weekday", "d1", "m1", "y1", "m2", "d2", "y2", "m3", "y3", "y4", "m4", "d4", "clock")
_NAMED: Final = re.compile(_NAMED_TEXT, re.ASCII)
_LONGEST_NAMED: Final = 100
# Months without a day; with a point between, they are taken for numbers.
_MONTH_FIRST: Final = r"(\d{1,2})[-/]((?:19|20)\d{2})"
_YEAR_FIRST: Final = r"((?:19|20)\d{2})[-/](\d{1,2})"
_MONTH: Final = re.compile(rf"\s*(?:{_MONTH_FIRST}|{_YEAR_FIRST})\s*", re.ASCII)
_NUMBER: Final = re.compile(r"\s*(\d+)(?:\.(\d*))?\s*")
# English, German, French, Spanish, Italian, Dutch and Portuguese, without accents.
_MONTHS: Final = tuple(
    frozenset(names.split())
    for names in (
        "jan january januar jaenner janner jaen janvier janv enero ene gennaio gen januari janeiro",
        "feb february februar feber fevrier fevr fev febrero febbraio februari fevereiro",
        "mar march marz maerz mrz mars marzo maart mrt marco",
        "apr april avril avr abril abr aprile",
        "may mai mayo maggio mag mei maio",
        "jun june juni juin junio giugno giu junho",
        "jul july juli juillet juil julio luglio lug julho",
        "aug august aout agosto ago augustus",
        "sep sept september septembre septiembre setiembre set settembre sett setembro",
        "oct october oktober okt octobre octubre ottobre ott outubro out",
        "nov november novembre noviembre novembro",
        "dec december dezember dez decembre diciembre dic dicembre dezembro",
    )
)
_MONTH_OF: Final = {name: at for at, names in enumerate(_MONTHS, start=1) for name in names}
_WEEKDAYS: Final = frozenset(
    name
    for names in (
        "mon tue tues wed weds thu thur thurs fri sat sun",
        "monday tuesday wednesday thursday friday saturday sunday",
        "mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag",
        "lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche",
        "mie jue vie sab dom lunes martes miercoles jueves viernes sabado domingo",
        "gio lunedi martedi mercoledi giovedi venerdi domenica sabato",
        "ma wo vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "seg ter qua qui sex segunda terca quarta quinta sexta",
        "segunda-feira terca-feira quarta-feira quinta-feira sexta-feira",
    )
    for name in names.split()
)

# Spaces that do not break, and the sign of ordinals in Spanish and Portuguese.
_ODD_MARKS: Final = "\u00a0\u202f\u2009\u00ba"
_PLAIN_MARKS: Final = "   o"
_PLAIN: Final = str.maketrans(_ODD_MARKS, _PLAIN_MARKS)

# Above this share of contradicting dates the order is no longer a typing error here and there.
_TYPO_SHARE: Final = 0.10
# The orders in which day and month may be mistaken for each other.
ORDER_WORDS: Final = {"dmy": "day first", "mdy": "month first"}
_EXAMPLES: Final = {**ORDER_WORDS, "ymd": "year first"}

# Excel counts days from here, so that its 29 February 1900, which never was, comes out right.
_EXCEL_EPOCH: Final = "1899-12-30"
_EXCEL_1904_EPOCH: Final = "1904-01-01"


# Day numbers and days in figures beside dates in texts are of 1970 to 2049: others may be anything.
_SERIALS: Final = range(25_569, 54_789)
# With fewer texts than this, a column of numbers is not taken for one of dates.
_FEWEST_TEXTS: Final = 0.02


def _folded(text: str) -> str:
    """`text` in small letters without accents and outer spaces."""
    text = text.strip().lower()
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text.translate(_PLAIN))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _named_parts(text: str) -> dict[str, str] | None:
    """The parts of a date whose month is a word, None where `text` is none."""
    if len(text) > _LONGEST_NAMED or not (match := _NAMED.fullmatch(_folded(text))):
        return None
    parts = {name: part or "" for name, part in zip(_PARTS, match.groups(), strict=True)}
    if parts["weekday"] and parts["weekday"] not in _WEEKDAYS:
        return None
    return parts if parts["m1"] + parts["m2"] + parts["m3"] + parts["m4"] in _MONTH_OF else None


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
    months: int = 0
    serials: int = 0
    named_example: str = ""
    months_example: str = ""
    number_example: str = ""
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
            kind = _number_kind(match[1], match[2])
            if kind == "yyyymmdd" or (kind == "excel" and int(match[1]) in _SERIALS):
                self.serials += count
                self.number_example = self.number_example or text.strip()
            return kind
        return self._named(text, count)

    def _named(self, text: str, count: int) -> str:
        """Dates with the month as a word, and months without a day."""
        if match := _MONTH.fullmatch(text):
            return self._month(text, count) if 1 <= int(match[1] or match[4]) <= 12 else ""
        if (parts := _named_parts(text)) is None:
            return ""
        if not (parts["d1"] or parts["d2"] or parts["d4"]):
            return self._month(text, count)
        self.named += count
        self.named_example = self.named_example or text.strip()
        return "text"

    def _month(self, text: str, count: int) -> str:
        self.months += count
        self.months_example = self.months_example or text.strip()
        return "text"

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
        if not known:
            return None
        # Excel leaves as text what it does not take for a date: then each is read by its own shape.
        mixed = 0 < sum(known.values()) - known.get("text", 0) == self.serials
        if mixed and known.get("text", 0) >= _FEWEST_TEXTS * sum(known.values()):
            return "text"
        return max(known, key=lambda kind: known[kind])

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
        chosen = _with_others(Detected(options.date_order, "chosen", 1.0), evidence)
        return DateFinding(kind, options.date_order, chosen, None)
    finding = _decide_order(evidence, column)
    if finding.detected is None:
        return finding
    return replace(finding, detected=_with_others(finding.detected, evidence))


def _with_others(detected: Detected, evidence: DateEvidence) -> Detected:
    """`detected` with words for the months and the numbers that stand among the dates."""
    words, sure = detected.evidence, detected.confidence
    if evidence.months and evidence.months < evidence.kinds["text"]:
        words += (
            f"; {evidence.months:,} of the dates looked at {'is a month' if evidence.months == 1 else 'are months'} only "
            f"('{evidence.months_example}'): the day is not known, and the first of the month is taken"
        )
    if evidence.serials:
        one = evidence.serials == 1
        words += (
            f"; {evidence.serials:,} of the dates looked at {'is a number' if one else 'are numbers'} "
            f"('{evidence.number_example}'), read as {_serial_words(evidence)}"
        )
        sure = min(sure, 0.7)
        if (
            evidence.kinds.get("excel")
            and not evidence.ambiguous
            and (evidence.day_first or evidence.month_first)
        ):
            words += (
                ". No text has a day that could be a month: a spreadsheet may have turned those into numbers with "
                "day and month swapped, so compare some with the original file"
            )
            sure = 0.5
    return replace(detected, evidence=words, confidence=sure)


def _serial_words(evidence: DateEvidence) -> str:
    kinds = {"excel": "Excel day numbers (counted from 1900)", "yyyymmdd": "year, month and day"}
    return " or ".join(words for kind, words in kinds.items() if evidence.kinds.get(kind))


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
    if evidence.months and evidence.months == evidence.kinds["text"]:
        words = (
            f"dates are months only, such as '{evidence.months_example}': the day is not known, and each is read as "
            "the first of its month"
        )
        return Detected("months only", words, 0.9)
    if evidence.named:
        example = f"the month is written as a word ('{evidence.named_example}')"
        if evidence.iso:
            return Detected("year first or month by name", f"dates are written year first, or {example}", 1.0)
        return Detected("month by name", example, 1.0)
    if evidence.iso:
        return Detected("ymd", "dates are written year first", 1.0)
    if evidence.months:
        return Detected("months", "dates need no order", 0.9)
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
    # Each step is written down, or the planner would work its expressions out again at every use.
    spaced = f"SELECT written, {_spaced_sql('written')} AS spaced FROM (SELECT DISTINCT written FROM {texts})"
    steps = {
        "clear_dates": f"SELECT written, {_clear_sql('spaced')} AS clear FROM ({spaced})",
        "plain_dates": f"SELECT written, {_plain_sql('clear')} AS plain FROM clear_dates",
    }
    if kind != "text":
        return _stepwise(
            steps, f"SELECT written, {_number_sql('plain', kind)} AS ordered_at FROM plain_dates"
        )
    steps["date_parts"] = f"SELECT written, plain, {_parts_sql('plain')} AS parts FROM plain_dates"
    steps["named_dates"] = f"SELECT written, plain, {_named_sql(order)} AS named FROM date_parts"
    steps["shaped_dates"] = f"SELECT written, {_shapes_sql(order)} FROM named_dates"
    parsed = f"SELECT written, {_parsed_sql(order)} AS parsed FROM shaped_dates"
    if order is None:
        # Without an order only the figures that read the same either way are left: 3/3/2021.
        parsed = (
            f"SELECT written, CASE WHEN NOT {in_figures_sql('written')} OR day(parsed) = month(parsed) THEN parsed END AS parsed "
            f"FROM ({parsed})"
        )
    steps["parsed_dates"] = parsed
    # Years of two figures in the century that is meant: 69 to 99 in the 1900s, the rest in the 2000s.
    return _stepwise(
        steps,
        "SELECT written, CASE WHEN year(parsed) < 69 THEN parsed + INTERVAL 2000 YEAR "
        "WHEN year(parsed) < 100 THEN parsed + INTERVAL 1900 YEAR ELSE parsed END AS ordered_at FROM parsed_dates",
    )


def _stepwise(steps: Mapping[str, str], last: str) -> str:
    """SQL for the query `last`, after those of `steps` by name."""
    return f"WITH {', '.join(f'{name} AS MATERIALIZED ({query})' for name, query in steps.items())} {last}"


def in_figures_sql(text: str) -> str:
    """SQL for whether `text` writes day and month in figures before the year, as 3/4/2021 does."""
    return f"regexp_matches({text}, '^\\s*\\d{{1,2}}[-./]\\d{{1,2}}[-./]')"


def _spaced_sql(text: str) -> str:
    """SQL for `text` with plain spaces, and none around it."""
    odd = f"translate({text}, '{_ODD_MARKS}', '{_PLAIN_MARKS}')"
    return f"trim(CASE WHEN strlen({text}) = length({text}) THEN {text} ELSE {odd} END)"


def _clear_sql(text: str) -> str:
    """SQL for `text` without points in p.m. and without a comma between a date in figures and its time."""
    after_comma = f"regexp_replace({text}, '^([-\\d./]+),\\s*(\\d+:)', '\\1 \\2')"
    half = f"regexp_replace({after_comma}, '(?i)([ap])\\.m\\.?$', '\\1m')"
    return f"CASE WHEN contains({text}, ',') OR suffix({text}, '.') THEN {half} ELSE {text} END"


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


def _parts_sql(plain: str) -> str:
    """SQL for the `_PARTS` of a date whose month is a word, all blank where it is none; NULL without words."""
    names = ", ".join(f"'{name}'" for name in _PARTS)
    pattern = f"^(?:{_NAMED_TEXT})$".replace("'", "''")
    return (
        f"CASE WHEN regexp_matches({plain}, '[A-Za-z\u0080-\U0010ffff]{{3}}') "
        f"THEN regexp_extract(substr(lower(strip_accents({plain})), 1, {_LONGEST_NAMED + 1}), '{pattern}', [{names}]) END"
    )


def _named_sql(order: str | None) -> str:
    """SQL for the date that `parts` tell, in figures and in `order`; blank where they tell none, NULL without."""
    names = "', '".join(_MONTH_OF)
    numbers = ", ".join(str(at) for at in _MONTH_OF.values())
    weekdays = "', '".join(sorted(("", *_WEEKDAYS)))
    word = "concat(parts.m1, parts.m2, parts.m3, parts.m4)"
    written = {
        "d": "coalesce(nullif(concat(parts.d1, parts.d2, parts.d4), ''), '1')",
        "m": f"([{numbers}])[list_position(['{names}'], {word})]",
        "y": "concat(parts.y1, parts.y2, parts.y3, parts.y4)",
    }
    date = " || '/' || ".join(written[letter] for letter in order or "dmy")
    clock = "regexp_replace(parts.clock, ' ?([ap])\\.?m\\.?$', ' \\1m')"
    return (
        "CASE WHEN parts IS NULL THEN NULL "
        f"WHEN parts.weekday IN ('{weekdays}') THEN coalesce(rtrim({date} || ' ' || {clock}), '') ELSE '' END"
    )


def _shapes_sql(order: str | None) -> str:
    """SQL for one text by the shape of the date, the others NULL: `iso`, `figures` in `order`, `serial`."""
    # The date is in the first ten characters; a point further on belongs to the seconds.
    dashed, slashed = (
        f"(translate(substr(plain, 1, 10), '{marks}') || substr(plain, 11))"
        for marks in ("./', '--", ".-', '//")
    )
    second, third, fourth, fifth = (f"substr(plain, {at}, 1)" for at in (2, 3, 4, 5))
    mark, digit = "IN ('-', '/', '.')", "BETWEEN '0' AND '9'"
    is_iso = f"named IS NULL AND {fifth} {mark} AND {third} {digit} AND {second} {digit}"
    half = f"{is_iso} AND upper(right(plain, 1)) = 'M'"
    is_figures = f"{second} {mark} AND {third} {digit} OR {third} {mark} AND {fourth} {digit}"
    is_serial = f"named IS NULL AND {fifth} {digit} AND {third} {digit} AND {second} {digit}"
    places = {"dmy": "{d}/{m}/{y}", "mdy": "{m}/{d}/{y}", "ymd": "{y}/{m}/{d}", None: "{d}/{m}/{y}"}[order]
    turned = places.format(y="\\1", m="\\2", d="\\3")
    first = places.format(y="\\2", m="\\1", d="1")
    return (
        f"CASE WHEN {half} THEN NULL WHEN {is_iso} AND length(plain) <= 7 AND regexp_full_match(plain, '{_YEAR_FIRST}') "
        f"THEN translate(plain, '/', '-') || '-01' WHEN {is_iso} AND regexp_full_match(plain, '\\d{{4}}[-./]\\d.*') "
        f"THEN CASE WHEN {fifth} = '-' THEN plain ELSE {dashed} END END AS iso, "
        "CASE WHEN named IS NOT NULL THEN named "
        f"WHEN {half} THEN regexp_replace(plain, '^(\\d{{4}})[-./](\\d+)[-./](\\d+)[T ,]+', '{turned} ') "
        f"WHEN NOT ({is_figures}) THEN NULL "
        f"WHEN length(plain) <= 7 AND regexp_full_match(plain, '{_MONTH_FIRST}') "
        f"THEN regexp_replace(plain, '{_MONTH_FIRST}', '{first}') "
        f"ELSE replace({slashed}, 'T', ' ') END AS figures, "
        f"CASE WHEN {is_serial} THEN plain END AS serial"
    )


def _parsed_sql(order: str | None) -> str:
    """SQL for the moment that the columns of `_shapes_sql` tell."""
    dates = {"dmy": ("%d/%m/%Y",), "mdy": ("%m/%d/%Y",), "ymd": ("%y/%m/%d", "%Y/%m/%d"), None: ("%d/%m/%Y",)}
    return (
        "CASE WHEN iso IS NOT NULL THEN TRY_CAST(iso AS TIMESTAMP) "
        f"WHEN figures IS NOT NULL THEN {_strptime('figures', dates[order])} "
        f"WHEN serial IS NOT NULL THEN {_serial_sql('serial')} END"
    )


def _serial_sql(plain: str) -> str:
    """Excel's day numbers and days such as 20190131, where they stand among written dates."""
    number = f"TRY_CAST({plain} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({plain}, '\\d{{5}}(\\.\\d*)?') "
        f"AND {number} >= {_SERIALS.start} AND {number} < {_SERIALS.stop} THEN {_number_sql(plain, 'excel')} "
        f"WHEN regexp_full_match({plain}, '(19|20)\\d{{6}}(\\.0*)?') THEN {_number_sql(plain, 'yyyymmdd')} END"
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
