"""Amounts as people write them: telling the decimal mark by evidence, and the SQL that reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from data.errors import Question
from data.reading.options import Detected, ImportOptions

AMOUNT_TYPE: Final = "DECIMAL(18,4)"

_CURRENCY_SIGNS: Final = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB"}
_CURRENCY_WORDS: Final = (
    "EUR USD GBP CHF JPY CNY INR AUD CAD NZD SEK NOK DKK PLN CZK HUF RON BGN BRL MXN ARS CLP COP ZAR TRY "
    "RUB UAH ILS AED SAR SGD HKD TWD KRW THB MYR IDR PHP VND R$ kr zł Kč Fr. Rs. Rs"
)
_WORD: Final = "|".join(re.escape(word) for word in _CURRENCY_WORDS.split())
_SIGNS: Final = "$£€¥₹₩₽₺₴₪฿₫₱¢"
_MONEY: Final = re.compile(rf"(?:{_WORD})|[{re.escape(_SIGNS)}]", re.IGNORECASE)
_SPACES: Final = re.compile("[\\s\u00a0\u2007\u2009\u202f'’]")
_DIGITS: Final = re.compile(r"[+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?-?|\(\d[\d.,]*\)")
# The minus of typesetters and the dash that stands for it.
_MINUSES: Final = "\u2212\u2013"
_MINUS: Final = str.maketrans(dict.fromkeys(_MINUSES, "-"))
_TYPO_SHARE: Final = 0.01


@dataclass
class NumberEvidence:
    """What columns of texts show of their numbers; add values with their counts, in any order."""

    filled: int = 0
    numbers: int = 0
    fractions: int = 0
    point: int = 0
    comma: int = 0
    ambiguous: dict[str, int] = field(default_factory=lambda: {".": 0, ",": 0})
    point_example: str = ""
    comma_example: str = ""
    ambiguous_example: str = ""
    currencies: dict[str, int] = field(default_factory=dict)
    unreadable_example: str = ""

    def add(self, values: Mapping[str, int]) -> None:
        """Count `values` (text -> how often)."""
        for text, count in values.items():
            if not text or text.isspace():
                continue
            self.filled += count
            if text.isdecimal():
                self.numbers += count
                continue
            bare = _SPACES.sub("", text)
            if money := _MONEY.search(bare):
                self._note_currency(money.group(), count)
                bare = _MONEY.sub("", bare)
            bare = bare.translate(_MINUS)
            if _DIGITS.fullmatch(bare):
                self.numbers += count
                self._marks(text.strip(), bare.strip("+-()"), count)
            elif not self.unreadable_example:
                self.unreadable_example = text.strip()

    def _note_currency(self, sign: str, count: int) -> None:
        code = _CURRENCY_SIGNS.get(sign, sign.upper())
        self.currencies[code] = self.currencies.get(code, 0) + count

    def _marks(self, text: str, bare: str, count: int) -> None:
        points, commas = bare.count("."), bare.count(",")
        if not points and not commas:
            return
        self.fractions += count
        if points and commas:
            decimal = "." if bare.rfind(".") > bare.rfind(",") else ","
        elif points > 1 or commas > 1:
            decimal = "," if points else "."
        else:
            mark = "." if points else ","
            before, _, after = bare.partition(mark)
            thousands = len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")
            if thousands:
                self.ambiguous[mark] += count
                self.ambiguous_example = self.ambiguous_example or text
                return
            decimal = mark
        if decimal == ".":
            self.point += count
            self.point_example = self.point_example or text
        else:
            self.comma += count
            self.comma_example = self.comma_example or text

    def share(self) -> float:
        """Share of the filled values that are numbers."""
        return self.numbers / self.filled if self.filled else 0.0

    def currency(self) -> str | None:
        """The commonest currency named in the values, as a code."""
        return max(self.currencies, key=lambda code: self.currencies[code]) if self.currencies else None

    def undecided(self) -> bool:
        """Whether more rows could still decide the decimal mark."""
        return sum(self.ambiguous.values()) > 0 and not self.point and not self.comma


def _bare(text: str) -> str:
    """`text` without spaces and money signs."""
    return _MONEY.sub("", _SPACES.sub("", text)).translate(_MINUS)


def parsed_number(text: str, decimal: str) -> float | None:
    """The number that `text` writes, for comparing samples; None where it writes none."""
    bare = _bare(text)
    if not _DIGITS.fullmatch(bare):
        return None
    negative = bare.startswith(("(", "-")) or bare.endswith("-")
    other = "," if decimal == "." else "."
    plain = bare.strip("()+-").replace(other, "").replace(decimal, ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    return -value if negative else value


@dataclass(frozen=True)
class DecimalFinding:
    """The decimal mark with the words for it, or the question that is left."""

    decimal: str | None
    detected: Detected
    question: Question | None


def decide_decimal(
    evidence: NumberEvidence, columns: tuple[str, ...], options: ImportOptions
) -> DecimalFinding:
    """Settle the decimal mark of the amounts in `columns`; what `options` says stands."""
    if options.decimal is not None:
        return DecimalFinding(options.decimal, Detected(options.decimal, "chosen", 1.0), None)
    point, comma = evidence.point, evidence.comma
    named = ", ".join(f"'{column}'" for column in columns)
    if max(point, comma) and min(point, comma) <= _TYPO_SHARE * max(point, comma):
        decimal = "." if point > comma else ","
        example = evidence.point_example if point > comma else evidence.comma_example
        words = f"numbers such as '{example}' can be read in one way only"
        return DecimalFinding(
            decimal, Detected(decimal, words, 1 - min(point, comma) / (point + comma)), None
        )
    unclear = sum(evidence.ambiguous.values())
    if not point and not comma and not unclear:
        return DecimalFinding(".", Detected(".", "no number has a decimal mark", 1.0), None)
    if point and comma:
        choices = (
            (".", f"point, as in {evidence.point_example}"),
            (",", f"comma, as in {evidence.comma_example}"),
        )
        text = (
            f"The numbers in {named} mix decimal points ('{evidence.point_example}') and decimal commas "
            f"('{evidence.comma_example}'); nothing was imported. Choose the decimal mark; numbers that do not "
            "fit are set aside."
        )
    else:
        example = evidence.ambiguous_example
        bare = _bare(example).strip("+-()")
        whole = re.sub(r"[.,]", "", bare)
        fraction = bare.replace(",", ".")
        choices = _readings(bare)
        text = (
            f"Column {named}: '{example}' may be {fraction} or {whole}. {unclear:,} of {evidence.filled:,} values "
            "looked at are affected; nothing was imported. Choose the decimal mark."
        )
    unknown = Detected("?", "the numbers do not tell", 0.0)
    return DecimalFinding(None, unknown, Question("decimal", text, choices, "--decimal {value}"))


def _readings(bare: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """What `bare`, one to three figures, a mark and three more, is by either decimal mark, in words."""
    before, after = re.split(r"[.,]", bare)
    whole, rest = int(before), int(after)
    part = f"between {whole} and {whole + 1}" if rest else f"exactly {whole}"
    fraction = f"{before}.{after.rstrip('0')}" if rest else before
    size = f"{'over' if rest else 'exactly'} {'a' if whole == 1 else whole} thousand"
    small, large = f"{bare} is {fraction} ({part})", f"{bare} is {before},{after} ({size})"
    return ((".", small), (",", large)) if "." in bare else ((".", large), (",", small))


def number_sql(text: str, decimal: str, type_name: str = AMOUNT_TYPE) -> str:
    """SQL for the number of `type_name` that the text expression `text` writes, NULL if unreadable."""
    other = "," if decimal == "." else "."
    plain = f"replace({text}, ',', '.')" if decimal == "," else text
    # Most values are plain digits; only the rest pays for the expressions below.
    fast = f"CASE WHEN NOT contains({text}, '{other}') AND NOT contains({text}, '_') THEN TRY_CAST({plain} AS {type_name}) END"
    money = "|".join([_WORD, f"[{_SIGNS}]"]).replace("'", "''")
    hyphens = f"translate({text}, '{_MINUSES}', '{'-' * len(_MINUSES)}')"
    bare = f"regexp_replace(regexp_replace({hyphens}, '[\\s\u00a0\u2007\u2009\u202f''’]', '', 'g'), '(?i){money}', '')"
    other_mark, mark = re.escape(other), re.escape(decimal)
    shape = f"(\\d+|\\d{{1,3}}({other_mark}\\d{{2,3}})*{other_mark}\\d{{3}})({mark}\\d*)?([eE][+-]?\\d+)?"
    signed = f"([+-]?{shape}|{shape}-|\\({shape}\\))"
    negative = f"CASE WHEN {bare} LIKE '(%' OR {bare} LIKE '%-' THEN '-' ELSE '' END"
    digits = f"replace(replace(rtrim(translate({bare}, '()', ''), '-'), '{other}', ''), '{decimal}', '.')"
    slow = (
        f"CASE WHEN regexp_full_match({bare}, '{signed}') "
        f"THEN TRY_CAST({negative} || {digits} AS {type_name}) END"
    )
    return f"COALESCE({fast}, {slow})"
