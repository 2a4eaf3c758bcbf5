"""The settings of an analysis on the data page: ids, controls and what they start with."""

from __future__ import annotations

from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from figures.words import count
from models.candidates import PROPENSITY
from models.params import LIMITS
from pages._ui.glossary import linked

ANALYSE: Final = "data-analyse"
CUTOFF: Final = "data-cutoff"
HORIZON: Final = "data-horizon"
MARGIN: Final = "data-margin"
MODELS: Final = "data-models"
TUNE: Final = "data-tune"
SEED: Final = "data-seed"
RESET: Final = "data-analyse-reset"
START: Final = "data-analyse-start"
MESSAGE: Final = "data-analyse-message"
# Control -> its words and the parameter behind it, of those that are numbers.
NUMBERS: Final = {
    HORIZON: ("Days to predict", "horizon_days"),
    MARGIN: ("Margin", "margin"),
    SEED: ("Seed", "seed"),
}
# Parameters that people give in hundredths.
PERCENT: Final = ("margin",)
MODEL_OPTIONS: Final = [{"label": one.label, "value": one.name} for one in PROPENSITY if not one.baseline]


def defaults() -> dict[str, Any]:
    """What every control starts with, by its id."""
    numbers = {control: bounds(control)[2] for control in NUMBERS}
    return {
        CUTOFF: None,
        **numbers,
        MODELS: [option["value"] for option in MODEL_OPTIONS],
        TUNE: True,
    }


def bounds(control: str) -> tuple[int, int, int]:
    """Smallest, largest and first value of a number as its field has it: margins in percent."""
    parameter = NUMBERS[control][1]
    limit, times = LIMITS[parameter], 100 if parameter in PERCENT else 1
    return round(limit.low * times), round(limit.high * times), round(limit.default * times)


def out_of_range(control: str) -> str:
    """What a number has to be, in a sentence."""
    low, high, _ = bounds(control)
    words, parameter = NUMBERS[control]
    if parameter in PERCENT:
        return f"{words} must be a number from {low} to {high} %."
    return f"{words} must be a whole number from {count(low)} to {count(high)}."


def analyse_form() -> Component:
    """What an analysis can be told; hidden until a data set is selected."""
    start = defaults()
    # Browsers' own date field; the component passes it on but does not list it.
    calendar: Any = "date"
    return html.Details(
        [
            html.Summary("Analyse"),
            html.Div(
                [
                    _field(
                        "Cutoff date",
                        dbc.Input(id=CUTOFF, type=calendar),
                        CUTOFF,
                        "The models learn from what came before this day. Empty: the last date less the days to predict.",
                    ),
                    _number(HORIZON, "How far ahead to look, after the cutoff and after the last date."),
                ],
                className="data-fields",
            ),
            html.Details(
                [
                    html.Summary("More settings"),
                    html.Div(
                        [
                            _number(
                                MARGIN,
                                "Percent of net spend that is left after the cost of the goods. Turns predicted spend into margin;"
                                " it changes no prediction.",
                            ),
                            _number(SEED, "Of everything random: the same seed gives the same numbers."),
                        ],
                        className="data-fields",
                    ),
                    html.Fieldset(
                        [
                            html.Legend("Models"),
                            html.P(
                                "Those that compete to tell who buys; the best serves, and a simpler one where it is no worse."
                                " Fewer are faster.",
                                className="lw-soft",
                            ),
                            dbc.Checklist(id=MODELS, options=MODEL_OPTIONS, value=start[MODELS]),
                        ],
                        className="data-models",
                    ),
                    dbc.Switch(id=TUNE, label="Tune learning rates", value=start[TUNE]),
                    html.P(
                        "Try several speeds of learning and keep the best of each model. Off is faster and a little less"
                        " exact.",
                        className="lw-soft",
                    ),
                    dbc.Button("Reset to defaults", id=RESET, color="link", size="sm"),
                ],
                className="lw-more",
            ),
            html.Div(id=MESSAGE),
            dbc.Button("Analyse", id=START, color="secondary", outline=True),
        ],
        id=ANALYSE,
        className="data-details",
        hidden=True,
    )  # fmt: skip


def _number(control: str, help_text: str) -> Component:
    low, high, first = bounds(control)
    words, parameter = NUMBERS[control]
    step: Any = "any" if parameter in PERCENT else 1
    field = dbc.Input(id=control, type="number", min=low, max=high, step=step, value=first, required=True)
    unit = " %" if parameter in PERCENT else ""
    return _field(
        words, field, control, f"{help_text} From {count(low)} to {count(high)}{unit}.", out_of_range(control)
    )


def _field(label: str, control: Component, control_id: str, help_text: str, wrong: str = "") -> Component:
    return html.Div(
        [
            dbc.Label(linked(label), html_for=control_id),
            control,
            html.Div(
                [
                    html.P(help_text, className="lw-soft"),
                    # In the place of the help, while the browser finds the value out of its limits: a line more
                    # would move what the person is just clicking on.
                    html.P(wrong, className="data-wrong", role="alert") if wrong else None,
                ],
                className="data-helps",
            ),
        ],
        className="data-field",
    )
