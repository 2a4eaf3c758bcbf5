"""Metrics of segments as people read them: values in their unit, titles and ticks of axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from data.segments.metrics import Metric
from figures import words


def value_words(value: float | None, unit: str, currency: str | None = None) -> str:
    """A value of a metric in its unit, escaped: "12 days", "$48.20", "31 %"."""
    if value is None or not math.isfinite(value):
        return words.MISSING
    if unit == "money":
        return words.escape(words.money(value, currency))
    if unit == "share":
        return words.percent(value, 1 if 0 < abs(value) < 0.1 else 0)
    if unit == "days":
        return f"{words.number(round(value, 1 if abs(value) < 10 else 0))} days"
    if unit == "count" and abs(value) < 100:
        return words.number(round(value, 1))
    return words.number(value)


def share_words(share: float) -> str:
    """A share of one in whole percent, escaped; what is not nothing never reads "0 %"."""
    return words.escape(f"< {words.percent(0.01)}") if 0 < share < 0.005 else words.percent(share)


def column_words(
    values: Sequence[float | None], unit: str, currency: str | None = None, whole: float = 1e4
) -> list[str]:
    """The values of a column of cells, one precision for all; from `whole` on all are told in thousands."""
    largest = max((abs(value) for value in values if value is not None and math.isfinite(value)), default=0.0)
    if unit == "share" or largest >= whole:
        return [cell_words(value, unit, currency, 1e3) for value in values]
    # Three digits are enough for a cell.
    small = largest < 100
    cells = [
        value if value is None or small or not math.isfinite(value) else float(round(value))
        for value in values
    ]
    texts = words.column(cells, currency) if unit == "money" else words.numbers(cells)
    return [words.escape(text) for text in texts]


def cell_words(value: float | None, unit: str, currency: str | None = None, whole: float = 1e4) -> str:
    """A value as short as a cell or a tick needs: "12.4k", "$1.2M", "31 %"; escaped, days without the word.

    From `whole` on numbers are told in thousands.
    """
    if value is None or not math.isfinite(value):
        return words.MISSING
    if unit == "share":
        return words.percent(value)
    size = _compact(value, whole)
    minus = "−" if value < 0 and size != "0" else ""
    size = words.marks(size)
    return words.escape(words.priced(size, currency, minus)) if unit == "money" else f"{minus}{size}"


def _compact(value: float, whole: float) -> str:
    size = abs(value)
    for limit, unit in ((1e9, "B"), (1e6, "M"), (whole, "k")):
        # Rounded first: 999,999 is 1M and no 1,000k.
        if float(f"{size:.3g}") >= limit:
            return f"{float(f'{size:.3g}') / (1e3 if unit == 'k' else limit):g}{unit}"
    if size >= 100 or round(size, 1) == round(size):
        return f"{size:,.0f}"
    return f"{size:.1f}" if size >= 1 else f"{size:.2g}"


def metric_title(metric: Metric, currency: str | None = None, *, scale: bool = True) -> str:
    """The title of a metric's axis, with its unit and, where `scale` is wanted, that it is logarithmic."""
    sign = words.symbol(currency).strip()
    unit = {"days": "days", "money": sign, "score": "1 to 5"}.get(metric.unit, "")
    # "Days since last order (days)" would say it twice.
    if unit and unit in metric.label.lower().split():
        unit = ""
    details = ", ".join(part for part in (unit, "log scale" if metric.log and scale else "") if part)
    return words.escape(f"{metric.label} ({details})" if details else metric.label)


def metric_ticks(
    metric: Metric, low: float, high: float, currency: str | None = None, most: int = 12
) -> tuple[list[float], list[str]]:
    """Places (plotted coordinates) and texts of the ticks of a metric between `low` and `high`."""
    if metric.log:
        values = _log_values(low, high, most)
    elif metric.unit == "score":
        values = [float(value) for value in range(1, 6) if low <= value <= high]
    else:
        values = round_values(low, high, min(most, 6))
    return metric.coordinate(values).tolist(), [cell_words(value, metric.unit, currency) for value in values]


def _log_values(low: float, high: float, most: int) -> list[float]:
    """0 and round numbers whose places lie between `low` and `high`, finer ones as far as `most` allows."""
    values: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        each = [0.0] + [step * 10.0**power for power in range(13) for step in steps]
        values = [value for value in each if low - 1e-9 <= math.log10(1 + value) <= high + 1e-9]
        if len(values) <= most:
            break
    return values


def share_ticks(low: float, high: float, about: int = 5) -> dict[str, Any]:
    """Ticks for an axis of shares of one between `low` and `high`, written as in every sentence: "20 %"."""
    values = round_values(low, high, about)
    places = 1 if any(abs(100 * value - round(100 * value)) > 1e-6 for value in values) else 0
    return {"tickvals": values, "ticktext": [words.percent(value, places) for value in values]}


def round_values(low: float, high: float, about: int) -> list[float]:
    """About `about` round numbers between `low` and `high`."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]
