"""The form for one customer: what is filled in, what cannot be, and the answer of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks.customer import interval_share
from callbacks.facts import Facts
from callbacks.predict_profile import advice_for, belongs_to, number, profile_of
from data.errors import InputError, LapwingError
from data.fill_in import Values, complete
from data.impossible import problems
from data.names import FEATURES
from data.similar import NEAREST, medians
from figures import words
from jobs.one import score_one
from pages._ui import ids
from pages._ui import predict_answer as answers
from pages._ui import predict_one as view
from pages._ui.controls import problem
from pages._ui.customer import Frame

if TYPE_CHECKING:
    from callbacks.services import Services

ONE = "one"
Texts = Mapping[str, Any]


@dataclass(frozen=True)
class Described:
    """A customer as the form describes them: what was written, what is wrong with it, and all FEATURES.

    `start` is the customer of the analysis it starts from, None for a typical one.
    """

    known: dict[str, float]
    wrong: dict[str, str]
    values: Values
    start: dict[str, Any] | None


def described(services: Services, analysis_id: str, start: str | None, texts: Texts) -> Described:
    """Read the form over an analysis; what is wrong counts as not written. Raises NotFoundError for an unknown start."""
    known: dict[str, float] = {}
    wrong: dict[str, str] = {}
    for name in FEATURES:
        try:
            value = view.read(name, texts.get(name))
        except ValueError as error:
            wrong[name] = str(error)
        else:
            if value is not None:
                known[name] = value
    usable = dict(known)
    # What is wrong can hide what else is.
    while found := problems(usable):
        wrong |= found
        usable = {name: value for name, value in usable.items() if name not in found}
    queries = services.queries(analysis_id)
    if not set(FEATURES) <= set(queries.columns["next"]):
        raise InputError(
            "This analysis was made by an older version of Lapwing, which did not keep all features. Analyse the "
            "data set again on the Data page."
        )
    customer_id = (start or "").strip()
    own = queries.customer("next", customer_id) if customer_id else None
    base = _features(own) if own else medians(queries, usable)
    return Described(known, wrong, complete(usable, base, own=own is not None), own)


def _features(customer: Mapping[str, Any]) -> Values:
    return {name: number(customer[name]) for name in FEATURES}


def fill(
    services: Services,
    analysis_id: str | None,
    start: str | None,
    texts: Texts,
    scored: dict[str, Any] | None,
) -> dict[str, Any]:
    """What the form shows after a change: greyed values, sentences at fields, and whether the answer is of before."""
    if not analysis_id:
        raise PreventUpdate
    try:
        currency = Facts.of(services, analysis_id).currency
        try:
            found, told, amiss = described(services, analysis_id, start, texts), "", False
        except LapwingError as error:
            found, told, amiss = described(services, analysis_id, None, texts), str(error), True
    except LapwingError as error:
        raise PreventUpdate from error
    if found.start:
        told = view.started_from(found.start, currency)
    like = str(found.start["customer_id"]) if found.start else ""
    return {
        "placeholders": {name: view.written(name, found.values[name]) for name in FEATURES},
        "wrong": {name: name in found.wrong for name in FEATURES},
        "notes": {name: _note(name, texts.get(name), found) for name in FEATURES},
        "start": told or "Empty: a typical customer of the analysis, the median of each feature.",
        "unknown": amiss,
        "note": view.filled_words(like, NEAREST, currency),
        "current": scored is None or scored == _scored(analysis_id, found),
    }


def _note(name: str, text: Any, found: Described) -> Any:
    """What stands below a field: what is wrong; for those who do not see the grey value, that it was filled in."""
    if name in found.wrong:
        return found.wrong[name]
    return None if str(text or "").strip() else view.filled_note(name, found.values[name])


def score(services: Services, analysis_id: str | None, start: str | None, texts: Texts) -> dict[str, Any]:
    """The answer for the customer in the form. Raises LapwingError in words where there is none."""
    facts = Facts.of(services, analysis_id or "")
    found = described(services, facts.analysis_id, start, texts)
    if found.wrong:
        named = ", ".join(view.label(name) for name in FEATURES if name in found.wrong)
        raise InputError(f"Not scored yet: {named}. What is wrong stands at the field.")
    one = score_one(services.store.home, facts.analysis_id, found.values)
    told = answers.Answer(
        title=_title(found),
        as_of=words.day(facts.last_date),
        values={**found.values, **one.values},
        frame=Frame(
            "next", facts.horizon_days, facts.currency, interval_share(services.analysis(facts.analysis_id))
        ),
        outside=one.outside,
        belongs=[belongs_to(place) for place in one.places],
        advice=advice_for(services, one.places),
        profile=profile_of(services, one, found.values),
        segments_page=f"/segments?analysis={facts.analysis_id}",
    )
    return {
        "answer": answers.answer(told),
        "status": _status(told),
        "scored": _scored(facts.analysis_id, found),
    }


def _scored(analysis_id: str, found: Described) -> dict[str, Any]:
    """What an answer is about: it is one of before where this is another."""
    return {"analysis": analysis_id, **found.values}


def _title(found: Described) -> str:
    if found.start is None:
        return "This customer" if found.known else "A typical customer"
    changed = ", as changed" if found.known else ""
    return f"Customer {found.start['customer_id']}{changed}"


def _status(told: answers.Answer) -> str:
    named = "".join(f" {each.kind}: {each.name}." for each in told.belongs)
    return (
        f"Scored: {words.percent(told.values['pred_prob'])} likely to buy within {told.frame.horizon_days} days, "
        f"{words.money(told.values['pred_spend'], told.frame.currency)} expected.{named}"
    )


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the tabs and of the form for one customer to `app`."""
    fields = {name: view.field_id(name) for name in FEATURES}

    # Opening a part of the page needs nothing from the server.
    app.clientside_callback(
        ClientsideFunction("lapwing", "tab"),
        Output(ids.PREDICT_TAB, "data"),
        *(Input(view.tab_id(name), "n_clicks") for name in view.TABS),
        prevent_initial_call=True,
    )
    app.clientside_callback(ClientsideFunction("lapwingPredict", "opened"), Input(ids.PREDICT_TAB, "data"))
    app.clientside_callback(
        ClientsideFunction("lapwingPredict", "asked"),
        Output(ids.PREDICT_ONE_ASKED, "data"),
        Input(ids.PREDICT_ONE_FORM, "n_submit"),
        prevent_initial_call=True,
    )

    @app.callback(
        output={
            "placeholders": {name: Output(field, "placeholder") for name, field in fields.items()},
            "wrong": {name: Output(field, "invalid") for name, field in fields.items()},
            "notes": {name: Output(view.note_id(name), "children") for name in fields},
            "start": Output(ids.PREDICT_ONE_START_NOTE, "children"),
            "unknown": Output(ids.PREDICT_ONE_START, "invalid"),
            "note": Output(ids.PREDICT_ONE_NOTE, "children"),
            "current": Output(ids.PREDICT_ONE_STALE, "hidden"),
        },
        inputs={
            "texts": {name: Input(field, "value") for name, field in fields.items()},
            "start": Input(ids.PREDICT_ONE_START, "value"),
            "analysis_id": Input(ids.PREDICT_MODEL, "value"),
            "tab": Input(ids.PREDICT_TAB, "data"),
            "scored": Input(ids.PREDICT_ONE_SCORED, "data"),
        },
    )
    def _(texts: Any, start: Any, analysis_id: Any, tab: Any, scored: Any) -> dict[str, Any]:
        if tab != ONE:
            raise PreventUpdate
        return fill(services, analysis_id, start, texts, scored)

    @app.callback(
        output={
            "answer": Output(ids.PREDICT_ONE_ANSWER, "children"),
            "status": Output(ids.PREDICT_ONE_STATUS, "children"),
            "scored": Output(ids.PREDICT_ONE_SCORED, "data"),
        },
        inputs={"_asked": Input(ids.PREDICT_ONE_ASKED, "data")},
        state={
            "texts": {name: State(field, "value") for name, field in fields.items()},
            "start": State(ids.PREDICT_ONE_START, "value"),
            "analysis_id": State(ids.PREDICT_MODEL, "value"),
        },
        running=[
            (Output(ids.PREDICT_ONE_SCORE, "disabled"), True, False),
            (Output(ids.PREDICT_ONE_BUSY, "hidden"), False, True),
        ],
        prevent_initial_call=True,
    )
    def _(_asked: Any, texts: Any, start: Any, analysis_id: Any) -> dict[str, Any]:
        if not _asked:
            raise PreventUpdate
        try:
            return score(services, analysis_id, start, texts)
        except LapwingError as error:
            return {"answer": problem(str(error)), "status": "", "scored": None}

    @app.callback(
        output={
            "texts": {name: Output(field, "value") for name, field in fields.items()},
            "start": Output(ids.PREDICT_ONE_START, "value"),
        },
        inputs={"_clear": Input(ids.PREDICT_ONE_CLEAR, "n_clicks")},
        prevent_initial_call=True,
    )
    def _(_clear: Any) -> dict[str, Any]:
        return {"texts": dict.fromkeys(fields, ""), "start": ""}
