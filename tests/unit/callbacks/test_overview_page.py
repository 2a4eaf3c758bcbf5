from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.facts import Facts
from callbacks.overview import fill, stand
from callbacks.overview_cards import change_words, kpi_card, since_words, spark, with_analysis
from callbacks.services import Services
from data.store import write_json
from settings import Settings
from tests.factories import customers, publish_analysis
from tests.layouts import text_of

PEOPLE = 400
LABELS = ("Customers", "At risk", "Revenue at risk", "Retention rate", "Revenue", "Average order value")
KEYS = ("customers", "at_risk", "revenue_at_risk", "retention_rate", "revenue", "average_order_value")


def card(key: str, label: str, value: float | None, unit: str, change: float | None = 0.1) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "value": value,
        "unit": unit,
        "change": change,
        "since": "2025-10-02",
        "definition": f"What {label.lower()} is.",
        "formula": f"{label} = sum",
        "link": "/propensity?window=next",
        "spark": [["2025-07-04", 5.0], ["2025-10-02", None], ["2025-12-31", 8.0]],
        "good": "down" if "risk" in key else "up",
    }


def board(key: str, label: str, start: str, *, before: bool = True) -> dict[str, Any]:
    units = ("count", "count", "money", "share", "money", "money")
    values = (400.0, 120.0, 9000.5, 0.312, 12345.0 if key == "90" else 4321.0, None)
    rows = zip(KEYS, LABELS, values, units, strict=True)
    return {
        "key": key,
        "label": label,
        "days": None if key == "all" else int(key),
        "start": start,
        "end": "2025-12-31",
        "before_start": "2025-07-05" if before else None,
        "before_end": "2025-10-02" if before else None,
        "before_complete": before,
        "kpis": [card(*row) for row in rows],
        "series": {"unit": "week", "now": [], "before": []},
        "concentration": None,
        "concentration_why": "Nobody bought.",
        "bridge": None,
        "bridge_why": "There is no time before.",
        "insights": [
            {
                "key": "concentration",
                "tone": "neutral",
                "numbers": {"customers": 40, "buyers": 400, "share": 0.5},
                "strength": 0.5,
                "group": f"top:{key}",
                "link": "",
                "period": key,
            },
            {
                "key": "of a later version",
                "tone": "bad",
                "numbers": {},
                "group": "",
                "link": "",
                "period": key,
            },
        ],
    }


CONTENT: dict[str, Any] = {
    "version": 2,
    "horizon_days": 90,
    "first_date": "2024-01-01",
    "last_date": "2025-12-31",
    "default": "90",
    "periods": {
        "30": board("30", "Last 30 days", "2025-12-02"),
        "90": board("90", "Last 90 days", "2025-10-03"),
        "all": board("all", "All time", "2024-01-01", before=False),
    },
    "cohorts": {"unit": "month", "ends": [], "rows": [], "last_partial": False},
}


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services.create(Settings(home=tmp_path))


def published(home: Path, content: Any) -> str:
    made = publish_analysis(home, customers(PEOPLE))
    write_json(made.path / "overview.json", content)
    # Part of what is published: known to the manifest.
    size = (made.path / "overview.json").stat().st_size
    files = made.manifest["files"] | {"overview.json": {"bytes": size}}
    write_json(made.path / "manifest.json", made.manifest | {"files": files})
    return made.id


@pytest.fixture
def analysis(services: Services, tmp_path: Path) -> str:
    return published(tmp_path, CONTENT)


def every(component: Any) -> list[Component]:
    if isinstance(component, list | tuple):
        return [found for child in component for found in every(child)]
    if not isinstance(component, Component):
        return []
    return [component, *every(getattr(component, "children", None))]


def told(component: Any) -> str:
    return " ".join(text_of(component).split())


def dashboard(services: Services, analysis_id: str) -> list[Any]:
    """All that the page says of an analysis, its charts aside."""
    shown = fill(services, analysis_id, {"active": []}, None, None, None)
    return [shown["body"], shown["insights"], shown["tail"]]


def test_the_cards_what_stands_out_and_where_to_start(services: Services, analysis: str) -> None:
    shown = dashboard(services, analysis)
    heads = [told(part) for part in every(shown) if type(part).__name__ == "H2"]
    assert heads[:8] == [*LABELS, "Three questions to start with", "What stands out"]
    said = told(shown)
    for text in (
        "400",
        "31.2 %",
        "+10.0 points vs the 90 days before",
        "+10.0 % since 2 Oct 2025",
        "What stands out",
        "The best tenth of the customers, 40 of the 400",
        "How the past window went",
        "These two are the same whichever period is chosen above.",
        "Open the win-back list",
        "Last 90 days: 3 Oct 2025 to 31 Dec 2025, against 5 Jul 2025 to 2 Oct 2025.",
        "31 Dec 2025 is the last day of Test shop.",
    ):
        assert text in said, text


def test_the_period_is_that_of_the_address_then_the_one_chosen(services: Services, analysis: str) -> None:
    jobs: dict[str, Any] = {"active": []}
    first = fill(services, analysis, jobs, None, {"period": "30"}, None)
    assert first["period"] == "30"
    assert first["shown"] == {
        "analysis": analysis,
        "period": "30",
        "charts": True,
        "file": "test-shop-last-30-days",
    }
    assert [option["value"] for option in first["options"]] == ["30", "90", "all"]
    assert [told(option["label"]) for option in first["options"]] == [
        "Last 30 days",
        "Last 90 days",
        "All time",
    ]
    assert "4,321" in told(first["body"])
    assert (first["charts"], first["box"]) == (False, False)
    with pytest.raises(PreventUpdate):
        fill(services, analysis, jobs, "30", {"period": "30"}, first["shown"])
    chosen = fill(services, analysis, jobs, "90", {"period": "30"}, first["shown"])
    assert chosen["shown"]["period"] == "90"
    assert "12,345" in told(chosen["body"])
    unknown = fill(services, analysis, jobs, None, {"period": "77"}, None)
    assert unknown["period"] == "90"
    assert "Shown instead: Last 90 days." in told(unknown["body"])


def test_the_page_turns_from_waiting_to_the_board_and_says_nothing_twice(
    services: Services, analysis: str
) -> None:
    job = {"label": "Preparing sample data", "text": "Making the shop", "state": "running", "progress": 0.4}
    waiting = fill(services, "", {"active": [job]}, None, {}, None)
    assert "40 %" in told(waiting["body"])
    assert (waiting["charts"], waiting["box"], waiting["shown"]) == (True, True, {"instead": "waiting"})
    shown = fill(services, analysis, {"active": [job]}, None, {}, waiting["shown"])
    assert shown["shown"]["analysis"] == analysis
    nothing = fill(services, "", {"active": []}, None, {}, None)
    with pytest.raises(PreventUpdate):
        fill(services, "", {"active": []}, None, {}, nothing["shown"])


def test_a_card_says_whether_its_change_is_good(services: Services, analysis: str) -> None:
    facts = Facts.of(services, analysis)
    falling = kpi_card(card("at_risk", "At risk", 1884.0, "count", -0.059), facts, "90")
    assert (falling.value, falling.change, falling.good, falling.rising) == ("1,884", "-5.9 %", True, False)
    assert falling.link == f"/propensity?window=next&analysis={analysis}"
    assert falling.formula == "At risk = sum"
    fewer = kpi_card(card("customers", "Customers", 1884.0, "count", -0.059), facts, "90")
    assert fewer.good is False
    steady = kpi_card(card("at_risk", "At risk", 1884.0, "count", 0.0001), facts, "90")
    assert (steady.change, steady.good, steady.since) == ("", None, "The same as on 2 Oct 2025")


def test_changes_and_lines_in_words() -> None:
    assert change_words(0.031, "count") == "+3.1 %"
    assert change_words(0.012, "share") == "+1.2 points"
    assert change_words(None, "count") == ""
    nothing = {"key": "revenue", "change": None}
    assert since_words(nothing, "90", steady=True) == "Nothing to compare with yet"
    assert since_words(nothing, "all", steady=True) == ""
    assert since_words({"key": "revenue", "change": 0.1}, "365", steady=False) == "vs the 12 months before"
    assert with_analysis("/propensity", "a b") == "/propensity?analysis=a+b"
    points = [["2025-07-04", 5.0], ["2025-10-02", None], ["2025-12-31", 8.0]]
    line = spark(points, "count", None)
    assert line["spark_words"] == "Since 4 Jul 2025 between 5 and 8."
    assert line["spark"].startswith('url("data:image/svg+xml,')
    assert spark([["2025-07-04", 5.0], ["2025-10-02", None]], "count", None) == {}


def test_without_a_time_before_nothing_is_compared(services: Services, analysis: str) -> None:
    facts = Facts.of(services, analysis)
    assert stand(CONTENT["periods"]["all"], facts) == (
        "All time: 1 Jan 2024 to 31 Dec 2025. 31 Dec 2025 is the last day of Test shop."
    )


def test_an_analysis_of_an_earlier_version_keeps_its_cards(services: Services, tmp_path: Path) -> None:
    cards = CONTENT["periods"]["90"]["kpis"][:4]
    old = [
        {name: each[name] for name in each if name not in ("spark", "good", "since", "formula")}
        for each in cards
    ]
    earlier = published(tmp_path, {"horizon_days": 90, "kpis": old})
    shown = fill(services, earlier, {"active": []}, None, {"period": "30"}, None)
    said = told(shown["body"])
    for label in LABELS[:4]:
        assert label in said
    assert "made by an earlier version of Lapwing" in said
    assert "Open the data page" in said
    assert (shown["charts"], shown["box"], shown["options"]) == (True, True, [])
    assert "How the past window went" in told(dashboard(services, earlier))


def test_what_is_gone_or_damaged_is_said(services: Services, tmp_path: Path) -> None:
    assert "There is no analysis" in told(dashboard(services, "gone"))
    broken = copy.deepcopy(CONTENT)
    del broken["periods"]["90"]["kpis"]
    assert "damaged" in told(dashboard(services, published(tmp_path, broken)))
    missing = copy.deepcopy(CONTENT)
    del missing["periods"]["90"]["before_complete"]
    shown = fill(services, published(tmp_path, missing), {"active": []}, None, {}, None)
    assert "damaged" in told(shown["body"])
    assert shown["charts"] is True


def test_the_dates_of_the_windows(services: Services, analysis: str) -> None:
    facts = Facts.of(services, analysis)
    assert facts.dates("past") == "3 Oct 2025 to 31 Dec 2025"
    assert facts.dates("next") == "1 Jan 2026 to 31 Mar 2026"
    assert facts.currency is None
