"""The tab "Read the result": its form, its sentences and its files, from a readout worked out for real."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from dash import Dash
from dash.development.base_component import Component

from callbacks.roi_readout_files import csv_of
from callbacks.roi_readout_form import arms, form
from models.campaign.params import CampaignParams
from models.campaign.readout import read_out
from pages._ui import roi_readout as view
from pages._ui.roi_readout_work import Work, panel
from pages._ui.roi_result import CHARTS, result
from pages._ui.roi_result_words import between, profit_sentence, sentence

SEEN = {
    "name": "r.csv",
    "rows": 40,
    "columns": [
        {
            "name": "arm",
            "examples": ["a", "control"],
            "values": [["a", 20], ["control", 20]],
            "is_number": False,
        },
        {"name": "spend", "examples": ["1", "2"], "values": [], "is_number": True},
    ],
    "roles": {"arm": "arm", "spend": "spend", "customer_id": "", "converted": "", "covariate": ""},
    "control": "control",
}


@pytest.fixture(scope="module", autouse=True)
def _app() -> None:
    # Addresses of downloads are those of an app.
    Dash(__name__)


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    draw = np.random.default_rng(4)
    bought = draw.random(4000) < np.where(np.arange(4000) % 2, 0.2, 0.1)
    frame = pd.DataFrame(
        {
            "arm": np.where(np.arange(4000) % 2, "=offer", "control"),
            "spend": np.where(bought, draw.gamma(2.0, 15.0, 4000), 0.0),
        }
    )
    read = read_out(frame, control="control", params=CampaignParams(discount=0.0, contact_cost=0.1))
    account = {
        "rows_in": 4003,
        "rows_used": 4000,
        "customers": 4000,
        "left_out": [{"reason": "arm", "words": "the arm is blank", "rows": 3, "first_line": 7}],
    }
    source = {"kind": "file", "name": "r.csv"}
    return {
        "read": read,
        "account": account,
        "currency": "USD",
        "notes": ["A note."],
        "source": source,
        "predicted": None,
    }


def text_of(component: Any) -> str:
    """All text of a component, in order."""
    if isinstance(component, Component):
        return text_of(getattr(component, "children", None))
    if isinstance(component, list | tuple):
        return "".join(text_of(item) for item in component)
    return "" if component is None else str(component)


def test_the_sentence_says_what_the_arm_brought(facts: dict[str, Any]) -> None:
    compared = facts["read"]["comparisons"][0]
    told = text_of(sentence(compared, "control", "USD", many=False))
    spend = compared["spend"]
    assert spend["low"] > 0
    assert told == (
        f"=offer brought ${spend['difference']:.2f} more per customer than the control arm "
        f"(95 %: {spend['low']:.2f} to {spend['high']:.2f}): it worked."
    )


def test_less_and_unclear_are_said_as_such() -> None:
    def compared(difference: float, low: float, high: float, verdict: str) -> dict[str, Any]:
        return {"arm": "x", "spend": {"difference": difference, "low": low, "high": high, "verdict": verdict}}

    less = text_of(sentence(compared(-0.5, -0.8, -0.2, "less"), "none", None, many=True))
    assert less == "x brought 0.50 less per customer than none (95 %: 0.20 to 0.80): it did harm."
    unclear = text_of(sentence(compared(0.1, -0.2, 0.4, "unclear"), "none", None, many=True))
    assert "(95 %: -0.20 to 0.40): whether it changed anything cannot be told" in unclear


def test_the_result_tells_rows_money_and_cautions(facts: dict[str, Any]) -> None:
    told = text_of(result("id-1", "Spring <b>", facts, {key: go.Figure() for key, _ in CHARTS}))
    assert "Spring <b>" in told
    assert "4,003 rows in, 4,000 used, 3 left out: 4,000 customers." in told
    assert "3 rows left out: the arm is blank, first in line 7." in told
    assert "A note." in told
    assert profit_sentence(facts["read"]["campaign"], "USD") in told
    assert "The arms are as large as equal arms would be" in told


def test_without_spread_there_is_no_interval() -> None:
    assert (
        between({"difference": 0.0, "low": None, "high": None}, "USD")
        == "$0.00 (no interval: nothing varies)"
    )
    assert between(None, "USD") == "–"


def test_the_file_has_every_figure_and_runs_nothing(facts: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_of(facts))))
    assert {row["arm"] for row in rows} == {"'=offer"}
    by_measure = {row["measure"]: row for row in rows}
    spend = facts["read"]["comparisons"][0]["spend"]
    assert float(by_measure["spend_difference"]["value"]) == pytest.approx(spend["difference"])
    assert float(by_measure["spend_difference"]["low_95"]) == pytest.approx(spend["low"])
    assert {
        "customers",
        "conversion_difference",
        "spend_difference_winsorised_99",
        "net_profit",
        "roi",
    } <= set(by_measure)


def test_the_form_is_filled_with_what_was_recognised() -> None:
    filled = form(SEEN)
    assert filled["values"] == ["arm", "spend", view.NONE, view.NONE, view.NONE, view.NONE]
    assert [len(options) for options in filled["options"]] == [2, 2, 3, 3, 3, 3]
    assert form(None)["hidden"] is True


def test_the_arms_follow_the_chosen_column() -> None:
    options, control, _ = arms(SEEN, "arm", None)
    assert ([option["value"] for option in options], control) == (["a", "control"], "control")
    assert arms(SEEN, "arm", "a")[1] == "a"
    options, control, told = arms(SEEN, "spend", "a")
    assert (options, control) == ([], None)
    assert "does not tell arms apart" in told


def test_questions_of_a_file_are_asked_with_their_choices() -> None:
    choices = [["a", "<b>a</b> (3 rows)"], ["b", "b (4 rows)"]]
    work = Work(
        "Reading",
        "failed",
        0.0,
        "",
        "",
        ({"key": "control", "text": "Which was left out?", "choices": choices},),
    )
    shown = panel(work)
    assert "Which was left out?" in text_of(shown)
    (radios,) = [each for each in shown._traverse() if getattr(each, "options", None)]
    assert radios.options == [
        {"value": "a", "label": "<b>a</b> (3 rows)"},
        {"value": "b", "label": "b (4 rows)"},
    ]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("queued", "Waiting for its turn"),
        ("running", "40% · Comparing"),
        ("cancelled", "Nothing was stored."),
        ("failed", "No row"),
    ],
)
def test_the_job_is_told_in_every_state(state: str, expected: str) -> None:
    assert expected in text_of(panel(Work("Reading r.csv", state, 0.4, "Comparing", "No row can be used.")))
