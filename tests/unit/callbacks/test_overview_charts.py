from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash.exceptions import PreventUpdate

from callbacks import overview_charts as charts
from callbacks.overview_cohorts import cohort_note, cohort_table
from callbacks.overview_segments import split
from callbacks.services import Services
from data.segments.serving import write_segments
from data.store import REPORT, SEGMENTATIONS, SEGMENTS, write_json
from settings import Settings
from tests.factories import customers, publish_analysis
from tests.layouts import text_of
from tests.unit.callbacks.test_overview_page import CONTENT

PEOPLE = 200
BRIDGE = {
    "before": 1000.0,
    "after": 1150.5,
    "parts": [
        {"key": "lost", "amount": -300.0, "customers": 12, "group": "lost:90"},
        {"key": "down", "amount": -50.25, "customers": 5, "group": "down:90"},
        {"key": "up", "amount": 100.75, "customers": 9, "group": "up:90"},
        {"key": "returned", "amount": 0.0, "customers": 0, "group": "returned:90"},
        {"key": "new", "amount": 400.0, "customers": 20, "group": "new:90"},
    ],
}
SERIES = {
    "unit": "week",
    "now": [
        {
            "start": "2025-12-18",
            "end": "2025-12-24",
            "revenue": 700.0,
            "customers": 30,
            "orders": 33,
            "partial": True,
        },
        {
            "start": "2025-12-25",
            "end": "2025-12-31",
            "revenue": 450.5,
            "customers": 20,
            "orders": 21,
            "partial": False,
        },
    ],
    "before": [
        {
            "start": "2025-12-04",
            "end": "2025-12-10",
            "revenue": 600.0,
            "customers": 30,
            "orders": 33,
            "partial": False,
        },
        {
            "start": "2025-12-11",
            "end": "2025-12-17",
            "revenue": 400.0,
            "customers": 20,
            "orders": 21,
            "partial": False,
        },
    ],
}
CONCENTRATION = {
    "customers": 50,
    "revenue": 1150.5,
    "curve": [[0.0, 0.0], [0.1, 0.4], [0.2, 0.5], [1.0, 1.0]],
    "top_customers": 5,
    "top_revenue": 460.2,
    "top_share": 0.4,
    "group": "top:90",
}
COHORTS = {
    "unit": "month",
    "ends": [],
    "last_partial": True,
    "rows": [
        {"month": "2025-08", "customers": 40, "revenue": 900.0, "kept": [40, 10, 8, 6, 2],
         "spent": [500.0, 150.0, 100.0, 100.0, 50.0], "partial": True, "group": "cohort:2025-08"},
        {"month": "2025-09", "customers": 60, "revenue": 800.0, "kept": [60, 20, 9, 4],
         "spent": [500.0, 150.0, 100.0, 50.0], "partial": False, "group": "cohort:2025-09"},
    ],
}  # fmt: skip


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services.create(Settings(home=tmp_path))


@pytest.fixture
def frame() -> pd.DataFrame:
    found = customers(PEOPLE)
    place = np.arange(PEOPLE)
    # Quarters and halves add up exactly, in whatever order.
    return found.assign(net_90=place * 0.25, bought_90=place % 2 == 0)


@pytest.fixture
def analysis(services: Services, tmp_path: Path, frame: pd.DataFrame) -> str:
    return with_boards(services, tmp_path, frame)


def with_boards(services: Services, home: Path, frame: pd.DataFrame) -> str:
    made = publish_analysis(home, frame)
    boards = {
        "90": CONTENT["periods"]["90"] | {"series": SERIES, "bridge": BRIDGE, "concentration": CONCENTRATION},
        "all": CONTENT["periods"]["all"],
    }
    write_json(made.path / "overview.json", CONTENT | {"periods": boards, "cohorts": COHORTS})
    size = (made.path / "overview.json").stat().st_size
    files = made.manifest["files"] | {"overview.json": {"bytes": size}}
    write_json(made.path / "manifest.json", made.manifest | {"files": files})
    return made.id


def segmented(services: Services, analysis: str, frame: pd.DataFrame) -> str:
    """The customers in two segments: every fourth, and the others."""
    codes = frame[["customer_id", "recency_days", "frequency", "monetary"]].assign(
        code=(np.arange(len(frame)) % 4 != 0).astype(int)
    )

    def fill(folder: Path) -> dict[str, object]:
        write_segments(folder / SEGMENTS, codes, ())
        report = {
            "segments": [
                {"key": "champions", "name": "Champions", "code": 0, "definition": "", "customers": 50},
                {"key": "loyal", "name": "Loyal", "code": 1, "definition": "", "customers": 150},
            ]
        }
        write_json(folder / REPORT, report)
        return {
            "kind": "segmentation",
            "source": {"kind": "analysis", "id": analysis, "series": "none"},
            "method": "rules",
            "default": True,
            "attributes": [],
            "bands": {},
        }

    return services.store.publish(SEGMENTATIONS, "RFM rules", fill)


def ask(services: Services, analysis: str, work: Any, **more: Any) -> dict[str, Any]:
    return charts.answer(services, work, {"analysis": analysis, "theme": "light", **more})


def told(component: Any) -> str:
    return " ".join(text_of(component).split())


def test_revenue_over_time(services: Services, analysis: str) -> None:
    shown = ask(services, analysis, charts.time)
    assert told(shown["note"]) == "1,150 in the last 90 days, 15 % more than in the 90 days before."
    drawn = [value for trace in shown["figure"].data if trace.type == "bar" for value in trace.y]
    assert sorted(drawn) == [450.5, 700.0]
    assert "18 to 24 Dec 2025 (in part) 700 30 33" in told(shown["table"])


def test_the_bridge_ties_out_to_the_cent(services: Services, analysis: str) -> None:
    shown = ask(services, analysis, charts.bridge)
    assert told(shown["note"]).replace("\u2060", "") == (
        "From 1,000 to 1,150: most was lost by “Lost” (−300) and won by “New” (+400)."
    )
    said = told(shown["table"])
    for row in (
        "The 90 days before 1,000.00",
        "Lost bought before, nothing now 12 −300.00",
        "Spent more bought in both, as much or more now 9 +100.75",
        "The last 90 days 1,150.50",
    ):
        assert row in said
    assert f"/propensity?window=next&group=lost:90&analysis={analysis}" in str(shown["table"])
    without = ask(services, analysis, charts.bridge, period="all")
    assert told(without["note"]) == "There is no time before."
    assert without["table"] is None
    # The chart that there is not takes no room.
    assert (shown["class"], without["class"]) == ("lw-graph", "lw-graph ov-nothing")


def test_concentration(services: Services, analysis: str) -> None:
    shown = ask(services, analysis, charts.concentration)
    assert told(shown["note"]) == (
        "The best tenth of those who bought, 5 customers, brought 40 % of the revenue of the last 90 days. See who"
    )
    assert "Best 20 % 10 575 50.0 %" in told(shown["table"])
    assert ask(services, analysis, charts.concentration, period="all")["figure"].layout.annotations[
        0
    ].text == ("Nobody bought.")
    assert charts.share_at(CONCENTRATION["curve"], 0.15) == pytest.approx(0.45)
    assert charts.share_at(CONCENTRATION["curve"], 1.0) == 1.0


def test_segments_bring_what_their_customers_spent(
    services: Services, analysis: str, frame: pd.DataFrame
) -> None:
    waiting = ask(services, analysis, charts.segments)
    assert "have not been divided into segments yet" in told(waiting["note"])
    made = segmented(services, analysis, frame)
    found = split(services, analysis, "90")
    assert found is not None
    assert (found.segmentation, found.first) == (made, True)
    fourth = np.arange(PEOPLE) % 4 == 0
    for row, there in zip(found.rows, (fourth, ~fourth), strict=True):
        assert row["customers"] == there.sum()
        assert row["bought"] == frame["bought_90"][there].sum()
        assert row["revenue"] == frame["net_90"][there].sum()
    shown = ask(services, analysis, charts.segments)
    assert (
        told(shown["note"]) == "Loyal: 75 % of the customers brought 75 % of the revenue of the last 90 days."
    )
    assert f"/segments?analysis={analysis}&segment=champions" in str(shown["table"])
    assert shown["style"]["height"].endswith("px")
    # A name that people give is followed at once, by figures that were worked out before.
    services.edits.save_looks("none", "rules", {"loyal": {"name": "Stars"}})
    again = split(services, analysis, "90")
    assert again is not None
    assert [row["name"] for row in again.rows] == ["Champions", "Stars"]
    # A period whose figures the analysis does not have.
    assert split(services, analysis, "30") is None


def test_segments_in_another_order_are_joined_by_customer(
    services: Services, analysis: str, frame: pd.DataFrame
) -> None:
    """Only whose customers are others is there nothing to tell."""
    segmented(services, analysis, frame.iloc[:-1])
    assert split(services, analysis, "90") is None


def test_cohorts_in_words_and_rows() -> None:
    assert cohort_note(COHORTS, None, "customers") == (
        "Of 40 customers whose third month after the first is over, 15 % bought in it."
    )
    assert cohort_note(COHORTS, "GBP", "revenue") == (
        "For every £100 that new customers spend in their first month, £70 follow in the next 3 months."
    )
    assert cohort_note(COHORTS | {"rows": []}, None, "customers") == ""

    def href(group: str) -> str:
        return f"/list/{group}"

    said = told(cohort_table(COHORTS, "GBP", "customers", "percent", href))
    assert "August 2025 in part 40 £900 25 % 20 % 15 %" in said
    assert "September 2025 60 £800 33 % 15 % 7 %" in said
    money = cohort_table(COHORTS, "GBP", "revenue", "absolute", href)
    assert "August 2025 in part 40 £900 £150 £100 £100" in told(money)
    assert "/list/cohort:2025-09" in str(money)


def test_the_cohorts_follow_the_period(services: Services, tmp_path: Path, frame: pd.DataFrame) -> None:
    """What a cohort did in the period is counted customer by customer, whatever months it cuts."""
    place = np.arange(PEOPLE)
    asked = frame.assign(
        first_month=np.where(place < 120, 202508, np.where(place < 160, 202509, 202510)),
        # The last 40 are new: some of them came in the month in which the period begins.
        tenure_days=np.where(place < 160, 100.0, 89.0),
    )
    analysis = with_boards(services, tmp_path, asked)
    shown = ask(services, analysis, charts.cohorts)
    assert told(shown["note"]) == (
        "Of the 160 customers who first bought before the last 90 days, 80 (50 %) bought in them. 40 customers came new."
    )
    assert len(shown["figure"].data) == 4
    said = told(shown["table"])
    assert "customers who bought in the last 90 days and so many months after the first" in str(
        shown["table"]
    )
    assert "August 2025 in part 40 900 50 % 25 % 20 % 15 %" in said
    assert "September 2025 60 800 50 % 33 % 15 % 7 %" in said
    revenue = ask(services, analysis, charts.cohorts, show="revenue", **{"as": "absolute"})
    old, new = asked["net_90"][place < 160].sum(), asked["net_90"][place >= 160].sum()
    assert told(revenue["note"]) == (
        f"{old:,.0f} (64 %) of the revenue of the last 90 days came from customers who first bought before, "
        f"{new:,.0f} (36 %) from new ones."
    )
    assert "August 2025 in part 40 900 1,785 150 100 100" in told(revenue["table"])
    everything = ask(services, analysis, charts.cohorts, period="all")
    assert told(everything["note"]).startswith("Of 40 customers whose third month")
    assert len(everything["figure"].data) == 3
    assert "last 90 days" not in str(everything["table"])


def test_an_analysis_without_the_figures_of_a_period_tells_its_cohorts(
    services: Services, analysis: str
) -> None:
    shown = ask(services, analysis, charts.cohorts, show="revenue", **{"as": "absolute"})
    assert told(shown["note"]).startswith("For every 100 that new customers spend")
    assert shown["class"] == "lw-graph"


def test_letters_are_as_large_as_the_page_asks_for(services: Services, analysis: str) -> None:
    usual, larger = (ask(services, analysis, charts.time, **more)["figure"] for more in ({}, {"scale": 1.5}))
    assert larger.layout.margin.b == 1.5 * usual.layout.margin.b
    assert ask(services, analysis, charts.time, scale="x")["figure"].layout.margin.b == usual.layout.margin.b


def test_what_cannot_be_drawn_is_said(services: Services) -> None:
    shown = ask(services, "gone", charts.time)
    assert "There is no analysis" in told(shown["note"])
    assert shown["figure"].layout.annotations[0].text == "This cannot be drawn."
    with pytest.raises(PreventUpdate):
        charts.answer(services, charts.time, None)
