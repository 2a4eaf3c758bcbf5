"""Scenarios of the ROI page: saved under a name, opened again, shared, compared and deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks import roi_links
from callbacks.answers import clicked
from callbacks.roi_exact import Asked, address, plain
from callbacks.roi_words import said
from callbacks.segment_actions_common import TOASTS, failed, pressed, told
from callbacks.segments_asked import own_height
from data.campaign import audiences
from data.campaign.plans import save_scenario
from data.errors import LapwingError, NotFoundError, StoreError
from figures import words
from figures.roi_sides import compare
from jobs.campaign_customers import start_of
from models.campaign.params import CampaignParams
from pages._ui import ids
from pages._ui import roi_scenarios as view
from pages._ui.controls import problem
from pages._ui.roi_compare import Column, comparison, differing
from pages._ui.roi_parts import share, singular
from pages._ui.shell import toast

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Scenario, Store

NOTHING: Final = "There is no question on screen yet: upload data or try the sample on the data page."
EDITED: Final = Output(ids.ROI_EDITED, "data", allow_duplicate=True)
FEWEST: Final = 2


def describe(services: Services, asked: Mapping[str, Any] | None) -> tuple[list[Any], str]:
    """The question and answer that would be saved, and a name for them; raises as `Asked.of` does."""
    found = Asked.of(services, asked or {})
    verdict = plain(said(found.answer, found.facts.currency)[1])
    taken = {one.name.casefold() for one in services.store.scenarios(series_of(services, found))}
    return view.what(found.question, f"{verdict[:1].upper()}{verdict[1:]}."), suggested(found, taken)


def series_of(services: Services, asked: Asked) -> str:
    """Id of the first version of the data set that a question is about."""
    return audiences.series_of(services.store, asked.book.analysis)


def suggested(asked: Asked, taken: set[str]) -> str:
    """A name from the settings that no scenario has yet: "15 % off to 500 at-risk customers"."""
    params, who = asked.params, asked.chosen.phrase
    whom = f"{words.count(params.contacted)} {who if params.contacted != 1 else singular(who)}"
    name = f"{share(params.discount)} off to {whom}" if params.discount else f"Nothing off to {whom}"
    found, number = _short(name), 2
    while found.casefold() in taken:
        found, number = _short(name, f" ({number})"), number + 1
    return found


def _short(name: str, end: str = "") -> str:
    room = view.NAME_LENGTH - len(end)
    return (name if len(name) <= room else name[: room - 1].rstrip() + "…") + end


def save(services: Services, asked: Mapping[str, Any], name: str | None) -> str:
    """Save the question with its answer; returns its name.

    InputError for a name that is empty, too long or taken by a scenario of the same data set.
    """
    found = Asked.of(services, asked)
    given = " ".join((name or "").split())
    made = save_scenario(services.store, found.book, found.text, found.params, given)
    return services.store.scenario(made).name


def saved(services: Services, analysis_id: str, picked: Sequence[str]) -> list[Any]:
    """The scenarios of the data set on screen, and how many there are of others."""
    store, every = services.store, services.store.scenarios()
    series = audiences.series_of(store, store.analysis(analysis_id))
    here = [one for one in every if one.series == series]
    starts = _Starts(store)
    return view.saved_scenarios([_saved(one, starts) for one in here], picked, len(every) - len(here))


class _Starts:
    """What the page begins with for each analysis, read once; None for one that is not there any more."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[str, tuple[CampaignParams, str] | None] = {}

    def of(self, analysis_id: str) -> tuple[CampaignParams, str] | None:
        """Start and name of an analysis."""
        if analysis_id not in self._known:
            try:
                analysis = self.store.analysis(analysis_id)
                made = dt.datetime.fromisoformat(analysis.created_at).astimezone()
                self._known[analysis_id] = start_of(analysis), f"{analysis.name} of {made:%-d %b %Y, %H:%M}"
            except (NotFoundError, StoreError):
                self._known[analysis_id] = None
        return self._known[analysis_id]


def _saved(found: Scenario, starts: _Starts) -> view.Saved:
    facts, results, currency = found.manifest, found.manifest["results"], found.manifest["currency"]
    known, params = starts.of(facts["analysis_id"]), params_of(found)
    made = dt.datetime.fromisoformat(found.created_at).astimezone()
    net, low, high = (words.money_short(results[key], currency) for key in ("net_profit", "low", "high"))
    return view.Saved(
        id=found.id,
        name=found.name,
        audience=str(facts["audience_label"]),
        contacted=int(results["contacted"]),
        settings=differing(params, known[0] if known else CampaignParams(), currency),
        net=net,
        low=low,
        high=high,
        roi=words.percent(results["roi"]),
        probability=words.percent(results["probability_of_profit"]),
        made=f"{made:%-d %b %Y, %H:%M}",
        analysis=analysis_words(found, starts),
        address=address(facts["analysis_id"], facts["audience"], params.to_dict()) if known else None,
    )


def analysis_words(found: Scenario, starts: _Starts) -> str:
    """The analysis of a scenario's numbers, by name or, where it is gone, by id."""
    known, as_of = starts.of(found.manifest["analysis_id"]), words.day(found.manifest["as_of"])
    name = known[1] if known else f"{found.manifest['analysis_id']}, deleted since"
    return f"Analysis {name}, customers as of {as_of}"


def params_of(found: Scenario) -> CampaignParams:
    """The parameters of a scenario."""
    return CampaignParams.from_params(found.manifest["params"], CampaignParams())


def side_by_side(
    services: Services, picked: Sequence[str] | None, theme: str | None, *, narrow: bool
) -> dict[str, Any]:
    """Chart and table of the chosen scenarios; hidden for fewer than two."""
    wanted = set(picked or ())
    found = [one for one in services.store.scenarios() if one.id in wanted]
    if len(found) < FEWEST:
        return {"hidden": True, "figure": no_update, "style": no_update, "table": None}
    starts = _Starts(services.store)
    columns = [_column(one, starts) for one in found]
    rows = [{"id": one.id, "name": one.name, **one.manifest["results"]} for one in found]
    figure = compare(rows, columns[0].currency, theme, narrow=narrow)
    return {"hidden": False, "figure": figure, "style": own_height(figure), "table": comparison(columns)}


def _column(found: Scenario, starts: _Starts) -> Column:
    facts = found.manifest
    return Column(
        found.name,
        str(facts["audience_label"]),
        analysis_words(found, starts),
        params_of(found),
        facts["results"],
        facts["currency"],
    )


def ask_delete(services: Services, scenario_id: str) -> dict[str, Any]:
    """The question before a scenario is deleted."""
    found = services.store.scenario(scenario_id)
    return {
        "open": True,
        "text": f"“{found.name}” will be removed from the workspace, and links to the question stay valid.",
        "about": found.id,
    }


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of scenarios, and those of the links to files, to `app`."""
    _register_keep(app, services)
    _register_saved(app, services)
    _register_delete(app, services)
    roi_links.register(app)


def _register_keep(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ROI_KEEP_PANEL, "is_open", allow_duplicate=True),
        Output(ids.ROI_KEEP_WHAT, "children"),
        Output(ids.ROI_KEEP_NAME, "value"),
        # What is saved is what was on screen when the button was pressed.
        Output(ids.ROI_KEEP_ABOUT, "data"),
        Output(ids.ROI_KEEP_MESSAGE, "children", allow_duplicate=True),
        TOASTS,
        Input(ids.ROI_KEEP, "n_clicks"),
        State(ids.ROI_ASKED, "data"),
        prevent_initial_call=True,
    )
    def _open(_clicks: Any, asked: Any) -> tuple[Any, ...]:
        pressed()
        if not asked:
            return *[no_update] * 5, failed(NOTHING)
        try:
            what, name = describe(services, asked)
        except LapwingError as error:
            return *[no_update] * 5, failed(str(error))
        return True, what, name, asked, None, no_update

    @app.callback(
        output={
            "open": Output(ids.ROI_KEEP_PANEL, "is_open"),
            "message": Output(ids.ROI_KEEP_MESSAGE, "children"),
            "edited": EDITED,
            "toasts": TOASTS,
        },
        inputs={
            "_save": Input(ids.ROI_KEEP_SAVE, "n_clicks"),
            "_enter": Input(ids.ROI_KEEP_NAME, "n_submit"),
            "_cancel": Input(ids.ROI_KEEP_CANCEL, "n_clicks"),
        },
        state={
            "asked": State(ids.ROI_KEEP_ABOUT, "data"),
            "name": State(ids.ROI_KEEP_NAME, "value"),
            "edited": State(ids.ROI_EDITED, "data"),
        },
        prevent_initial_call=True,
    )
    def _save(_save: Any, _enter: Any, _cancel: Any, asked: Any, name: Any, edited: Any) -> dict[str, Any]:
        same = {"open": no_update, "message": no_update, "edited": no_update, "toasts": no_update}
        if pressed() == ids.ROI_KEEP_CANCEL or not asked:
            return same | {"open": False}
        try:
            found = save(services, asked, name)
        except LapwingError as error:
            return same | {"message": problem(str(error))}
        text = f"“{found}” is among the saved scenarios, in the tab Scenarios."
        done = toast(f"roi-scenario-{edited}", "Scenario saved", text)
        return {"open": False, "message": None, "edited": (edited or 0) + 1, "toasts": told(done)}


def _register_saved(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ROI_SAVED, "children"),
        Input(ids.ROI_READY, "data"),
        Input(ids.ROI_OPEN, "data"),
        Input(ids.ROI_EDITED, "data"),
        State(ids.ROI_PICKED, "data"),
        State(ids.ROI_START, "data"),
    )
    def _list(ready: Any, view_open: Any, _edited: Any, picked: Any, start: Any) -> Any:
        if not ready or view_open != "scenarios":
            raise PreventUpdate
        chosen = str((start or {}).get("compare") or "").split(",") if picked is None else picked
        try:
            return saved(services, str(ready["analysis"]), chosen)
        except LapwingError as error:
            return problem(str(error))

    app.clientside_callback(
        ClientsideFunction("roiScenarios", "picked"),
        Output(ids.ROI_PICKED, "data"),
        Input({"type": view.PICK, "id": ALL}, "value"),
        State({"type": view.PICK, "id": ALL}, "id"),
        prevent_initial_call=True,
    )

    @app.callback(
        output={
            "hidden": Output(ids.ROI_COMPARE_BOX, "hidden"),
            "figure": Output(ids.ROI_COMPARE_CHART, "figure"),
            "style": Output(ids.ROI_COMPARE_CHART, "style"),
            "table": Output(ids.ROI_COMPARE, "children"),
        },
        inputs={
            "picked": Input(ids.ROI_PICKED, "data"),
            "theme": Input(ids.SHELL_THEME_VALUE, "data"),
            "asked": State(ids.ROI_ASKED, "data"),
        },
        prevent_initial_call=True,
    )
    def _compare(picked: Any, theme: Any, asked: Any) -> dict[str, Any]:
        return side_by_side(services, picked, theme, narrow=bool((asked or {}).get("narrow")))


def _register_delete(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "open": Output(ids.ROI_ASK, "is_open", allow_duplicate=True),
            "text": Output(ids.ROI_ASK_TEXT, "children"),
            "about": Output(ids.ROI_ASK_ABOUT, "data"),
            "toasts": TOASTS,
        },
        inputs={"_delete": Input({"type": view.DELETE, "id": ALL}, "n_clicks")},
        prevent_initial_call=True,
    )
    def _ask(_delete: Any) -> dict[str, Any]:
        try:
            return ask_delete(services, clicked()[1]) | {"toasts": no_update}
        except LapwingError as error:
            same = dict.fromkeys(("open", "text", "about"), no_update)
            return same | {"toasts": failed(str(error))}

    @app.callback(
        output={"open": Output(ids.ROI_ASK, "is_open"), "edited": EDITED, "toasts": TOASTS},
        inputs={"_yes": Input(ids.ROI_ASK_YES, "n_clicks"), "_no": Input(ids.ROI_ASK_NO, "n_clicks")},
        state={"about": State(ids.ROI_ASK_ABOUT, "data"), "edited": State(ids.ROI_EDITED, "data")},
        prevent_initial_call=True,
    )
    def _delete(_yes: Any, _no: Any, about: Any, edited: Any) -> dict[str, Any]:
        same = {"open": False, "edited": no_update, "toasts": no_update}
        if pressed() != ids.ROI_ASK_YES or not about:
            return same
        changed = same | {"edited": (edited or 0) + 1}
        try:
            name = services.store.scenario(str(about)).name
            services.store.delete_scenario(str(about))
        except LapwingError as error:
            return changed | {"toasts": failed(str(error))}
        done = toast(f"roi-scenario-gone-{edited}", "Scenario deleted", f"“{name}” is gone.")
        return changed | {"toasts": told(done)}
