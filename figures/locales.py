"""How a locale writes numbers, percentages and money, from the Unicode CLDR as babel ships it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

# Texts are English and read from left to right: marks of direction have nothing to do here.
_DIRECTION: Final = str.maketrans("", "", "\u061c\u200e\u200f")
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_WHOLE: Final = re.compile(r"\d{1,3}(?:,\d{3})+")
_THREES: Final = (3, 3)


@dataclass(frozen=True)
class Style:
    """The marks of a locale: `sizes` are the digits of the last group and of those before it.

    `percent` is what stands before and after a percentage, `prefixes` and `suffixes` what stands around an amount
    that is not and that is negative, with "¤" for the sign of the currency; `tag` is the locale's BCP 47 name.
    """

    tag: str
    decimal: str
    group: str
    minus: str
    sizes: tuple[int, int]
    percent: tuple[str, str]
    prefixes: tuple[str, str]
    suffixes: tuple[str, str]
    table: dict[int, str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        table = str.maketrans({",": self.group, ".": self.decimal, "-": self.minus})
        object.__setattr__(self, "table", table)

    def marks(self, text: str) -> str:
        """A number written as English writes it ("-1,234.5"), with this locale's marks and groups."""
        if self.sizes != _THREES and len(text) > len("12,345"):
            text = _WHOLE.sub(self._regroup, text)
        return text.translate(self.table)

    def _regroup(self, found: re.Match[str]) -> str:
        digits = found[0].replace(",", "")
        last, before = self.sizes
        head, groups = digits[:-last], [digits[-last:]]
        while head:
            groups.insert(0, head[-before:])
            head = head[:-before]
        return ",".join(groups)


@lru_cache(maxsize=64)
def canonical(name: str) -> str:
    """The name of a locale as babel writes it ("de_DE" of "de-DE"); ValueError in words where there is none."""
    from babel import Locale, UnknownLocaleError

    plain = name.strip().replace("-", "_")
    try:
        if re.fullmatch(r"[A-Za-z]{2,3}(_[A-Za-z0-9]{2,8})*", plain):
            return str(Locale.parse(plain))
    except (UnknownLocaleError, ValueError):
        pass
    raise ValueError(
        f"there is no locale '{name[:40]}'; write a language and a country, such as en_US, de_DE or fr_FR"
    )


@lru_cache(maxsize=64)
def style_of(name: str) -> Style | None:
    """The style of a locale, None for that of the United States; ValueError in words where there is none."""
    if name == "en_US" or canonical(name) in ("en", "en_US"):
        return None
    from babel import Locale

    locale = Locale.parse(canonical(name))
    symbols = locale.number_symbols["latn"]
    money, percent = locale.currency_formats["standard"], locale.percent_formats[None]
    minus = symbols.get("minusSign", "-").translate(_DIRECTION)
    grouping = locale.decimal_formats[None].grouping

    def plain(texts: tuple[str, str]) -> tuple[str, str]:
        first, second = (text.translate(_DIRECTION) for text in texts)
        return first, second.replace("-", minus)

    return Style(
        tag=str(locale).replace("_", "-"),
        decimal=symbols["decimal"],
        group=symbols["group"],
        minus=minus,
        sizes=(grouping[0], grouping[1]) if grouping[0] < 9 else _THREES,
        # Texts are English: in English a blank stands before the sign throughout the product.
        percent=("", " %")
        if locale.language == "en"
        else (plain(percent.prefix)[0], plain(percent.suffix)[0]),
        prefixes=plain(money.prefix),
        suffixes=plain(money.suffix),
    )


@lru_cache(maxsize=512)
def around(style: Style, code: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """What stands before and after an amount in the currency `code`: of one that is not negative, of a negative one."""
    from babel import Locale
    from babel.numbers import get_currency_symbol

    sign = get_currency_symbol(code, Locale.parse(style.tag, sep="-")).translate(_DIRECTION) if code else ""

    def filled(pattern: str, *, before: bool) -> str:
        if not sign:
            return pattern.replace("¤", "").strip()
        text = pattern.replace("¤", sign)
        # Letters do not touch digits (CLDR, currency spacing).
        if before and text[-1:].isalpha():
            return text + _NO_BREAK
        return text if before or not text[:1].isalpha() else _NO_BREAK + text

    plain, negative = (
        (filled(prefix, before=True), filled(suffix, before=False))
        for prefix, suffix in zip(style.prefixes, style.suffixes, strict=True)
    )
    return plain, negative
