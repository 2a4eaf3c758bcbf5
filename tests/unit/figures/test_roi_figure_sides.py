"""Campaigns side by side: the numbers of each segment and of each saved scenario, and names that stay text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from figures import roi
from figures.theme import tokens
from models.campaign.params import POINTS
from tests.unit.figures.segments_frames import EVIL, SAFE, checked, said

PROFITS = {"Lost": (-500.0, -300.0, -100.0), EVIL: (50.0, 648.0, 1200.0), "Loyal": (-80.0, 20.0, 120.0)}
FRAME = pd.DataFrame(
    [
        {
            "segment": name,
            "scenario": scenario,
            "customers": 120,
            "net_profit": profit,
            "roi": 0.45 if name != "Lost" else np.nan,
            "break_even_uplift": 0.25 if name != "Lost" else np.nan,
        }
        for name, profits in PROFITS.items()
        for scenario, profit in zip(("pessimistic", "expected", "optimistic"), profits, strict=True)
    ]
)
SAVED = (
    {"id": "a1", "name": EVIL, "net_profit": 648.0, "low": -320.0, "high": 2900.0, "contacted": 500,
     "probability_of_profit": 0.62},
    {"id": "b2", "name": "Mailing", "net_profit": -48.0, "low": -90.0, "high": None},
    {"id": "c3", "name": "Broken", "net_profit": None},
)  # fmt: skip


@pytest.mark.parametrize("narrow", [False, True])
def test_segments_are_drawn_best_first_with_their_range(narrow: bool) -> None:
    figure = roi.segment_bars(FRAME, {"Loyal": 2, EVIL: 5}, "GBP", "light", narrow=narrow)
    checked(figure)
    bars = figure.data[0]
    assert list(bars.x) == [648, 20, -300]
    assert list(bars.error_x.array) == [552, 100, 200]
    assert list(bars.error_x.arrayminus) == [598, 100, 200]
    assert list(bars.customdata) == [EVIL, "Loyal", "Lost"], "a click brings the name as it is"
    token = tokens("light")
    assert list(bars.marker.color) == [token["seg-5"], token["seg-2"], token["seg-0"]]
    assert bars.hovertext[0] == (
        f"<b>{SAFE}</b>, 120 customers<br>Net profit £648, ROI 45 %<br>Pessimistic £50, optimistic £1,200"
        "<br>Breaks even at an uplift of +25 %"
    )
    assert bars.hovertext[2].endswith("ROI –<br>Pessimistic -£500, optimistic -£100<br>No uplift pays for it")
    told = [note for note in figure.layout.annotations if "£" in note.text]
    assert [(note.text, note.x) for note in told] == [("£648", 1200), ("£20", 120), ("-£300", 0)]
    names = said(figure) if narrow else " ".join(figure.layout.yaxis.ticktext)
    assert SAFE in names
    assert EVIL not in names
    assert figure.layout.shapes[0].x0 == 0


def test_uplifts_of_segments_have_their_unit_and_nothing_says_so() -> None:
    figure = roi.segment_bars(FRAME, unit=POINTS)
    assert "uplift of +25 points" in figure.data[0].hovertext[0]
    assert said(roi.segment_bars(FRAME.iloc[:0])) == "This audience has no<br>segments to compare."


@pytest.mark.parametrize("narrow", [False, True])
def test_saved_scenarios_stand_beside_each_other_with_their_ranges(narrow: bool) -> None:
    figure = roi.compare(SAVED, "USD", "dark", narrow=narrow)
    checked(figure)
    first, second, dots = figure.data
    assert list(first.x) == [-320, 2900]
    assert list(second.x) == [-90, -48], "a missing end is the middle"
    assert list(dots.x) == [648, -48]
    assert list(dots.customdata) == ["a1", "b2"]
    assert list(dots.marker.symbol) == ["circle", "x"], "a loss has another shape, not only another colour"
    assert dots.hovertext[0] == (
        f"<b>{SAFE}</b><br>Net profit $648, 8 of 10 outcomes between -$320 and $2,900<br>500 customers"
        "<br>Makes money in 62 % of the draws"
    )
    assert dots.hovertext[1] == "<b>Mailing</b><br>Net profit -$48"
    texts = {note.text: note.x for note in figure.layout.annotations}
    assert (texts["$648"], texts["-$48"]) == (2900, -48)
    names = said(figure) if narrow else " ".join(figure.layout.yaxis.ticktext)
    assert SAFE in names
    assert EVIL not in names


def test_without_scenarios_the_chart_says_what_to_do() -> None:
    assert (
        said(roi.compare(())).replace("<br>", " ")
        == "No scenario is saved yet: save the one above to compare it with others."
    )
