"""What sets a segment apart, in a few words and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.segmentation.encoded import is_number, numbers_of, words_of
from models.segmentation.params import RFM
from models.segmentation.rfm import FREQUENCY, MONETARY, RECENCY

Codes = NDArray[np.int16]

# Words of the columns that scores are made of; other columns bring their own.
RFM_LABELS: Final = {
    RECENCY: "Days since last order",
    FREQUENCY: "Orders so far",
    MONETARY: "Spent so far",
}
# How far, in standard deviations, an attribute of a segment is from the average to be worth a word.
NOTABLE: Final = 0.3


class Odd(NamedTuple):
    """An attribute in which a segment differs from the average: as a phrase with figures, and in short."""

    phrase: str
    short: str


def label_of(key: str, labels: Mapping[str, str]) -> str:
    """What people call a column: its label, else the product's words, else its own name, in_this_form in words."""
    plain = key.replace("_", " ")
    return labels.get(key) or RFM_LABELS.get(key) or (plain.capitalize() if key.islower() else plain)


def number(value: float) -> str:
    """A number to read: whole from 100 on, one decimal from 10 on, else two, no zeros at the end."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def bought(rows: pd.DataFrame) -> str:
    """Recency, frequency and money of a segment's customers, as medians: "12 days ago, 8 orders"."""
    parts = []
    for name, one, many in (
        (RECENCY, "bought {} day ago", "bought {} days ago"),
        (FREQUENCY, "{} order", "{} orders"),
        (MONETARY, "{} spent", "{} spent"),
    ):
        middle = _median(rows[name]) if name in rows else np.nan
        if np.isfinite(middle):
            text = number(middle)
            parts.append((one if text == "1" else many).format(text))
    if not parts:
        return ""
    return f"{parts[0]} on median{''.join(f', {part}' for part in parts[1:])}"


def apart(
    frame: pd.DataFrame, codes: Codes, columns: Sequence[str], labels: Mapping[str, str], segments: int
) -> list[list[Odd]]:
    """In what each segment 0..segments-1 differs from the average of all, most first."""
    found: list[list[tuple[float, Odd]]] = [[] for _ in range(segments)]
    for column in columns:
        differences = _of_numbers if is_number(frame[column]) else _of_categories
        for code, distance, odd in differences(frame[column], codes, label_of(column, labels), segments):
            if distance >= NOTABLE:
                found[code].append((distance, odd))
    return [[odd for _, odd in sorted(each, key=lambda one: -one[0])] for each in found]


def definitions(frame: pd.DataFrame, codes: Codes, odd: Sequence[Sequence[Odd]]) -> list[str]:
    """What sets each segment apart: its medians of recency, frequency and money, and two or three oddities."""
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(odd) + 1))
    known = [name for name in RFM if name in frame]
    result = []
    for code, each in enumerate(odd):
        typical = bought(frame[known].iloc[order[bounds[code] : bounds[code + 1]]])
        result.append(sentence([typical, *(one.phrase for one in each[: 2 if typical else 3])]))
    return result


def names(odd: Sequence[Sequence[Odd]]) -> list[str]:
    """Names of segments by their oddest attributes alone: the first, and the second where that is not enough."""
    short = [", ".join(one.short for one in each[:1]) or "Average" for each in odd]
    return [
        ", ".join(one.short for one in each[:2]) if each and short.count(name) > 1 else name
        for each, name in zip(odd, short, strict=True)
    ]


def sentence(parts: Sequence[str]) -> str:
    """Phrases as one line: the first letter large, semicolons between, a full stop at the end."""
    text = "; ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _of_numbers(
    values: pd.Series[Any], codes: Codes, words: str, segments: int
) -> list[tuple[int, float, Odd]]:
    numbers = numbers_of(values)
    known = np.isfinite(numbers) & (codes >= 0)
    if not known.any():
        return []
    numbers, owners = numbers[known], codes[known]
    average, spread = float(numbers.mean()), float(numbers.std())
    # Of yes and no written as 1 and 0 the mean is a share.
    text = _share if np.isin(numbers, (0.0, 1.0)).all() else number
    counts = np.bincount(owners, minlength=segments)
    sums = np.bincount(owners, weights=numbers, minlength=segments)
    result = []
    for code in np.flatnonzero(counts) if spread > 0 else ():
        mean = float(sums[code] / counts[code])
        phrase = f"{words} {text(mean)} against {text(average)}"
        short = f"{'High' if mean > average else 'Low'} {_short(words)}"
        result.append((int(code), abs(mean - average) / spread, Odd(phrase, short)))
    return result


def _of_categories(
    values: pd.Series[Any], codes: Codes, words: str, segments: int
) -> list[tuple[int, float, Odd]]:
    places, names = words_of(values)
    known = (places >= 0) & (codes >= 0)
    if not known.any() or len(names) < 2:
        return []
    cells = codes[known].astype(np.int64) * len(names) + places[known]
    counts = np.bincount(cells, minlength=segments * len(names)).reshape(segments, len(names))
    overall = counts.sum(axis=0) / counts.sum()
    spread = np.sqrt(overall * (1 - overall))
    result = []
    for code in np.flatnonzero(counts.sum(axis=1)):
        shares = counts[code] / counts[code].sum()
        over = np.divide(shares - overall, spread, out=np.zeros(len(names)), where=spread > 0)
        top = int(over.argmax())
        name = _short(names[top])
        if shares[top] > 0.5:
            phrase = f"{words} mostly {name}"
        else:
            phrase = f"{words} {name} {shares[top]:.0%} against {overall[top]:.0%}"
        result.append((int(code), float(over[top]), Odd(phrase, f"{_short(words)} {name}")))
    return result


def _share(value: float) -> str:
    return f"{value:.0%}"


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}\u2026"


def _median(values: pd.Series[Any]) -> float:
    numbers = numbers_of(values)
    numbers = numbers[np.isfinite(numbers)]
    return float(np.median(numbers)) if len(numbers) else float("nan")
