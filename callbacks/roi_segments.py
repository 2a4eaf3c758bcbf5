"""The same campaign for each segment: which segments it pays for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pandas as pd
from dash import Dash, Input, Output, html, no_update
from dash.exceptions import PreventUpdate

from callbacks.facts import Facts
from callbacks.roi_begin import read_params
from callbacks.segments_asked import own_height
from data.campaign import audiences
from data.errors import LapwingError
from figures import words
from figures.roi_sides import segment_bars
from figures.theme import says
from models.campaign.params import CampaignParams
from pages._ui import explorer_parts, ids
from pages._ui import roi_parts as parts
from pages._ui.controls import problem
from pages._ui.roi_parts import SCENARIOS

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from callbacks.services import Services
    from data.segments.looks import Look
    from jobs.campaigns import CampaignBook

HEADS: Final = (
    "Segment",
    "Customers",
    "Extra orders",
    "Extra spend",
    "They earn",
    "Spent",
    "Net profit",
    "ROI",
    "Break-even",
    "",
)
EVERYBODY: Final = "Everybody"
ORDERS: Final = "incremental_orders"
AMOUNTS: Final = ("incremental_spend", "incremental_margin", "total_cost", "net_profit")


def show(
    services: Services, asked: Mapping[str, Any] | None, view: str, theme: str | None, scenario: str | None
) -> dict[str, Any]:
    """Chart and table of the segments, best first, and the address of the same as a file."""
    if not asked or not theme or view != "segments" or asked.get("moving"):
        raise PreventUpdate
    try:
        book = services.campaign(str(asked["analysis"]))
        currency = Facts.of(services, str(asked["analysis"])).currency
        # Everybody of each segment is contacted, whoever the audience of the question is.
        params = read_params(
            {name: value for name, value in asked.items() if name != "contacted"}, book.start
        )
        params = replace(params, contacted=len(book.customers))
        frame = book.segments(params)
        keys = keys_of(book)
    except LapwingError as error:
        return {
            "figure": says("There are no segments to draw.", theme),
            "style": no_update,
            "note": None,
            "table": problem(str(error)),
            "file": "",
        }
    colours = {name: look.colour for name, (_, look) in keys.items()}
    figure = segment_bars(
        frame, colours, currency, theme, unit=params.uplift_unit, narrow=bool(asked.get("narrow"))
    )
    chosen = scenario if scenario in SCENARIOS else "expected"
    return {
        "figure": figure,
        "style": own_height(figure),
        "note": note_of(frame),
        "table": table(frame[frame["scenario"] == chosen], keys, params, currency, chosen),
        "file": f"/roi/segments.csv?{urlencode(address(asked, book.start))}",
    }


def keys_of(book: CampaignBook) -> dict[str, tuple[str, Look]]:
    """By name of a segment: the address of its audience, and how it appears."""
    found = audiences.default_rules(book.store, book.analysis)
    if found is None:
        return {}
    return {
        look.name: (audiences.Audience(audiences.SEGMENT, found.id, look.key).text, look)
        for look in audiences.looks(book.edits, found)
    }


def address(asked: Mapping[str, Any], start: CampaignParams) -> dict[str, str]:
    """What an address of these segments says: the analysis, and what differs from its start."""
    return {"analysis": str(asked["analysis"])} | {
        name: value
        for name, value in read_params(asked, start).to_params(start).items()
        if name != "contacted"
    }


def note_of(frame: pd.DataFrame) -> str:
    """How many of the segments it pays for, in words."""
    net = frame[frame["scenario"] == "expected"]["net_profit"]
    pays = int((net > 0).sum())
    if not pays:
        return "At these assumptions the campaign pays for no segment."
    if pays == len(net):
        return "At these assumptions the campaign is expected to pay for every segment."
    return f"The campaign is expected to pay for {pays} of {words.plural(len(net), 'segment')}."


def table(
    frame: pd.DataFrame,
    keys: Mapping[str, tuple[str, Look]],
    params: CampaignParams,
    currency: str | None,
    scenario: str,
) -> Component:
    """The segments in figures, the best first, and everybody as the sum of them."""
    rows = frame.sort_values("net_profit", ascending=False, kind="stable").to_dict("records")
    figures = _figures([*rows, _total(rows)], currency)
    lines = [
        _line(row, keys.get(str(row["segment"])), params, told)
        for row, told in zip(rows, figures, strict=False)
    ]
    total = words.count(sum(int(row["customers"]) for row in rows))
    lines.append((html.B(EVERYBODY), total, *figures[-1], "", ""))
    return explorer_parts.text_table(
        f"Segments, {SCENARIOS[scenario].lower()} scenario", HEADS, lines, faint=()
    )


def _line(
    row: Mapping[Any, Any], known: tuple[str, Look] | None, params: CampaignParams, figures: Sequence[str]
) -> Sequence[Any]:
    name = str(row["segment"])
    named: Any = explorer_parts.named(known[1].colour, name) if known else name
    ask: Any = ""
    if known:
        ask = html.Button(
            "Ask",
            type="button",
            className="btn btn-sm btn-light",
            **{"data-roi-audience": known[0], "aria-label": f"Ask about {name} alone"},
        )
    even = _number(row["break_even_uplift"])
    return (
        named,
        words.count(row["customers"]),
        *figures,
        "None" if even is None else "Over tenfold" if even > 10 else parts.uplift(even, params.uplift_unit),
        ask,
    )


def _total(rows: Sequence[Mapping[Any, Any]]) -> Mapping[Any, Any]:
    """The sum of all segments; its ROI is of the sums."""
    whole: dict[Any, Any] = {name: math.fsum(row[name] for row in rows) for name in (ORDERS, *AMOUNTS)}
    whole["roi"] = whole["net_profit"] / whole["total_cost"] if whole["total_cost"] > 0 else None
    return whole


def _figures(rows: Sequence[Mapping[Any, Any]], currency: str | None) -> list[tuple[str, ...]]:
    """Orders, amounts and ROI of each row as text, one precision for a column."""
    shares = [_number(row["roi"]) for row in rows]
    columns = (
        words.numbers([row[ORDERS] for row in rows]),
        *(words.column([row[name] for row in rows], currency) for name in AMOUNTS),
        [words.MISSING if share is None else words.percent(share) for share in shares],
    )
    return list(zip(*columns, strict=True))


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def register(app: Dash, services: Services) -> None:
    """Add the callback of the segments to `app`."""

    @app.callback(
        output={
            "figure": Output(ids.ROI_SEGMENTS, "figure"),
            "style": Output(ids.ROI_SEGMENTS, "style"),
            "note": Output(ids.ROI_SEGMENTS_NOTE, "children"),
            "table": Output(ids.ROI_SEGMENTS_TABLE, "children"),
            "file": Output(ids.ROI_SEGMENTS_DOWNLOAD, "href"),
        },
        inputs={
            "asked": Input(ids.ROI_ASKED, "data"),
            "view": Input(ids.ROI_OPEN, "data"),
            "theme": Input(ids.SHELL_THEME_VALUE, "data"),
            "scenario": Input(ids.ROI_SEGMENTS_SCENARIO, "value"),
        },
    )
    def _show(asked: Any, view: Any, theme: Any, scenario: Any) -> dict[str, Any]:
        return show(services, asked, str(view), theme, scenario)
