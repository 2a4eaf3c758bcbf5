"""How sure the answer is and what it hangs on, as the simulator draws it: the numbers of every mark."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from figures import roi
from figures.roi_heat import cell_texts
from figures.roi_range import bins_of, loss_words, share_words
from figures.theme import tokens
from models.campaign.customers import Customers
from models.campaign.params import POINTS, CampaignParams
from models.campaign.sensitivity import Driver, Heat, Scenario, scenarios
from tests.unit.figures.segments_frames import EVIL, checked, said
from tests.unit.figures.test_theme import contrast

DRAWS = np.arange(-380.0, 620.0) + 0.5
PARAMS = CampaignParams(contacted=2, discount=0.15, uplift=0.5, uplift_range=0.4)
DRIVERS = (
    Driver("uplift", "Expected uplift", "+10 %", "+90 %", -400.0, 900.0),
    Driver("discount", "Discount", "10 %", "20 %", 500.0, 100.0),
    Driver("contact_cost", EVIL, "0.05", "0.15", 260.0, 240.0),
)
GRID = Heat(
    np.array([0.0, 0.15, 0.4]),
    np.array([0.1, 0.5]),
    np.array([[100.0, -50.0, -2000.0], [1500.0, 250.0, -12.5]]),
)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_histogram_tells_losses_from_profits(theme: str) -> None:
    figure = roi.outcome_histogram(DRAWS, -280.0, 520.0, 120.0, "USD", theme)
    checked(figure)
    losses, profits, reach, point = figure.data
    assert [losses.name, profits.name] == ["Loses", "Makes"]
    assert max(losses.x) < 0 < min(profits.x)
    assert sum(losses.y) == pytest.approx(0.38, abs=1e-9)
    assert sum(profits.y) == pytest.approx(0.62, abs=1e-9)
    token = tokens(theme)
    assert (losses.marker.color, profits.marker.color) == (token["under"], token["over"])
    assert (losses.marker.pattern.shape, profits.marker.pattern.shape) == ("/", "")
    assert list(reach.x) == [-280, 520]
    assert list(point.x) == [120]
    assert [note.text for note in figure.layout.annotations] == [
        "Loses money in 38 % of draws",
        "Makes money in 62 % of draws",
        "◆ Expected: $120",
        "|—| 80 % range: -$280 to $520",
    ]
    assert all(contrast(note.font.color, token["surface"]) >= 4.5 for note in figure.layout.annotations)
    assert contrast(token["under"], token["surface"]) >= 3
    assert contrast(token["over"], token["surface"]) >= 3
    assert [shape.x0 for shape in figure.layout.shapes] == [0, 120]
    assert figure.layout.yaxis.title.text == "Share of 1,000 draws"
    assert figure.layout.xaxis.title.text == "Net profit ($)"


def test_bars_have_round_edges_and_all_draws() -> None:
    edges, counts, less, more = bins_of(DRAWS)
    assert counts.sum() == 1000
    assert 0.0 in edges
    assert np.diff(edges) == pytest.approx([50.0] * len(counts))
    assert not less
    assert not more
    wild = np.append(DRAWS, 1e6)
    edges, counts, less, more = bins_of(wild)
    assert edges[-1] < 1000, "a rare draw does not set the scale"
    assert counts.sum() == 1001
    assert more
    assert not less
    figure = roi.outcome_histogram(wild, -280.0, 520.0, 120.0, "USD")
    assert figure.data[1].hovertext[-1].startswith("<b>$600 or more</b><br>")
    assert figure.data[0].hovertext[-1] == "<b>-$50 to $0</b><br>50 draws of 1,001"


def test_draws_that_are_all_the_same_make_one_bar() -> None:
    figure = roi.outcome_histogram(np.full(100, -5.0), -5.0, -5.0, -5.0)
    assert list(figure.data[0].y) == [1]
    assert said(figure).startswith("Loses money in every draw")
    assert "Makes money" not in said(figure)
    assert said(roi.outcome_histogram(np.array([np.nan]), 0.0, 0.0, 0.0)) == "No outcomes were drawn."


def test_shares_of_draws_do_not_claim_too_much() -> None:
    assert loss_words(np.array([-1.0] * 19 + [1.0])) == (
        "Loses money in 95 % of draws",
        "Makes money in 5 % of draws",
    )
    assert loss_words(np.array([0.0, 0.0])) == ("", "")
    assert [share_words(share) for share in (0.001, 0.0, 0.999, 1.0)] == [
        "under 1 %",
        "0 %",
        "over 99 %",
        "100 %",
    ]


def test_on_a_phone_the_words_above_stand_in_lines_of_their_own() -> None:
    figure = roi.outcome_histogram(DRAWS, -280.0, 520.0, 120.0, "USD", narrow=True)
    places = [(note.x, note.yshift) for note in figure.layout.annotations]
    assert len(set(places)) == 4
    assert figure.layout.annotations[0].text == "Loses money<br>in 38 % of draws"


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_tornado_reaches_from_low_to_high_around_what_is_expected(theme: str, narrow: bool) -> None:
    figure = roi.tornado(DRIVERS, 250.0, "USD", theme, narrow=narrow)
    checked(figure)
    low, high = figure.data
    assert list(low.base) == [250, 250, 250]
    assert list(low.x) == [-650, 250, 10]
    assert list(high.x) == [650, -150, -10]
    assert (low.marker.pattern.shape, high.marker.pattern.shape) == ("/", "")
    assert (
        low.hovertext[0] == "<b>Expected uplift: +10 %</b><br>Net profit -$400, $650 below the expected one"
    )
    ends = {note.text: note for note in figure.layout.annotations}
    assert (ends["+10 %"].x, ends["+10 %"].xanchor) == (-400, "right")
    assert (ends["+90 %"].x, ends["+90 %"].xanchor) == (900, "left")
    assert (ends["10 %"].x, ends["10 %"].xanchor) == (500, "left"), (
        "a low discount stands where the profit is"
    )
    assert (ends["20 %"].x, ends["20 %"].xanchor) == (100, "right")
    assert "$0.05" in ends
    assert ends["Expected: $250"].x == 250
    assert ends["Break-even"].x == 0
    assert [shape.x0 for shape in figure.layout.shapes] == [250, 0]
    axis = figure.layout.xaxis.range
    assert axis[0] < -400
    assert axis[1] > 900
    names = said(figure) if narrow else " ".join(figure.layout.yaxis.ticktext).replace("<br>", " ")
    assert "Expected uplift" in names
    assert "&lt;b&gt;x&lt;/b&gt;" in names.replace("<br>", "")
    assert EVIL not in names


def test_the_tornado_has_words_for_nothing() -> None:
    assert said(roi.tornado((), 0.0)) == "There is nothing to vary here."
    assert roi.drivers_note((), 0.0) == ()


def test_the_heat_is_centred_on_zero_with_the_break_even_line_between_cells() -> None:
    figure = roi.heat(GRID, PARAMS, "USD", "light")
    checked(figure)
    layers = [trace for trace in figure.data if trace.type == "heatmap"]
    z = np.full((2, 3), np.nan)
    texts = np.full((2, 3), "", dtype=object)
    for layer in layers:
        assert (layer.zmin, layer.zmid, layer.zmax) == (-2000, 0, 2000)
        grid = np.array(layer.z, dtype=float)
        assert not (np.isfinite(grid) & np.isfinite(z)).any(), "a cell is in one layer only"
        z = np.where(np.isfinite(grid), grid, z)
        texts = np.where(np.array(layer.text) != "", np.array(layer.text), texts)
    assert z.tolist() == GRID.profit.tolist()
    assert texts.tolist() == [["$100", "-$50", "-$2,000"], ["$1,500", "$250", "-$12"]]
    token = tokens("light")
    assert [end[1] for end in layers[0].colorscale] == [token["under"], token["surface-2"], token["over"]]
    assert layers[0].customdata[1][2] == [0.4, 0.5], "a click brings discount and uplift"
    even = next(trace for trace in figure.data if trace.name == "Break-even")
    pairs = [(x, y) for x, y in zip(even.x, even.y, strict=True) if x is not None]
    sides = sorted(zip(pairs[::2], pairs[1::2], strict=True))
    # Right of the first cell below, right of the second above, and between the second ones.
    assert sides == [((0.5, -0.5), (0.5, 0.5)), ((0.5, 0.5), (1.5, 0.5)), ((1.5, 0.5), (1.5, 1.5))]
    frame = figure.layout.shapes[0]
    assert (frame.x0 < 1 < frame.x1, frame.y0 < 1 < frame.y1) == (True, True)
    assert (round(frame.x0), round(frame.y0)) == (1, 1), "the present discount of 15 % and uplift of 50 %"
    assert list(figure.layout.xaxis.ticktext) == ["0", "15", "40"]
    assert list(figure.layout.yaxis.ticktext) == ["10", "50"]
    assert figure.layout.xaxis.title.text == "Discount (%)"
    assert figure.layout.yaxis.title.text == "Uplift (%)"
    hovers = [text for layer in layers for line in layer.hovertext for text in line if text]
    assert "<b>Net profit -$2,000</b><br>40 % off, uplift +10 %" in hovers


def test_the_heat_without_a_line_or_without_room() -> None:
    gains = Heat(GRID.discounts, GRID.uplifts, np.abs(GRID.profit))
    assert "Break-even" not in [trace.name for trace in roi.heat(gains, PARAMS).data]
    points = CampaignParams(uplift=0.1, uplift_unit=POINTS)
    assert roi.heat(gains, points).layout.yaxis.title.text == "Uplift (percentage points)"
    phone = roi.heat(GRID, PARAMS, "USD", narrow=True)
    assert "1500" in {text for layer in phone.data[:-1] for line in layer.text for text in line}
    assert said(phone).startswith("in $; blue: earns")
    assert said(roi.heat(Heat(np.array([]), np.array([]), np.zeros((0, 0))), PARAMS)) == (
        "There is nothing to compare here."
    )


@pytest.mark.parametrize(
    ("scale", "currency", "narrow", "texts"),
    [
        (1, "USD", False, ["$100", "-$50", "-$2,000"]),
        (10, "USD", False, ["$1,000", "-$500", "-$20,000"]),
        (10, "USD", True, ["1k", "0", "-20k"]),
        (1e3, "USD", False, ["$0.10M", "-$0.05M", "-$2.00M"]),
        (10, "XAF", False, ["1,000", "-500", "-20,000"]),
        (1e5, "GBP", True, ["10M", "-5M", "-200M"]),
        (1e12, "GBP", True, ["", "", ""]),
    ],
)
def test_the_cells_of_a_map_are_in_one_unit(
    scale: float, currency: str, narrow: bool, texts: list[str]
) -> None:
    assert cell_texts(scale * np.array([[100.0, -50.0, -2000.0]]), currency, narrow=narrow) == [texts]


def three() -> tuple[Scenario, ...]:
    """The scenarios of two customers."""
    shape = (np.array([-1.0, 1.0]), np.array([0.0, 1.0]))
    two = Customers(np.array([0.4, 0.2]), np.array([80.0, 10.0]), np.array([0.5, 0.5]), {}, 90, shape)
    return scenarios(two, PARAMS)


@pytest.mark.parametrize("narrow", [False, True])
def test_scenarios_are_bars_with_profit_and_roi(narrow: bool) -> None:
    rows = three()
    figure = roi.scenario_bars(rows, "USD", "light", narrow=narrow)
    checked(figure)
    bars = figure.data[0]
    # By hand: (p' - p) v m - d v (r p + p' - p) - c, of 0.4 x 200 and 0.2 x 50, uplifts 10, 50 and 90 %.
    by_hand = [90 * (u * (0.3 - 0.15) - 0.15 * 0.4) - 0.2 for u in (0.1, 0.5, 0.9)]
    assert list(bars.x) == pytest.approx(by_hand, rel=1e-5)
    assert bars.marker.color == (tokens("light")["under"], tokens("light")["over"], tokens("light")["over"])
    notes = figure.layout.annotations
    link = "<br>" if narrow else " · "
    assert (
        notes[1].text
        == f"<b>${by_hand[1]:.2f}</b>{link}ROI {100 * by_hand[1] / (0.15 * 90 * 0.9 + 0.2):.0f} %"
    )
    assert notes[0].x == 0, "a loss has its words on the other side of zero"
    assert figure.layout.yaxis.ticktext[2] == "Optimistic<br><span style='font-size:11px'>uplift +90 %</span>"
    assert said(roi.scenario_bars(())) == "There are no scenarios to compare."


def test_the_notes_say_how_sure_and_what_matters() -> None:
    answer: Any = SimpleNamespace(
        low=-320.0,
        high=2900.0,
        probability_of_profit=0.62,
        draws=np.zeros(2000),
        break_even=0.46,
        params=PARAMS,
        margin_lower=SimpleNamespace(net_profit=-1488.0),
        financials=SimpleNamespace(net_profit=458.0),
    )
    assert roi.range_note(answer, "USD") == (
        "8 of 10 outcomes lie between -$320 and $2,900; 62 % of 2,000 draws make money.",
        "It breaks even at an uplift of +46 %; +50 % is expected.",
        "With a margin 5 points lower net profit is -$1,488 instead of $458.",
    )
    answer.break_even = None
    assert roi.range_note(answer)[1] == "No uplift makes this campaign pay."
    assert roi.drivers_note(DRIVERS[:2], 250.0, "USD") == (
        "What matters most is the expected uplift: at +10 % net profit is -$400, at +90 % it is $900.",
        "Alone enough to turn the profit into a loss: expected uplift.",
    )
    assert (
        roi.drivers_note(DRIVERS[2:], -250.0, "USD")[1] == "None of these alone turns the loss into a profit."
    )
    assert "at $0.05 net profit is $260, at $0.15" in roi.drivers_note(DRIVERS[2:], 250.0, "USD")[0]
