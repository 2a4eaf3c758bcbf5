"""Words as languages write them: how much sense the same bytes make in one encoding and in another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

# Letters beyond ASCII that a word of the language may hold, in lower case.
_WESTERN: Final = tuple(
    frozenset(letters)
    for letters in (
        "äöüß",
        "àâçéèêëîïôùûüœæ",
        "áéíóúüñ",
        "àèéíïòóúüç",
        "ãõáâàçéêíóôúü",
        "åäöæøéü",
        "éëïöüèáó",
        "àèéìòùî",
    )
)
# What few files are in: Icelandic, Estonian.
_SELDOM: Final = (frozenset("áéíóúýðþæö"), frozenset("õäöüšž"))
_SELDOM_SENSE: Final = 0.8
# As in España and irmão; Polish, Hungarian and Romanian words in the wrong encoding have others after these.
_MISPLACED: Final = re.compile(r"ñ(?![aeiouáéíóúü])|õ(?!e)|ã(?![oeis]|$)")
_CENTRAL: Final = tuple(
    frozenset(letters) for letters in ("áčďéěíňóřšťúůýžäôľĺŕ", "ąćęłńóśźż", "áéíóöőúüű", "čćđšž", "ăâîşţ")
)
_TURKISH: Final = (frozenset("çğıöşüâîûi\u0307"),)
# The encodings of languages that Western ones are mistaken for.
EASTERN: Final = {"cp1250": _CENTRAL, "iso8859-2": _CENTRAL, "cp1254": _TURKISH}
_CYRILLIC: Final = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўђјљњћџ")
_GREEK: Final = frozenset("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ")
_COMMON: Final = frozenset("оеаинтсрвлкмдпу" + "αοιετσνηυρπκμλς")
SCRIPTS: Final = {
    "cp1251": _CYRILLIC,
    "koi8-r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "iso8859-5": _CYRILLIC,
    "mac-cyrillic": _CYRILLIC,
    "cp1253": _GREEK,
    "iso8859-7": _GREEK,
}
_UNCOMMON_SENSE: Final = 0.6
# Signs that stand inside words or right before them.
_IN_WORDS: Final = frozenset("’‘´–—\u00ad\u00a0“”„«»‹›°…®©™·¡¿&")
_SCRIPT_SIGNS: Final = frozenset("№«»—–“”„’…\u00a0°€")
_WORD: Final = re.compile(r"[^\W\d_]+")


def western_sense(words: Sequence[str]) -> float:
    """How much sense `words` make as words of Western Europe, each of any language (0-1)."""
    if not words:
        return 0.0
    return sum(_western_fit(word) for word in words) / len(words)


def _western_fit(word: str) -> float:
    if _has_sign_inside(word):
        return 0.0
    parts = [part for part in _WORD.findall(word.replace("ª", " ").replace("º", " ")) if not part.isascii()]
    if any(_has_odd_capital(part) for part in parts):
        return 0.0
    senses = [_western_part(part.lower()) for part in parts]
    return min(senses, default=1.0)


def _western_part(part: str) -> float:
    if _fits(part, _WESTERN) and not _MISPLACED.search(part):
        return 1.0
    return _SELDOM_SENSE if _fits(part, _SELDOM) else 0.0


def eastern_sense(words: Sequence[str], languages: Iterable[frozenset[str]]) -> float:
    """How much sense `words` make as words of the best of `languages` (0-1)."""
    if not words:
        return 0.0
    whole = [_WORD.findall(word) if not _has_sign_inside(word) else [] for word in words]
    return max(
        sum(
            bool(parts)
            and all(_fits(part.lower(), (letters,)) and not _has_odd_capital(part) for part in parts)
            for parts in whole
        )
        / len(words)
        for letters in languages
    )


def script_sense(words: Sequence[str], letters: frozenset[str]) -> float:
    """How much sense `words` make in a script of its own (-1 to 1): its letters, the common ones most."""
    score, count = 0.0, 0
    for word in words:
        for at, char in enumerate(word):
            if char.isascii():
                continue
            count += 1
            lower = char.lower()
            if lower in letters:
                odd = char != lower and at and word[at - 1].islower()
                score += -1.0 if odd else 1.0 if lower in _COMMON else _UNCOMMON_SENSE
            else:
                score += 0.5 if char in _SCRIPT_SIGNS and not _is_inside(word, at) else -1.0
    return score / count if count else 0.0


def _fits(part: str, languages: Iterable[frozenset[str]]) -> bool:
    foreign = {char for char in part if not char.isascii()}
    return any(foreign <= letters for letters in languages)


def _has_odd_capital(part: str) -> bool:
    """Whether a foreign capital follows a small letter."""
    return any(
        not char.isascii() and char.isupper() and part[at].islower() for at, char in enumerate(part[1:])
    )


def _has_sign_inside(word: str) -> bool:
    """Whether a foreign sign stands right before a letter, as in '£ód' and 'Iaºi'."""
    return any(
        not (char.isascii() or char in _IN_WORDS or (char.isalpha() and char not in "ªº"))
        and word[at + 1 : at + 2].isalpha()
        for at, char in enumerate(word)
    )


def _is_inside(word: str, at: int) -> bool:
    return word[at + 1 : at + 2].isalpha()
