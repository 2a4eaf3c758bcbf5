"""The parts of the segments page that its callbacks fill: legend, chips, figures and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from dash import html
from dash.development.base_component import Component

from figures import words
from pages._ui.controls import icon
from pages._ui.glossary import described, linked
from pages._ui.segment import stat


class Look(Protocol):
    """One segment as people see it."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def colour(self) -> int: ...
    @property
    def definition(self) -> str: ...
    @property
    def customers(self) -> int: ...


class Summary(Protocol):
    """The customers of a filter in figures."""

    @property
    def customers(self) -> int: ...
    @property
    def revenue(self) -> float | None: ...
    @property
    def mean_clv(self) -> float | None: ...
    @property
    def mean_churn(self) -> float | None: ...


def swatch(colour: int) -> Component:
    """The colour of a segment, always beside its name."""
    return html.Span(
        className="seg-swatch", style={"background": f"var(--lw-seg-{int(colour)})"}, **{"aria-hidden": "true"}
    )  # fmt: skip


def legend(looks: Iterable[Look], customers: Mapping[str, int]) -> list[dict[str, Any]]:
    """Filter and legend in one: each segment's colour, its name and its customers under the other filters."""
    return [
        {
            "value": look.key,
            "label": [
                swatch(look.colour),
                html.Span(look.name, className="seg-legend__name"),
                html.Span(words.count(customers.get(look.key, 0)), className="lw-check__count"),
            ],
        }
        for look in looks
    ]


def key(looks: Iterable[Look]) -> list[Component]:
    """The colours of the segments with their names, on as few lines as they need."""
    return [named(look.colour, look.name) for look in looks]


def chips(found: Sequence[tuple[str, str, str]]) -> list[Component]:
    """Each filter that is on, with a button that takes it off; the script of the page does it."""
    return [
        html.Span(
            [
                html.Span(text, className="seg-chip__text"),
                html.Button(
                    icon("x-lg"),
                    type="button",
                    className="seg-chip__remove",
                    **{"aria-label": f"Remove {text}", "data-seg-remove": param, "data-seg-value": value},
                ),
            ],
            className="seg-chip",
        )
        for param, value, text in found
    ]


def facts(summary: Summary, everyone: Summary, currency: str | None) -> list[Component]:
    """What the customers on screen brought, and what is expected of them, where known."""
    shown = []
    whole = summary.customers == everyone.customers
    if summary.revenue is not None:
        share = summary.revenue / everyone.revenue if everyone.revenue else None
        note = "all of it" if whole else f"{words.percent(share, 1)} of all"
        shown.append(
            stat("Revenue", words.money_short(summary.revenue, currency), note if share is not None else "")
        )
    if summary.mean_clv is not None:
        shown.append(
            stat(
                "Mean lifetime value",
                words.money(summary.mean_clv, currency),
                "over the next 12 months" if whole else f"all: {words.money(everyone.mean_clv, currency)}",
            )
        )
    if summary.mean_churn is not None:
        shown.append(
            stat(
                "Mean risk of churn",
                words.percent(summary.mean_churn),
                "of buying no more" if whole else f"all: {words.percent(everyone.mean_churn)}",
            )
        )
    return shown


def note(text: str) -> Component:
    """Something to know, in a quiet box."""
    return html.Div([icon("info-circle"), html.Span(text)], className="lw-hint")


def about(manifest: Mapping[str, Any], notes: Sequence[str], address: str) -> list[Component]:
    """Of which day the segments are, where to save what assigns customers, and what was left out."""
    as_of = manifest.get("as_of")
    first = [
        html.Span(f"As of {words.day(as_of)}." if as_of else "As the table has them."),
        html.A(
            "Save this division",
            href=address,
            download="",
            title="A small file that puts other customers into the same segments: for lapwing segment --model, and for Python.",
            className="seg-save",
        ),
    ]
    if not notes:
        return first
    return [
        *first,
        html.Details(
            [
                html.Summary(words.plural(len(notes), "note")),
                html.Ul([html.Li(words.prose(text)) for text in notes]),
            ],
            className="seg-notes",
        ),
    ]


def at_risk_label(customers: int) -> list[Any]:
    """The words of the button, with how many there are."""
    return [
        icon("shield-exclamation"),
        "High-value at-risk",
        html.Span(words.count(customers), className="lw-tag lw-tag--accent"),
    ]


Cell = str | Component | Sequence[Any]


def text_table(caption: str, heads: Sequence[Any], rows: Sequence[Sequence[Any]], *, words_only: Sequence[int] = (), orders: Sequence[str] = (), faint: Sequence[int] = (), strong: Sequence[int] = (), look: str = "lw") -> Component:  # fmt: skip
    """A table whose first cell names the row; numbers stand to the right, columns `words_only` to the left.

    `orders` says of each column whether it is in order, "asc" or "desc"; the rows `faint` stand back, those `strong`
    are sums. `look` is the style's prefix: "lw", or "ov" for the narrower ones of the overview.
    """

    def side(place: int) -> str | None:
        return None if place == 0 or place in words_only else "seg-num"

    def order(place: int) -> dict[str, str]:
        found = orders[place] if place < len(orders) else ""
        return {"aria-sort": {"asc": "ascending", "desc": "descending"}[found]} if found else {}

    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="lw-sr"),
                html.Thead(
                    html.Tr(
                        [
                            html.Th(
                                linked(head) if head else html.Span("Action", className="lw-sr"),
                                scope="col",
                                className=side(place),
                                **order(place),
                            )
                            for place, head in enumerate(heads)
                        ]
                    )
                ),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Th(cell, scope="row")
                                if place == 0
                                else html.Td(cell, className=side(place))
                                for place, cell in enumerate(row)
                            ],
                            className="seg-faint" if at in faint else "ov-sum" if at in strong else None,
                        )
                        for at, row in enumerate(rows)
                    ]
                ),
            ],
            className=f"{look}-table",
        ),
        className=f"{look}-scroll",
        # It scrolls where it is wide, so the keyboard must reach it.
        tabIndex="0",
        role="region",
        **{"aria-label": caption},
    )


def sorter(head: str, column: str, order: str) -> Component:
    """The head of a column as a button that puts the rows in its order; `order` is the one they are in."""
    arrow = {"asc": "arrow-up-short", "desc": "arrow-down-short"}.get(order, "arrow-down-up")
    return html.Button(
        [head, icon(arrow)],
        type="button",
        className=f"seg-sort{' is-on' if order else ''}",
        title=described(column, head).get("headerTooltip"),
        **{"data-seg-sort": column},
    )


def named(colour: int, name: str) -> Component:
    """A segment's name beside its colour."""
    return html.Span([swatch(colour), html.Span(name)], className="seg-named")


def scores(cuts: Sequence[tuple[str, Sequence[str]]], looks: Iterable[Look]) -> list[Component]:
    """The cut points of the scores, and what makes each segment."""
    heads = ("Score", "1 (worst)", "2", "3", "4", "5 (best)")
    parts: list[Component] = []
    if cuts:
        parts.append(
            text_table("Cut points of the scores", heads, [(label, *cells) for label, cells in cuts])
        )
    # What nobody meets comes last, and faint.
    ordered = sorted(looks, key=lambda look: not look.customers)
    rows = [(named(look.colour, look.name), look.definition, words.count(look.customers)) for look in ordered]
    faint = [at for at, look in enumerate(ordered) if not look.customers]
    parts.append(
        text_table("Definitions", ("Segment", "What makes it", "Customers"), rows, words_only=(1,), faint=faint)
    )  # fmt: skip
    return parts


def flow_table(rows: Sequence[Mapping[str, Any]], currency: str | None, shown: str) -> Component:
    """The largest flows, each with a button that lists its customers; `shown` is the one that is on."""
    lines = []
    for row, revenue in zip(rows, words.column([row.get("revenue") for row in rows], currency), strict=True):
        key = row["param"]
        listed = key == shown
        lines.append(
            (
                html.Span(
                    [
                        named(row["was_colour"], row["was_name"]),
                        icon("arrow-right-short"),
                        named(row["colour"], row["name"]),
                    ],
                    className="seg-flow",
                ),
                words.count(row["customers"]),
                revenue,
                html.Button(
                    "Listed" if listed else "List",
                    type="button",
                    className=f"btn btn-sm btn-{'primary' if listed else 'light'}",
                    **{
                        "data-seg-flow": key,
                        "aria-pressed": "true" if listed else "false",
                        "aria-label": f"List those who went from {row['was_name']} to {row['name']}",
                    },
                ),
            )
        )
    return text_table("Largest flows", ("From and to", "Customers", "Revenue", "Who"), lines)


def sentences(texts: Sequence[str], *, icon_name: str = "info-circle") -> Component | None:
    """What a view found, in words."""
    if not texts:
        return None
    return html.Div([icon(icon_name), html.Div([html.P(text) for text in texts])], className="lw-hint")
