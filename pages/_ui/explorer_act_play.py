"""What to do with each segment: its card and the form of its play, from plain values; all texts are text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from pages._ui import ids
from pages._ui.controls import empty, icon
from pages._ui.explorer_act_work import label_for, problem_of

# Types of the ids of a card's buttons, with the segment's key beside them, and of the form's fields.
SHOW: Final = "segments-advice-show"
EDIT: Final = "segments-advice-edit"
FIELD: Final = "segments-play-field"
TEXT_LENGTH: Final = 1000
# Field of a play -> its label, its icon, and what it is for.
FIELDS: Final = {
    "what": ("What it is", "", "Who these customers are, in a sentence."),
    "why": ("Why it matters", "", "What is won or lost with them."),
    "strategy": ("Strategy", "signpost-split", "What to do."),
    "channel": ("Channel", "megaphone", "Where to reach them."),
    "offer": ("Offer", "gift", "What to put before them."),
    "timing": ("Timing", "clock", "When, and how often."),
}
HOW: Final = ("channel", "offer", "timing")


@dataclass(frozen=True)
class Advice:
    """One segment with its figures (None: not known) and its play; `own` where somebody has rewritten it."""

    key: str
    name: str
    colour: int
    definition: str
    customers: int
    customer_share: float | None
    revenue: float | None
    revenue_share: float | None
    churn_risk: float | None
    clv: float | None
    play: Mapping[str, str]
    own: bool
    download: str

    @property
    def stake(self) -> float | None:
        """What they spent so far times the mean chance that they stay away; what they spent where that is not known."""
        if self.revenue is None or self.churn_risk is None:
            return self.revenue
        return max(self.revenue, 0.0) * self.churn_risk


def by_stake(found: Sequence[Advice]) -> list[Advice]:
    """The segments with most at stake first; those without an amount by customers, last."""
    return sorted(
        found,
        key=lambda one: (one.stake is None, -(one.stake or 0.0), -one.customers, one.name),
    )


def cards(
    found: Sequence[Advice], currency: str | None, horizon_days: int | None, lost: Sequence[str] = ()
) -> Component:
    """A card for each segment that has customers on screen, most at stake first; `lost` texts are told before."""
    shown = by_stake([one for one in found if one.customers])
    if not shown:
        return empty(
            "Nobody to advise on",
            "No customer matches these filters. Take one of them off.",
            icon_name="people",
        )
    risky = any(one.churn_risk is not None for one in shown)
    order = (
        "Most at stake first: what they spent so far, times the mean chance that they stay away."
        if risky
        else "Those who spent most first."
        if any(one.revenue is not None for one in shown)
        else "The largest first."
    )
    return html.Div(
        [
            *map(problem_of, lost),
            html.P(order, className="act-advice__order"),
            html.Div([_card(one, currency, horizon_days) for one in shown], className="act-cards"),
        ]
    )


def _card(one: Advice, currency: str | None, horizon_days: int | None) -> Component:
    title = f"advice-{one.key}"
    at_stake = one.churn_risk is not None and one.stake is not None
    return html.Article(
        [
            html.Header(
                [
                    html.Span(className="lw-dot", **{"aria-hidden": "true"}),
                    html.H3(one.name, id=title),
                    html.Span(
                        [html.B(words.money_short(one.stake, currency)), " at stake"], className="act-stake"
                    )
                    if at_stake
                    else None,
                ],
                className="act-card__head",
            ),
            html.P(one.definition, className="act-card__definition"),
            html.Dl(_figures(one, currency), className="lw-figures act-figures"),
            html.P(one.play["what"], className="act-card__text"),
            html.P([html.B("Why it matters. "), f"{one.play['why']} {matter(one, horizon_days)}"],
                   className="act-card__text"),
            html.Div(
                [
                    html.H4("What to do"),
                    html.P(one.play["strategy"]),
                    html.Dl([_how(name, one.play[name]) for name in HOW]),
                    html.P("Your own text.", className="lw-help") if one.own else None,
                ],
                className="act-play",
            ),
            html.Footer(
                [
                    html.Button(
                        [icon("funnel"), "Show these customers", _about(f"({one.name})")],
                        id={"type": SHOW, "id": one.key},
                        type="button",
                        className="btn btn-light btn-sm",
                    ),
                    html.A(
                        [icon("download"), "Download list", _about(f"({one.name})")],
                        href=one.download,
                        download="",
                        className="btn btn-light btn-sm",
                    ),
                    html.Button(
                        [icon("pencil"), "Edit", _about(f"what to do with {one.name}")],
                        id={"type": EDIT, "id": one.key},
                        type="button",
                        className="btn btn-link btn-sm",
                    ),
                ],
                className="act-card__foot",
            ),
        ],
        className=f"lw-card act-card act-colour--{one.colour}",
        **{"aria-labelledby": title},
    )  # fmt: skip


def _about(text: str) -> Component:
    # Buttons of the same words on every card: their names tell them apart.
    return html.Span(f" {text}", className="lw-sr")


def _figures(one: Advice, currency: str | None) -> list[Component]:
    rows = [("Customers", words.count(one.customers), _of_all(one.customer_share))]
    if one.revenue is not None:
        rows.append(("Revenue", words.money_short(one.revenue, currency), _of_all(one.revenue_share)))
    if one.churn_risk is not None:
        rows.append(("Mean risk", words.percent(one.churn_risk), "to stay away"))
    if one.clv is not None:
        rows.append(("Mean value", words.money_short(one.clv, currency), "next 12 months"))
    return [html.Div([html.Dt(label), html.Dd([value, html.Small(note)])]) for label, value, note in rows]


def _of_all(share: float | None) -> str:
    return f"{words.part(share)} of all" if share is not None else ""


def _how(name: str, text: str) -> Component:
    label, symbol, _ = FIELDS[name]
    return html.Div([html.Dt([icon(symbol), label]), html.Dd(text)])


def matter(one: Advice, horizon_days: int | None) -> str:
    """What a segment brought, and what it is likely to do, in figures; "" where neither is known."""
    brought = f"They brought {words.part(one.revenue_share)} of the revenue"
    risk = (
        f"their mean chance to buy nothing in the next {horizon_days} days is {words.percent(one.churn_risk)}"
    )
    known = one.churn_risk is not None and horizon_days
    if one.revenue_share is None:
        return f"T{risk[1:]}." if known else ""
    return f"{brought}; {risk}." if known else f"{brought}."


def panel() -> Component:
    """The form of one play."""
    return dbc.Offcanvas(
        [
            html.H3(id=ids.SEGMENTS_PLAY_TITLE),
            html.P(
                "Kept for every segmentation of this workspace, in place of Lapwing's own text.",
                className="lw-help act-about",
            ),
            html.Div([_field(name) for name in FIELDS], className="act-fields"),
            html.Div(
                [
                    html.Div(id=ids.SEGMENTS_PLAY_MESSAGE),
                    dbc.Button("Save", id=ids.SEGMENTS_PLAY_SAVE, color="primary"),
                    dbc.Button("Use Lapwing's text again", id=ids.SEGMENTS_PLAY_RESET, color="light"),
                ],
                className="act-foot",
            ),
            dcc.Store(id=ids.SEGMENTS_PLAY_ABOUT),
        ],
        id=ids.SEGMENTS_PLAY_PANEL,
        title=html.Span("What to do", id="segments-play-heading"),
        labelledby="segments-play-heading",
        placement="end",
        is_open=False,
        class_name="act-panel act-panel--wide",
    )


def _field(name: str) -> Component:
    label, _, help_text = FIELDS[name]
    long: Any = 4 if name in ("what", "why", "strategy") else 2
    field_id = {"type": FIELD, "field": name}
    return html.Div(
        [
            label_for(label, field_id),
            dbc.Textarea(id=field_id, maxlength=TEXT_LENGTH, rows=long),
            html.P(f"{help_text} At most {words.count(TEXT_LENGTH)} characters.", className="lw-help"),
        ],
        className="act-textarea",
    )
