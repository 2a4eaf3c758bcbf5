"""The charts of the overview: each its figure, its finding in a sentence, and its numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.overview_asked import Asked, scale_of
from callbacks.overview_cohorts import cohort_note, cohort_table, in_period
from callbacks.overview_segments import split
from data.errors import LapwingError
from data.overview.groups import before_words, last_words, period_words
from figures import overview as draw
from figures import words
from figures.overview_base import change_words, scaled, span_words
from figures.theme import says
from pages._ui import ids
from pages._ui import overview as view
from pages._ui import overview_frames as frames
from pages._ui import overview_tables as tables
from pages._ui.segment import BLANK_FIGURE

if TYPE_CHECKING:
    from callbacks.services import Services

HEIGHT: Final = "100%"
PARTS: Final = {
    "lost": ("Lost", "bought before, nothing now"),
    "down": ("Spent less", "bought in both, less now"),
    "up": ("Spent more", "bought in both, as much or more now"),
    "returned": ("Came back", "bought earlier, nothing before, again now"),
    "new": ("New", "first purchase in this period"),
}
# Shares of the customers, best first, that the table of concentration tells.
STEPS: Final = (0.01, 0.05, 0.1, 0.2, 0.5)
NO_SEGMENTS: Final = (
    "These customers have not been divided into segments yet: open the segments page, which does it."
)


# Figure (None: there is none to draw, and the sentence says why), sentence under the title, table.
Answer = tuple[Any, Any, Any]


def time(asked: Asked) -> Answer:
    """Revenue and active customers over the period."""
    series, board, currency = asked.board["series"], asked.board, asked.currency
    now, before = series["now"], series["before"]
    figure = draw.time_figure(series, currency, asked.theme, board["label"], narrow=asked.narrow)
    revenue, earlier = (sum(each["revenue"] for each in bins) for bins in (now, before))
    text = f"{words.money_short(revenue, currency)} in {last_words(board['key'])}"
    change = change_words(float(revenue), float(earlier)) if before else ""
    text += f", {change} in {before_words(board['key'])}." if change else "."
    rows = [
        (
            span_words(each["start"], each["end"]) + (" (in part)" if each["partial"] else ""),
            words.money(each["revenue"], currency),
            words.count(each["customers"]),
            words.count(each["orders"]),
        )
        for each in now
    ]
    heads = (f"By {series['unit']}", "Revenue", "Customers", "Orders")
    return (
        figure,
        tables.note(text),
        tables.table(caption("Revenue and active customers", asked), heads, rows),
    )


def bridge(asked: Asked) -> Answer:
    """What changed revenue, by what customers did."""
    found, key, currency = asked.board["bridge"], asked.board["key"], asked.currency
    if not found:
        why = asked.board.get("bridge_why") or "There is no earlier time of the same length to compare with."
        return None, tables.note(why), None
    figure = draw.bridge_figure(found, currency, asked.theme, narrow=asked.narrow or asked.tablet)
    least = min(found["parts"], key=lambda part: part["amount"])
    most = max(found["parts"], key=lambda part: part["amount"])
    text = (
        f"From {words.money_short(found['before'], currency)} to {words.money_short(found['after'], currency)}: "
        f"most was lost by “{PARTS[least['key']][0]}” ({signed(least['amount'], currency)}) "
        f"and won by “{PARTS[most['key']][0]}” ({signed(most['amount'], currency)})."
    )
    if least["amount"] >= 0 or most["amount"] <= 0:
        text = f"From {words.money_short(found['before'], currency)} to {words.money_short(found['after'], currency)}."
    rows: list[tuple[Any, ...]] = [
        (_capital(before_words(key)), "", money_exact(found["before"], currency)),
        *(
            (
                tables.listed(PARTS[part["key"]][0], asked.listed(part["group"]), PARTS[part["key"]][1]),
                words.count(part["customers"]),
                money_exact(part["amount"], currency, sign=True),
            )
            for part in found["parts"]
        ),
        (_capital(last_words(key)), "", money_exact(found["after"], currency)),
    ]
    heads = ("What customers did", "Customers", "Revenue")
    table = tables.table(caption("What changed revenue", asked), heads, rows, strong=(0, len(rows) - 1))
    return figure, tables.note(text), table


def segments(asked: Asked) -> Answer:
    """How customers divide into segments, and what each brought."""
    key, currency = asked.board["key"], asked.currency
    found = split(asked.services, asked.analysis_id, key)
    if found is None:
        href = f"/segments?{urlencode({'analysis': asked.analysis_id})}"
        return (
            says("No segments yet.", asked.theme),
            tables.note(NO_SEGMENTS, "Open the segments page", href),
            None,
        )
    figure = draw.segment_figure(found.rows, currency, asked.theme, narrow=asked.narrow)
    customers = sum(row["customers"] for row in found.rows)
    revenue = sum(row["revenue"] for row in found.rows)
    text = ""
    if revenue > 0:
        best = max(found.rows, key=lambda row: row["revenue"])
        text = (
            f"{best['name']}: {words.part(best['customers'] / customers)} of the customers brought "
            f"{words.part(best['revenue'] / revenue)} of the revenue of {last_words(key)}."
        )

    def href_of(row: Mapping[str, Any]) -> str:
        query = {"analysis": asked.analysis_id, "segment": row["key"]}
        return f"/segments?{urlencode(query | ({} if found.first else {'segmentation': found.segmentation}))}"

    rows = [
        (
            tables.listed(tables.named(row["colour"], row["name"]), href_of(row)),
            words.count(row["customers"]),
            words.count(row["bought"]),
            words.money_short(row["revenue"], currency),
            words.part(row["revenue"] / revenue) if revenue > 0 else words.MISSING,
        )
        for row in found.rows
    ]
    heads = ("Segment", "Customers", "Bought", "Revenue", "Share")
    return figure, tables.note(text), tables.table(caption("Segments", asked), heads, rows)


def concentration(asked: Asked) -> Answer:
    """How much of the revenue the best customers bring."""
    found, currency = asked.board["concentration"], asked.currency
    figure = draw.concentration_figure(found, currency, asked.theme, narrow=asked.narrow)
    if not found or not found.get("curve"):
        why = asked.board.get("concentration_why") or ""
        return says(why, asked.theme) if why else figure, tables.note(""), None
    text = (
        f"The best tenth of those who bought, {words.plural(found['top_customers'], 'customer')}, brought "
        f"{words.part(found['top_share'])} of the revenue of {last_words(asked.board['key'])}."
    )
    rows = [
        (
            f"Best {words.percent(step)}",
            words.count(max(1, int(found["customers"] * step))),
            words.money_short(share_at(found["curve"], step) * found["revenue"], currency),
            words.percent(share_at(found["curve"], step), 1),
        )
        for step in STEPS
        if found["customers"] * step >= 1
    ]
    table = tables.table(
        caption("How concentrated revenue is", asked), ("Customers", "How many", "Revenue", "Share"), rows
    )
    return figure, tables.note(text, "See who", asked.listed(found["group"])), table


def cohorts(asked: Asked) -> Answer:
    """What became of customers, by the time of their first purchase, and which of it falls in the period."""
    board, found, unit = asked.board, asked.cohorts, str(asked.cohorts.get("unit") or "month")
    figure = draw.cohort_figure(
        found,
        asked.show,
        asked.as_,
        asked.currency,
        asked.theme,
        period=None if board["days"] is None else {**board, "words": last_words(board["key"])},
        narrow=asked.narrow,
        tablet=asked.tablet,
    )
    taken = in_period(asked.services.queries(asked.analysis_id), asked.analysis_id, board, unit)
    text = cohort_note(found, asked.currency, asked.show, taken)
    table = cohort_table(found, asked.currency, asked.show, asked.as_, asked.listed, taken)
    return figure, tables.note(text), table


def caption(title: str, asked: Asked) -> str:
    """The name of a chart's table, with its period."""
    return f"{title}, in figures: {period_words(asked.board['key'])}"


def share_at(curve: list[list[float]], at: float) -> float:
    """Share of revenue of the best `at` of the customers, between the points of the curve."""
    for (x0, y0), (x1, y1) in pairwise(curve):
        if x0 <= at <= x1:
            return y0 if x1 == x0 else y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return curve[-1][1]


def signed(amount: float, currency: str | None) -> str:
    """An amount with its sign: "+$1,234", "−$40"."""
    # A line may break after a sign: the word joiner says that none does.
    return f"{'−' if amount < 0 else '+'}\u2060{words.money_short(abs(amount), currency)}"


def money_exact(amount: float, currency: str | None, *, sign: bool = False) -> str:
    """An amount to the cent, as the ledger has it, with its sign where asked."""
    told = words.amount(abs(amount), 2, currency)
    return f"{'−' if amount < 0 else '+' if sign else ''}{told}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


DRAWN: Final[tuple[tuple[frames.Chart, str, Callable[[Asked], Answer]], ...]] = (
    (frames.TIME, ids.OVERVIEW_DRAW, time),
    (frames.BRIDGE, ids.OVERVIEW_DRAW, bridge),
    (frames.SEGMENTS, ids.OVERVIEW_DRAW, segments),
    (frames.CONCENTRATION, ids.OVERVIEW_DRAW, concentration),
    (frames.COHORTS, ids.OVERVIEW_DRAW_COHORTS, cohorts),
)


def answer(
    services: Services, work: Callable[[Asked], Answer], data: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A chart with its height and what is said beside it, or in words why it cannot be drawn."""
    if not data:
        raise PreventUpdate
    try:
        figure, note, table = work(Asked.read(services, data))
    except LapwingError as error:
        figure, note, table = says("This cannot be drawn.", str(data.get("theme"))), str(error), None
    figure = figure and scaled(figure, scale_of(data))
    height = figure.layout.height if figure else 0
    return {
        "figure": figure or BLANK_FIGURE,
        # A chart takes another class only with another style: "visible" is what it was anyway.
        "style": {"height": f"{height:.0f}px" if height else HEIGHT, "visibility": "visible"},
        "class": view.READY if figure else f"{view.READY} {view.NOTHING}",
        "note": note,
        "table": table,
    }


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the charts to `app`."""
    for chart, store, work in DRAWN:

        def drawn(data: Any, work: Callable[[Asked], Answer] = work) -> dict[str, Any]:
            return answer(services, work, data)

        app.callback(
            output={
                "figure": Output(chart.graph, "figure"),
                "style": Output(chart.graph, "style"),
                "class": Output(chart.graph, "className"),
                "note": Output(chart.note, "children"),
                "table": Output(chart.table, "children"),
            },
            inputs={"data": Input(store, "data")},
            prevent_initial_call=True,
        )(drawn)
        app.clientside_callback(
            ClientsideFunction("overview", "click"),
            Output(chart.graph, "clickData"),
            Input(chart.graph, "clickData"),
            State(ids.OVERVIEW_SHOWN, "data"),
            prevent_initial_call=True,
        )
