from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dash.exceptions import PreventUpdate
from openpyxl import load_workbook

from app import create_app
from callbacks.downloads import filename
from callbacks.facts import Facts
from callbacks.filters import read_filter
from callbacks.propensity import (
    chart_note,
    describe,
    draw,
    group_words,
    nice,
    slider_scale,
    snap,
    summary_stats,
    table_rows,
    window_help,
)
from callbacks.services import Services
from data import names
from data.errors import InputError
from data.overview.groups import EARLIER_VERSION
from data.queries import COLUMNS, CustomerFilter
from figures import words
from settings import Settings
from tests.factories import DEFAULT_SHORTFALL, customers, publish_analysis
from tests.layouts import text_of

PEOPLE = 6000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("propensity")


@pytest.fixture(scope="module")
def analysis(home: Path) -> str:
    frame = customers(PEOPLE)
    frame.loc[0, names.CUSTOMER_ID] = "<b>=1+1</b>"
    return publish_analysis(home, frame).id


@pytest.fixture(scope="module")
def services(home: Path, analysis: str) -> Services:
    return Services.create(Settings(home=home))


def test_a_filter_reads_the_address() -> None:
    assert read_filter(None) == CustomerFilter()
    chosen = read_filter(
        {"analysis": "x", "moving": "1", "shortfall": "12.5", "min_propensity": 0.3, "window": "past"}
    )
    assert chosen == CustomerFilter(min_propensity=0.3, shortfall_threshold=12.5)
    assert read_filter({"performances": "none"}).performances == ()
    assert read_filter({"performances": "under,over"}).performances == ("under", "over")
    assert read_filter({"at_risk": "1", "window": "next"}) == CustomerFilter(window="next", at_risk=True)
    assert read_filter({"group": "lost:90", "window": "next"}) == CustomerFilter(
        window="next", group="lost:90"
    )
    with pytest.raises(InputError, match="next window"):
        read_filter({"group": "lost:90"})
    for wrong in ({"min_propensity": "2"}, {"level": "x"}, {"performances": "green"}, {"shortfall": "nan"}):
        with pytest.raises(InputError):
            read_filter(wrong)


def test_the_threshold_slider_has_round_steps_and_holds_its_default() -> None:
    assert slider_scale(205.6, 8.14) == (206.0, 2.0)
    assert slider_scale(0.0, 0.0) == (1.0, 0.005)
    top, step = slider_scale(10.0, 40.0)
    assert top >= 80
    assert snap(8.14, 2.0, 206.0) == 8.0
    assert snap(999.0, step, top) == top
    assert [nice(value) for value in (0.03, 0.5, 1.2, 7.0)] == [0.05, 0.5, 2.0, 10.0]


def test_limits_come_from_the_analysis(services: Services, analysis: str) -> None:
    first = describe(services, analysis, "past", {"shortfall": None}, None, 0)
    assert first["limits"]["default"] == DEFAULT_SHORTFALL
    assert first["value"] == first["limits"]["default_at"]
    assert not first["disabled"]
    assert "Starts at 10, half the mean spend." in first["help"]
    assert first["window_help"].startswith("3 Oct 2025 to 31 Dec 2025")
    # The address is heard once; then the slider keeps its place on the same analysis.
    assert describe(services, analysis, "past", {"shortfall": 30.0}, None, 0)["value"] == 30.0
    future = describe(services, analysis, "next", {"shortfall": 30.0}, first["limits"], 20.0)
    assert future["value"] == 20.0
    assert future["disabled"]
    assert "nobody has spent" in future["help"]
    assert "1 Jan 2026 to 31 Mar 2026" in future["window_help"]
    assert "performance" not in {column["field"] for column in future["columns"]}
    with pytest.raises(PreventUpdate):
        describe(services, "", "past", None, None, 0)


def test_one_filter_for_count_chart_table_and_download(services: Services, home: Path, analysis: str) -> None:
    params = {"analysis": analysis, "min_propensity": "0.4", "shortfall": "15", "performances": "under"}
    drawn = draw(services, params, None, "light")
    people = int(drawn["size"].replace(",", ""))
    assert 0 < people < PEOPLE
    points = [trace for trace in drawn["figure"].data if trace.type == "scatter"]
    assert [trace.name for trace in points] == ["Spent less"]
    assert len(points[0].text) == people
    table = table_rows(services, {"startRow": 0, "endRow": PEOPLE, "sortModel": [], "context": params})
    assert table["rowCount"] == people
    client = create_app(Settings(home=home, autosample=False)).server.test_client()
    answer = client.get("/download/segment.csv", query_string=params)
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [row["customer_id"] for row in rows] == [row["customer_id"] for row in table["rowData"]]
    assert min(float(row["pred_prob"]) for row in rows) >= 0.4
    assert min(float(row["shortfall"]) for row in rows) >= 15
    assert 'filename="lapwing-test-shop-past-window-segment.csv"' in answer.headers["Content-Disposition"]
    sheet = load_workbook(
        io.BytesIO(client.get("/download/segment.xlsx", query_string=params).get_data())
    ).active
    assert sheet is not None
    assert sheet.max_row == people + 1


def test_a_download_that_cannot_be_is_told_in_words(home: Path, analysis: str) -> None:
    client = create_app(Settings(home=home, autosample=False)).server.test_client()
    gone = client.get("/download/segment.csv?analysis=../x")
    assert gone.status_code == 404
    assert "There is no analysis" in gone.get_data(as_text=True)
    wrong = client.get(f"/download/segment.csv?analysis={analysis}&min_propensity=7")
    assert wrong.status_code == 400
    assert "between 0 and 1" in wrong.get_data(as_text=True)
    nobody = client.get(f"/download/segment.csv?analysis={analysis}&performances=none")
    assert nobody.status_code == 200
    assert nobody.get_data().decode("utf-8-sig").startswith('"customer_id",')
    assert filename("…/päth <x> past window segment", "csv") == "lapwing-p-th-x-past-window-segment.csv"


def test_the_summary_says_what_chance_alone_would_do(services: Services, analysis: str) -> None:
    drawn = draw(services, {"analysis": analysis}, None, "light")
    assert drawn["size"] == f"{PEOPLE:,}"
    said = text_of(drawn["facts"])
    assert "would be red by chance if the model were perfect" in said
    red = next(trace for trace in drawn["figure"].data if trace.name == "Spent less")
    counts = [text_of(option["label"]) for option in drawn["colours"]]
    assert sum(int(text.split()[-1].replace(",", "")) for text in counts) == PEOPLE
    assert len(red.text) > 100


def test_while_a_slider_moves_fewer_points_are_drawn(services: Services, analysis: str) -> None:
    def drawn(**more: str) -> int:
        figure = draw(services, {"analysis": analysis, **more}, None, "dark")["figure"]
        return sum(len(trace.text) for trace in figure.data if trace.type == "scatter")

    assert drawn(moving="1") < 1500
    assert 4000 < drawn() < 5500


def test_zoom_changes_the_view_and_not_the_segment(services: Services, analysis: str) -> None:
    whole = draw(services, {"analysis": analysis}, None, "light")
    zoomed = draw(services, {"analysis": analysis}, {"x": [0.5, 1.2], "y": [0.5, 0.9]}, "light")
    assert zoomed["size"] == whole["size"]
    assert list(zoomed["figure"].layout.xaxis.range) == [0.5, 1.2]
    assert "Zoom is for looking only" in zoomed["note"]
    assert (whole["reset"], zoomed["reset"]) == ("lw-hidden", "")


def test_the_future_has_a_forecast_and_no_colours(services: Services, analysis: str) -> None:
    drawn = draw(services, {"analysis": analysis, "window": "next"}, None, "light")
    assert [trace.name for trace in drawn["figure"].data if trace.type == "scatter"] == ["Customers"]
    assert all(option["disabled"] for option in drawn["colours"])
    assert text_of(drawn["facts"]).startswith("Predicted spend")
    assert "Red" not in text_of(drawn["facts"])


def test_what_cannot_be_answered_is_said(services: Services, analysis: str) -> None:
    for params in ({"analysis": "gone"}, {"analysis": analysis, "level": "0.4"}):
        drawn = draw(services, params, None, "light")
        assert drawn["closed"] is True
        assert drawn["size"] == "–"
        assert text_of(drawn["facts"]).strip()
    assert (
        table_rows(services, {"startRow": 0, "endRow": 10, "context": {"analysis": "gone"}})["rowCount"] == 0
    )
    nobody = draw(services, {"analysis": analysis, "performances": "none"}, None, "light")
    assert (nobody["size"], nobody["closed"]) == ("0", True)
    assert "No customer matches" in nobody["figure"].layout.annotations[0].text
    with pytest.raises(PreventUpdate):
        draw(services, {"analysis": analysis}, None, None)


def test_the_table_sorts_by_what_it_shows_only(services: Services, analysis: str) -> None:
    request: dict[str, Any] = {"startRow": 0, "endRow": 50, "context": {"analysis": analysis}}
    by_default = table_rows(services, request)["rowData"]
    amounts = [float(row["shortfall"].replace(",", "")) for row in by_default]
    assert amounts == sorted(amounts, reverse=True)
    sneaky = request | {"sortModel": [{"colId": "spend_mu; DROP TABLE past", "sort": "asc"}]}
    assert table_rows(services, sneaky)["rowData"] == by_default
    rising = table_rows(services, request | {"sortModel": [{"colId": "frequency", "sort": "asc"}]})["rowData"]
    assert rising[0]["frequency"] == "1"
    assert table_rows(services, {"startRow": 0, "endRow": 9}) == {"rowData": [], "rowCount": 0}


def test_what_the_chart_shows_of_how_many() -> None:
    assert chart_note(3000, 3000, zoomed=False).startswith("Each point is a customer; all 3,000 are drawn.")
    assert "4,966 of 23,502" in chart_note(4966, 23_502, zoomed=False)


def test_what_became_of_each_colour_is_said_with_its_own_figures(services: Services, analysis: str) -> None:
    facts = Facts.of(services, analysis)
    ratios = {"under": {"ratio": 0.631}, "as_expected": {"ratio": 0.854}, "over": {"ratio": 1.52}}
    told = window_help(facts, "past", ratios)
    assert told.endswith(
        "Customers who were red one window earlier spent 63 % of their forecast of then in this one, yellow ones "
        "85 %, blue ones 152 %."
    )
    # Nothing is said where there was no earlier window, or nobody of a colour in it.
    for unknown in (None, {}, ratios | {"over": {"ratio": None}}):
        assert window_help(facts, "past", unknown).endswith("checked against what happened.")
    assert "red" not in window_help(facts, "next", ratios)


def test_predicted_spend_is_turned_into_margin(services: Services, analysis: str) -> None:
    chosen = CustomerFilter(window="next")
    summary = services.queries(analysis).summary(chosen)
    facts = replace(Facts.of(services, analysis), currency="USD", margin=0.25)
    shown = text_of(summary_stats(summary, chosen, facts)[0])
    assert words.money_short(summary.pred_spend, "USD") in shown
    assert f"{words.money_short(summary.pred_spend / 4, 'USD')} of it margin" in shown
    assert "margin" not in text_of(summary_stats(summary, chosen, replace(facts, margin=None))[0])


@pytest.fixture(scope="module")
def grouped(home: Path) -> str:
    """An analysis whose customers have what the overview knows of them: every fifth is lost."""
    frame = customers(500)
    known = frame.assign(
        first_month=202501, change_90=[int(place % 5 == 0) for place in range(len(frame))], orders_365=1.0
    )
    return publish_analysis(home, frame, known).id


def test_a_group_narrows_chart_table_and_download_alike(services: Services, home: Path, grouped: str) -> None:
    params = {"analysis": grouped, "window": "next", "group": "lost:90"}
    drawn = draw(services, params, None, "light")
    assert (drawn["size"], drawn["closed"]) == ("100", False)
    table = table_rows(services, {"startRow": 0, "endRow": 500, "sortModel": [], "context": params})
    names_shown = {row["customer_id"] for row in table["rowData"]}
    assert table["rowCount"] == 100
    assert names_shown == {f"C{place:06d}" for place in range(0, 500, 5)}
    client = create_app(Settings(home=home, autosample=False)).server.test_client()
    answer = client.get("/download/segment.csv", query_string=params)
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert {row["customer_id"] for row in rows} == names_shown
    # The file is the table's columns: what the overview knows of a customer is no part of it.
    assert tuple(rows[0]) == COLUMNS["next"]
    assert 'filename="lapwing-test-shop-lost-last-90-days.csv"' in answer.headers["Content-Disposition"]
    book = load_workbook(
        io.BytesIO(
            client.get("/download/segment.xlsx", query_string=params | {"min_propensity": "0.25"}).get_data()
        )
    )
    assert book.sheetnames == ["Segment", "About"]
    assert [tuple(row) for row in book["About"].values] == [
        ("Customers", "lost customers (of the 90 days before, nothing in the last 90 days)"),
        ("Data", "Test shop"),
        ("Last day", "31 Dec 2025"),
        ("Filters", "propensity of 25 % or more"),
    ]


def test_an_analysis_without_groups_says_what_to_do_and_the_rest_works(
    services: Services, home: Path, analysis: str
) -> None:
    params = {"analysis": analysis, "window": "next", "group": "lost:90"}
    drawn = draw(services, params, None, "light")
    assert (drawn["size"], drawn["closed"]) == ("–", True)
    assert EARLIER_VERSION in text_of(drawn["facts"])
    assert table_rows(services, {"startRow": 0, "endRow": 10, "context": params})["rowCount"] == 0
    client = create_app(Settings(home=home, autosample=False)).server.test_client()
    for extension in ("csv", "xlsx"):
        refused = client.get(f"/download/segment.{extension}", query_string=params)
        assert (refused.status_code, refused.get_data(as_text=True)) == (400, EARLIER_VERSION)
    assert draw(services, {"analysis": analysis, "window": "next"}, None, "light")["size"] == f"{PEOPLE:,}"


def test_the_chip_says_who_is_listed() -> None:
    assert group_words("lost:90") == (
        "lost customers (of the 90 days before, nothing in the last 90 days)",
        False,
    )
    assert group_words("") == group_words(None) == ("", True)
    # One that makes no sense can still be taken off.
    assert group_words("<b>") == ("a group that is not known", False)
