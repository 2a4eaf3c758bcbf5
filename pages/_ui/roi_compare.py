"""Two or more scenarios side by side: what was asked and what came out, with what differs said in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from figures import words
from models.campaign.params import POINTS, RANKS, UNITS, WORDS, CampaignParams
from pages._ui.explorer_parts import text_table
from pages._ui.roi_parts import uplift

# What a person sets; the rest (draws, holdout) changes no answer.
SETTINGS: Final = (
    "contacted", "rank", "discount", "margin", "uplift", "uplift_unit", "uplift_range", "redemption", "contact_cost",
    "fixed_cost", "budget", "horizon_days", "forecast_error", "seed",
)  # fmt: skip
_MONEY: Final = ("contact_cost", "fixed_cost", "budget")
_SHARES: Final = ("discount", "margin", "redemption", "forecast_error")
_UPLIFTS: Final = ("uplift", "uplift_range")


@dataclass(frozen=True)
class Column:
    """A scenario of the table; `results` are those at the time it was saved, by name."""

    name: str
    audience: str
    analysis: str
    params: CampaignParams
    results: dict[str, Any]
    currency: str | None


def setting(params: CampaignParams, name: str, currency: str | None) -> str:
    """A parameter as people read it: "15 %", "$0.10", "90 days"."""
    value = getattr(params, name)
    if name == "budget" and not value:
        return "No limit"
    if name in _MONEY:
        return words.money(value, currency)
    if name in _UPLIFTS:
        return _uplift(value, params.uplift_unit)
    if name in _SHARES:
        # The error that backtests found has many digits, and means no more than three of them.
        return words.percentage(
            words.marks(format(100 * value, ".3g" if name == "forecast_error" else ".6g"))
        )
    if name in ("rank", "uplift_unit"):
        return str((RANKS if name == "rank" else UNITS)[value])
    return words.plural(value, "day") if name == "horizon_days" else words.count(value) if name == "contacted" else str(value)  # fmt: skip


def _uplift(value: float, unit: str) -> str:
    text = words.marks(f"{100 * value:.6g}")
    return f"{text} points" if unit == POINTS else words.percentage(text)


def differing(params: CampaignParams, start: CampaignParams, currency: str | None) -> tuple[str, ...]:
    """The settings that differ from `start`, in words: "Discount 20 %"."""
    return tuple(
        f"{WORDS[name]} {setting(params, name, currency)}"
        for name in SETTINGS
        if name != "contacted" and getattr(params, name) != getattr(start, name)
    )


def comparison(columns: Sequence[Column]) -> list[Component]:
    """The scenarios as a table; what differs from the first one is said beside it."""
    first = columns[0]
    settings = [
        _row("Audience", [each.audience for each in columns], ["another"] * len(columns)),
        *(_setting_row(name, columns) for name in SETTINGS),
        _row("Analysis", [each.analysis for each in columns], ["another"] * len(columns)),
    ]
    same = [row[0] for row in settings if not row[1]]
    differs = [row[0] for row in settings if row[1]]
    told = (
        f"Against “{first.name}”: {', '.join(str(row[0]) for row in differs)} differ."
        if len(differs) > 1
        else f"Against “{first.name}”: {differs[0][0]} differs."
        if differs
        else f"Asked the same as “{first.name}”."
    )
    heads = ("", *(each.name for each in columns))
    rows = [*differs, *same]
    results = [_result_row(*item, columns) for item in _RESULTS]
    return [
        html.P(told, className="lw-note"),
        text_table(
            "What came out, as it was saved", heads, results, words_only=range(1, len(heads))
        ),
        text_table(
            "What was asked",
            heads,
            rows,
            words_only=range(1, len(heads)),
            faint=range(len(differs), len(rows)),
        ),
    ]  # fmt: skip


def _row(label: str, values: Sequence[str], notes: Sequence[str]) -> tuple[tuple[Any, ...], bool]:
    """A row with a note beside each value that is not the first one's, and whether there is one."""
    cells: list[Any] = [label, values[0]]
    for value, note in zip(values[1:], notes[1:], strict=True):
        cells.append(value if value == values[0] else _differs(value, note))
    return tuple(cells), any(value != values[0] for value in values)


def _differs(value: str, note: str) -> Component:
    return html.Span([html.B(value), html.Small(note, className="roi-differs")])


def _setting_row(name: str, columns: Sequence[Column]) -> tuple[tuple[Any, ...], bool]:
    first = columns[0]
    values = [setting(each.params, name, each.currency) for each in columns]
    notes = [_by(name, first, each) for each in columns]
    return _row(WORDS[name], values, notes)


def _by(name: str, first: Column, other: Column) -> str:
    """By how much a setting differs from the first scenario's, in words."""
    before, after = getattr(first.params, name), getattr(other.params, name)
    units = (first.params.uplift_unit, first.currency), (other.params.uplift_unit, other.currency)
    # No budget is no limit, not a small one.
    unlimited = name == "budget" and not (before and after)
    if isinstance(before, str) or name == "seed" or unlimited or units[0] != units[1]:
        return "another"
    more = "more" if after > before else "less"
    gap = abs(after - before)
    if name in _MONEY:
        return f"{words.money(gap, other.currency)} {more}"
    if name in _SHARES or name in _UPLIFTS:
        return f"{words.marks(f'{100 * gap:.6g}')} points {more}"
    return f"{words.count(gap)} {more}"


def _money(key: str) -> Callable[[Column], str]:
    return lambda each: words.money_short(each.results.get(key), each.currency)


def _range(each: Column) -> str:
    low, high = (words.money_short(each.results.get(key), each.currency) for key in ("low", "high"))
    return f"{low} to {high}"


def _share(key: str) -> Callable[[Column], str]:
    return lambda each: words.percent(each.results.get(key))


def _even(each: Column) -> str:
    even = each.results.get("break_even")
    return "No uplift pays for it" if even is None else uplift(even, each.params.uplift_unit)


def _orders(each: Column) -> str:
    return words.number(each.results.get("incremental_orders"))


# Label, how it reads, the result whose difference is told and in what; "" where none can be.
_RESULTS: Final[tuple[tuple[str, Callable[[Column], str], str, str], ...]] = (
    ("Net profit", _money("net_profit"), "net_profit", "money"),
    ("80 % range", _range, "", ""),
    ("ROI", _share("roi"), "roi", "points"),
    ("Probability of profit", _share("probability_of_profit"), "probability_of_profit", "points"),
    ("Break-even uplift", _even, "break_even", "uplift"),
    ("Incremental orders", _orders, "incremental_orders", "number"),
    ("Spent in all", _money("total_cost"), "total_cost", "money"),
    ("Discounts", _money("discounts"), "discounts", "money"),
)


def _result_row(
    label: str, read: Callable[[Column], str], key: str, unit: str, columns: Sequence[Column]
) -> tuple[Any, ...]:
    values = [read(each) for each in columns]
    notes = [_gap(key, unit, columns[0], each) for each in columns]
    return _row(label, values, notes)[0]


def _gap(key: str, unit: str, first: Column, other: Column) -> str:
    """By how much a result differs from the first scenario's, in words."""
    before, after = first.results.get(key), other.results.get(key)
    units = (first.currency, first.params.uplift_unit), (other.currency, other.params.uplift_unit)
    alike = {"money": units[0][0] == units[1][0], "uplift": units[0][1] == units[1][1]}.get(unit, True)
    if before is None or after is None or not alike:
        return "differs"
    gap, more = abs(after - before), "more" if after > before else "less"
    if unit == "money":
        return f"{words.money_short(gap, other.currency)} {more}"
    if unit == "number":
        return f"{words.number(gap)} {more}"
    # As exactly as the numbers themselves are told.
    points = words.marks(f"{100 * gap:.1f}" if unit == "uplift" else f"{100 * gap:.0f}")
    return (
        "nearly the same"
        if float(points) == 0
        else f"{points} {'point' if points == '1' else 'points'} {more}"
    )
