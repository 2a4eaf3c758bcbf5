"""Overview: the numbers to know, what stands out, and where to start."""

from __future__ import annotations

import dash
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids, overview
from pages._ui.cards import page_head
from pages._ui.glossary import on_page

dash.register_page(__name__, path="/", name="Overview", title="Overview · Lapwing", order=0)


def layout(period: str | None = None, show: str | None = None, **rest: str) -> Component:
    """The page; what it shows depends on the data set chosen in the top bar and on the period in the address."""
    as_ = rest.get("as")
    return html.Div(
        [
            page_head(
                "Overview",
                "Who your customers are, who is slipping away, and where to start.",
                html.Div(overview.period_choice(), id=ids.OVERVIEW_PERIOD_BOX, className="ov-period"),
            ),
            html.Div(overview.skeleton(), id=ids.OVERVIEW_BODY),
            html.Div(overview.charts(show=str(show), as_=str(as_)), id=ids.OVERVIEW_CHARTS, hidden=True),
            html.Div(id=ids.OVERVIEW_TAIL),
            dcc.Store(id=ids.OVERVIEW_START, data={"period": period if isinstance(period, str) else ""}),
            dcc.Store(id=ids.OVERVIEW_SHOWN),
            dcc.Store(id=ids.OVERVIEW_DRAW),
            dcc.Store(id=ids.OVERVIEW_DRAW_COHORTS),
            on_page("/"),
        ],
        className="lw-page lw-overview ov",
    )
