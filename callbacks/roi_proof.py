"""The tab "Plan the proof": what a test can measure, and the campaigns that are saved to be tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output
from dash.exceptions import PreventUpdate

from callbacks import roi_proof_saved
from callbacks.facts import Facts
from callbacks.roi_begin import read_params
from data.errors import LapwingError
from figures import words
from figures.roi_proof import detectable
from figures.theme import says
from models.campaign.power import Detection, Proof, plan
from pages._ui import ids
from pages._ui import roi_proof as view
from pages._ui.controls import problem
from pages._ui.roi_result_words import money

if TYPE_CHECKING:
    from callbacks.services import Services

Params = Mapping[str, Any]


def proof_of(services: Services, asked: Params) -> Proof:
    """What a test of the contacted customers of the question can measure."""
    book = services.campaign(str(asked["analysis"]))
    params = read_params(asked, book.start)
    text = str(asked["audience"])
    params = replace(params, contacted=min(params.contacted, book.audience(text).size))
    # How many are left out of a test changes nothing of who would be contacted.
    customers = book.contacted(text, replace(params, holdout=book.start.holdout))
    return plan(customers, params)


def shown(services: Services, asked: Params, theme: str) -> tuple[Any, Any, str]:
    """The answer in words and figures, its chart and what the chart shows."""
    try:
        found = proof_of(services, asked)
        currency = Facts.of(services, str(asked["analysis"])).currency
    except LapwingError as error:
        return problem(str(error)), says("There is no test to plan.", theme), ""
    figure = detectable(found.to_dict(), currency, theme, narrow=bool(asked.get("narrow")))
    note = (
        "The lines are the smallest difference in profit per customer that a test finds four times out of five. Where they lie "
        "below the dotted line, the difference that is expected can be measured. Corrected (CUPED): what predicted spend tells "
        "of a customer is taken out, so that less is left to chance."
    )
    return view.answer(in_words(found, currency)), figure, note


def in_words(found: Proof, currency: str | None) -> dict[str, Any]:
    """A plan as the sentences and cells of `view.answer`."""
    measures = list(found.measures.values())
    can = found.measures["profit"].power_cuped >= 0.8
    explained = (
        f"{words.count(found.treated)} contacted, {words.count(found.held_out)} left out "
        f"({words.percent(found.share)}). Predicted spend explains {words.part(found.explained)} of how much customers differ."
    )
    cost = (
        f"Leaving them out forgoes about {money(found.holdout_cost, currency)} of expected profit: the price of knowing."
        if found.holdout_cost > 0
        else "Leaving them out costs nothing: no profit is expected of them."
    )
    return {
        "verdict": words.prose(found.verdict_in(lambda value: money(value, currency)), fractions=False),
        "tone": "more" if can else "unclear",
        "advice": [
            explained,
            cost,
            *(words.prose(text) for text in found.cautions),
            *([] if can else [_instead(found)]),
        ],
        "head": [
            "Outcome per customer",
            "Expected difference",
            "Smallest measurable",
            "… corrected (CUPED)",
            "Chance to find it",
            "To leave out",
        ],
        "rows": [_row(each, found.customers, currency) for each in measures],
    }


def _instead(found: Proof) -> str:
    """What would make it measurable."""
    one = found.measures["profit"]
    if one.needed_cuped is not None:
        return f"What would: a holdout of {words.percent(one.needed_cuped / found.customers)}."
    if one.customers_needed_cuped is not None:
        return (
            "What would: more customers in the audience, a stronger offer, or the same campaign repeated with a holdout each "
            "time, read together."
        )
    return "What would: an offer that is expected to change the profit at all."


def _row(each: Detection, customers: int, currency: str | None) -> list[str]:
    found = (each.expected, each.smallest, each.smallest_cuped)
    if each.key != "conversion":
        told = words.column(found, currency)
    else:
        told = [
            f"{words.marks(f'{100 * value:.2f}')} points" if abs(value) <= 1 else "more than everybody"
            for value in found
        ]
    if each.needed_cuped is not None:
        needed = f"{words.count(each.needed_cuped)} ({words.percent(each.needed_cuped / customers)})"
    elif each.customers_needed_cuped is not None:
        needed = f"not with {words.count(customers)}: it takes {words.count(each.customers_needed_cuped)}"
    else:
        needed = "no difference expected"
    return [
        each.label,
        *told,
        words.percent(each.power_cuped),
        needed,
    ]


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the tab to `app`."""
    roi_proof_saved.register(app, services)

    @app.callback(
        Output(ids.ROI_PROOF, "children"),
        Output(ids.ROI_PROOF_FIGURE, "figure"),
        Output(ids.ROI_PROOF_NOTE, "children"),
        Input(ids.ROI_ASKED, "data"),
        Input(ids.ROI_OPEN, "data"),
        Input(ids.SHELL_THEME_VALUE, "data"),
    )
    def _(asked: Any, opened: Any, theme: Any) -> tuple[Any, ...]:
        # While a slider moves only the answer above follows.
        if opened != "proof" or not asked or not theme or asked.get("moving"):
            raise PreventUpdate
        return shown(services, asked, theme)
