from __future__ import annotations

from pathlib import Path

import pytest
from dash.exceptions import PreventUpdate

from callbacks.facts import Facts
from callbacks.overview import change_words, dashboard, fill, kpi_card, since_words, with_analysis
from callbacks.services import Services
from data import kpis
from data.store import write_json
from settings import Settings
from tests.factories import customers, publish_analysis
from tests.layouts import text_of

PEOPLE = 400


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services.create(Settings(home=tmp_path))


@pytest.fixture
def analysis(services: Services, tmp_path: Path) -> str:
    frame = customers(PEOPLE)
    made = publish_analysis(tmp_path, frame)
    write_json(made.path / "overview.json", kpis.overview(frame, frame, (0.312, 0.298), 90))
    # Part of what is published: known to the manifest.
    manifest = made.manifest | {"files": made.manifest["files"] | {"overview.json": size(made.path)}}
    write_json(made.path / "manifest.json", manifest)
    return made.id


def size(folder: Path) -> dict[str, int]:
    return {"bytes": (folder / "overview.json").stat().st_size}


def test_the_four_cards_and_where_to_start(services: Services, analysis: str) -> None:
    said = text_of(dashboard(services, analysis))
    for label in ("Customers", "At risk", "Revenue at risk", "Retention rate"):
        assert label in said
    assert f"{PEOPLE}" in said
    assert "31.2 %" in said
    assert "+1.4 points against 90 days ago" in " ".join(said.split())
    assert "How the past window went" in said
    assert "Open the win-back list" in said


def test_a_card_says_whether_its_change_is_good(services: Services, analysis: str) -> None:
    facts = Facts.of(services, analysis)
    base = {
        "label": "At risk",
        "value": 1884.0,
        "unit": "count",
        "definition": "x",
        "link": "/propensity?window=next",
    }
    falling = kpi_card(base | {"key": "at_risk", "change": -0.059}, facts)
    assert (falling.value, falling.change, falling.good, falling.rising) == ("1,884", "-5.9 %", True, False)
    assert falling.link == f"/propensity?window=next&analysis={analysis}"
    fewer = kpi_card(base | {"key": "customers", "change": -0.059}, facts)
    assert fewer.good is False
    steady = kpi_card(base | {"key": "at_risk", "change": 0.0001}, facts)
    assert (steady.change, steady.good, steady.since) == ("", None, "The same as 90 days ago")


def test_changes_in_words() -> None:
    assert change_words(0.031, "count") == "+3.1 %"
    assert change_words(0.012, "share") == "+1.2 points"
    assert change_words(None, "count") == ""
    assert since_words(None, 90, steady=True) == "Nothing to compare with yet"
    assert with_analysis("/propensity", "a b") == "/propensity?analysis=a+b"


def test_the_page_is_filled_once_and_turns_from_waiting_to_the_dashboard(
    services: Services, analysis: str
) -> None:
    job = {"label": "Preparing sample data", "text": "Making the shop", "state": "running", "progress": 0.4}
    waiting, shown = fill(services, "", {"active": [job]}, None)
    assert "40 %" in text_of(waiting)
    assert "Making the shop" in text_of(waiting)
    _, shown = fill(services, analysis, {"active": [job]}, shown)
    assert shown == analysis
    with pytest.raises(PreventUpdate):
        fill(services, analysis, {"active": []}, shown)


def test_an_analysis_that_is_gone_is_said(services: Services) -> None:
    assert "There is no analysis" in text_of(dashboard(services, "gone"))


def test_the_dates_of_the_windows(services: Services, analysis: str) -> None:
    facts = Facts.of(services, analysis)
    assert facts.dates("past") == "3 Oct 2025 to 31 Dec 2025"
    assert facts.dates("next") == "1 Jan 2026 to 31 Mar 2026"
    assert facts.currency is None
