"""The segments page: whose segments, the one filter, and what is told of the customers that it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, ctx
from dash.dependencies import ClientsideFunction

from callbacks import segment_actions, segments_table, segments_views
from callbacks.segments_begin import DESCRIBED, describe
from callbacks.segments_headline import headline, values
from callbacks.segments_source import choose
from pages._ui import ids
from pages._ui.explorer_words import VIEWS
from pages._ui.tabs import tab_id

if TYPE_CHECKING:
    from callbacks.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the segments page to `app`."""
    _register_source(app, services)
    _register_filters(app, services)
    _register_scripts(app)
    _register_clicks(app)
    segments_views.register(app, services)
    segments_table.register(app, services)
    segment_actions.register(app, services)


def _register_source(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "sources": Output(ids.SEGMENTS_SOURCE, "options"),
            "source": Output(ids.SEGMENTS_SOURCE, "value"),
            "choices": Output(ids.SEGMENTS_CHOICE, "options"),
            "choice": Output(ids.SEGMENTS_CHOICE, "value"),
            "shown": Output(ids.SEGMENTS_SHOWN, "data"),
            "empty": Output(ids.SEGMENTS_EMPTY, "children"),
            "hidden": Output(ids.SEGMENTS_BODY, "hidden"),
            "work_hidden": Output(ids.SEGMENTS_WORK, "hidden"),
            "message": Output(ids.SEGMENTS_MESSAGE, "children"),
            "again": Output(ids.SEGMENTS_AGAIN, "class_name"),
        },
        inputs={
            "analysis_id": Input(ids.SHELL_DATASET, "value"),
            "source": Input(ids.SEGMENTS_SOURCE, "value"),
            "choice": Input(ids.SEGMENTS_CHOICE, "value"),
            "jobs": Input(ids.SHELL_JOBS_STATE, "data"),
            "again": Input(ids.SEGMENTS_AGAIN, "n_clicks"),
            "_edited": Input(ids.SEGMENTS_EDITED, "data"),
        },
        state={"start": State(ids.SEGMENTS_START, "data"), "shown": State(ids.SEGMENTS_SHOWN, "data")},
    )
    def _choose(_edited: Any, **given: Any) -> dict[str, Any]:
        return choose(services, **given, trigger=ctx.triggered_id)


def _register_filters(app: Dash, services: Services) -> None:
    @app.callback(
        output={name: Output(*place) for name, place in DESCRIBED.items()},
        inputs={
            "shown": Input(ids.SEGMENTS_SHOWN, "data"),
            "edited": Input(ids.SEGMENTS_EDITED, "data"),
        },
        state={
            "start": State(ids.SEGMENTS_START, "data"),
            "ready": State(ids.SEGMENTS_READY, "data"),
            "params": State(ids.SEGMENTS_FILTER, "data"),
        },
        prevent_initial_call=True,
    )
    def _describe(shown: Any, edited: Any, start: Any, ready: Any, params: Any) -> dict[str, Any]:
        return describe(services, shown, edited, start, ready, params)

    @app.callback(
        output={
            "count": Output(ids.SEGMENTS_COUNT, "children"),
            "count_note": Output(ids.SEGMENTS_COUNT_NOTE, "children"),
            "facts": Output(ids.SEGMENTS_FACTS, "children"),
            "chips": Output(ids.SEGMENTS_CHIPS, "children"),
            "legend": Output(ids.SEGMENTS_PICK, "options"),
            "key": Output(ids.SEGMENTS_LEGEND, "children"),
            "formats": Output(ids.SEGMENTS_FORMAT, "options"),
            "closed": Output(ids.SEGMENTS_DOWNLOAD, "disabled"),
            "clear_closed": Output(ids.SEGMENTS_CLEAR, "disabled"),
            "table_note": Output(ids.SEGMENTS_TABLE_NOTE, "children"),
        },
        inputs={"told": Input(ids.SEGMENTS_TOLD, "data")},
        prevent_initial_call=True,
    )
    def _headline(told: Any) -> dict[str, Any]:
        return headline(services, (told or {}).get("filter"))

    @app.callback(
        Output(ids.SEGMENTS_VALUE, "options"),
        Input(ids.SEGMENTS_READY, "data"),
        Input(ids.SEGMENTS_CATEGORY, "value"),
        prevent_initial_call=True,
    )
    def _values(ready: Any, attribute: Any) -> list[dict[str, Any]]:
        return values(services, ready, attribute)


def _register_scripts(app: Dash) -> None:
    def script(name: str, *arguments: Any, **extra: Any) -> None:
        app.clientside_callback(ClientsideFunction("segments", name), *arguments, **extra)

    script(
        "collect",
        Input(ids.SEGMENTS_READY, "data"),
        Input(ids.SEGMENTS_PICK, "value"),
        Input(ids.SEGMENTS_CLV, "value"),
        Input(ids.SEGMENTS_CHURN, "value"),
        Input(ids.SEGMENTS_SEARCH, "value"),
        Input(ids.SEGMENTS_EXTRA, "data"),
    )
    script(
        "ask",
        # Without an output on this page it would be run on every page: the theme is everywhere.
        Output(ids.SEGMENTS_ASKED, "data"),
        Input(ids.SEGMENTS_TOLD, "data"),
        Input(ids.SEGMENTS_OPEN, "data"),
        Input(ids.SHELL_THEME_VALUE, "data"),
        Input(ids.SEGMENTS_X, "value"),
        Input(ids.SEGMENTS_Y, "value"),
        Input(ids.SEGMENTS_METRIC, "value"),
        Input(ids.SEGMENTS_BY, "value"),
        Input(ids.SEGMENTS_COLUMNS, "value"),
        State(ids.SEGMENTS_READY, "data"),
    )
    script(
        "addValue",
        Output(ids.SEGMENTS_VALUE, "value"),
        Input(ids.SEGMENTS_VALUE, "value"),
        State(ids.SEGMENTS_CATEGORY, "value"),
        prevent_initial_call=True,
    )
    script("clear", Input(ids.SEGMENTS_CLEAR, "n_clicks"), prevent_initial_call=True)
    script(
        "follow",
        Input(ids.SEGMENTS_SOURCE, "value"),
        State(ids.SHELL_DATASET, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("lapwing", "tab"),
        Output(ids.SEGMENTS_OPEN, "data"),
        *(Input(tab_id("segments", view), "n_clicks") for view in VIEWS),
        prevent_initial_call=True,
    )


def _register_clicks(app: Dash) -> None:
    def click(name: str, chart: str, *more: State, on: str = "clickData") -> None:
        app.clientside_callback(
            ClientsideFunction("segments", name),
            # Used up: the same thing can be clicked again.
            Output(chart, on),
            Input(chart, on),
            *more,
            prevent_initial_call=True,
        )

    for chart in (
        ids.SEGMENTS_SIZES,
        ids.SEGMENTS_DONUT,
        ids.SEGMENTS_MAP,
        ids.SEGMENTS_GRID,
        ids.SEGMENTS_PCA,
        ids.SEGMENTS_BOXES,
        ids.SEGMENTS_HEAT,
    ):
        click("click", chart)
    for chart in (ids.SEGMENTS_SPACE, ids.SEGMENTS_PCA_SPACE):
        click("clickSpace", chart, State(chart, "figure"))
    click("clickMakeup", ids.SEGMENTS_MAKEUP, State(ids.SEGMENTS_BY, "value"))
    click("clickFlow", ids.SEGMENTS_FLOWS)
    click("lasso", ids.SEGMENTS_MAP, State(ids.SEGMENTS_X, "value"), State(ids.SEGMENTS_Y, "value"), on="selectedData")  # fmt: skip
    click("lassoPlane", ids.SEGMENTS_PCA, on="selectedData")
