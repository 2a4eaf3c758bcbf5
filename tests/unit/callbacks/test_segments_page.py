from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate
from openpyxl import load_workbook

from app import create_app
from callbacks import segments_map, segments_movement, segments_source, segments_table, segments_views
from callbacks.segments_begin import describe
from callbacks.segments_controls import clv_options
from callbacks.segments_headline import headline, read_filter, values
from callbacks.segments_source import Source, choose
from callbacks.services import Services
from data.segments.filter import SegmentFilter
from data.store import Store
from jobs.queue import JobQueue
from pages._ui import ids
from settings import Settings
from tests.layouts import text_of
from tests.segmentations import COUNTRIES, make_segmentation

PEOPLE = 300


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("segments") / "home"


@pytest.fixture(scope="module")
def services(home: Path) -> Services:
    # Nobody works on what is asked for here.
    return Services(Settings(home=home, autosample=False), Store(home), JobQueue(home, workers=0))


@pytest.fixture(scope="module")
def rules(services: Services) -> str:
    return make_segmentation(services.store, PEOPLE)


@pytest.fixture(scope="module")
def table(services: Services) -> str:
    return make_segmentation(services.store, PEOPLE, "customers", "kmeans", source_id="dataset-2")


def asked(segmentation: str, **more: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        name: more.pop(name) for name in ("x", "y", "metric", "by", "narrow", "sort", "only") if name in more
    }
    return {"filter": {"segmentation": segmentation, **more}, "theme": "light", **options}


def test_the_filters_say_what_the_address_says(services: Services, rules: str) -> None:
    start = {
        "segment": "champions,lost",
        "clv": "top25",
        "a0": "Germany",
        "search": "C0",
        "x": "clv",
        "y": "nonsense",
    }
    shown = describe(services, rules, None, start, None, None)
    assert shown["pick"] == ["champions", "lost"]
    assert (shown["clv"], shown["churn"], shown["search"]) == ("top25", "any", "C0")
    assert shown["extra"] == {"where": {"a0": ["Germany"]}}
    assert (shown["x_value"], shown["y_value"], shown["by_value"]) == ("clv", "monetary", "a0")
    assert "not known here" in text_of(shown["message"])
    low, high, top = services.segments(rules).manifest["bands"]["clv"]
    assert shown["clv_options"][1]["label"].startswith(f"Top 10 %: £{top:,.2f}"[:14])
    assert low < high < top
    assert shown["ready"]["keys"] == ["champions", "loyal", "new", "at_risk", "lost"]


def test_nonsense_in_the_address_is_told_and_everybody_is_shown(services: Services, rules: str) -> None:
    wrong = describe(services, rules, None, {"clv": "huge", "segment": "champions"}, None, None)
    assert "not 'huge'" in text_of(wrong["message"])
    assert wrong["pick"] == []
    foreign = describe(services, rules, None, {"segment": "nobody", "churn": "high"}, None, None)
    assert "was left out" in text_of(foreign["message"])
    assert (foreign["pick"], foreign["churn"]) == ([], "high")
    axis = describe(services, rules, None, {"x": "secret", "segmentation": "gone"}, None, None)
    assert "not known here" in text_of(axis["message"])
    assert "are not there" in text_of(axis["message"])


def test_another_segmentation_keeps_what_it_can_answer(services: Services, rules: str) -> None:
    other = make_segmentation(services.store, PEOPLE, method="kmeans")
    first = describe(services, rules, None, {}, None, None)
    params = {"segmentation": rules, "segment": "champions", "churn": "high", "flow": "lost,champions"}
    then = describe(services, other, None, {}, first["ready"], params)
    assert (then["pick"], then["churn"], then["extra"]) == ([], "high", {"where": {}})
    assert then["message"] is no_update
    # New names: everything stays.
    again = describe(services, rules, 1, {}, first["ready"], params)
    assert again["pick"] == ["champions"]
    assert again["extra"]["flow"] == "lost,champions"
    assert again["ready"]["stamp"] != first["ready"]["stamp"]


def test_what_a_table_cannot_answer_is_closed_with_a_reason(services: Services, table: str) -> None:
    shown = describe(services, table, None, {"churn": "high"}, None, None)
    assert shown["churn_closed"]
    assert "analyses of transactions only" in shown["churn_help"]
    assert not shown["clv_closed"]
    assert "spent so far" in shown["clv_help"]
    assert "away for longer than 6 of 10" in shown["at_risk_tip"]
    assert clv_options(None, "EUR") == [{"label": "Any", "value": "any"}]


def test_the_headline_counts_the_filter_and_the_legend_the_other_filters(
    services: Services, rules: str
) -> None:
    told = headline(services, {"segmentation": rules, "segment": "champions", "a0": "Germany"})
    queries = services.segments(rules)
    chosen = read_filter({"segment": "champions", "a0": "Germany"})
    assert told["count"] == str(queries.count(chosen))
    germans = queries.summary(read_filter({"a0": "Germany"})).by_segment
    assert [text_of(option["label"]) for option in told["legend"]] == [
        f"{look.name} {germans[look.key]}" for look in queries.looks
    ]
    assert germans["lost"] > 0
    assert [text_of(chip) for chip in told["chips"]] == ["Segment: Champions", "Country: Germany"]
    assert not told["closed"]
    nobody = headline(services, {"segmentation": rules, "search": "nobody has this"})
    assert (nobody["count"], nobody["closed"]) == ("0", True)
    gone = headline(services, {"segmentation": "gone"})
    assert "There is no segmentation" in text_of(gone["facts"])


def test_the_values_of_a_category_are_offered_with_their_customers(services: Services, rules: str) -> None:
    options = values(services, {"segmentation": rules}, "a0")
    assert options[0]["value"] == "none"
    assert {option["value"] for option in options[1:]} == {f"={name}" for name in (*COUNTRIES, "")}
    assert any(option["label"].startswith("Not known (") for option in options)
    assert values(services, None, "a0") == [{"label": "None", "value": "none"}]


def test_each_view_answers_for_every_kind_of_customers(services: Services, rules: str, table: str) -> None:
    options = {"x": "frequency", "y": "monetary", "metric": "monetary", "by": "a0"}
    for segmentation in (rules, table):
        for view, (_, _, places) in segments_views.VIEWS.items():
            shown = segments_views.answer(services, view, asked(segmentation, **options))
            assert set(shown) == set(places), view
    bars = segments_views.answer(services, "sizes", asked(rules))
    sizes = services.segments(rules).summary(SegmentFilter()).by_segment
    assert list(bars["figure"].data[0].x) == list(sizes.values())
    assert not bars["ring_box"]
    assert "Champions" in text_of(bars["table"])
    assert segments_views.answer(services, "movement", asked(table))["hidden"]


def test_a_view_follows_the_filter(services: Services, rules: str) -> None:
    few = segments_views.answer(services, "sizes", asked(rules, a0="Germany"))
    germans = services.segments(rules).summary(SegmentFilter(where=(("a0", ("Germany",)),))).by_segment
    assert list(few["figure"].data[0].x) == list(germans.values())
    flow = segments_views.answer(services, "movement", asked(rules, flow="lost,champions"))
    assert "stayed in their segment" in text_of(flow["text"])
    # The flow that is on does not narrow its own chart.
    assert text_of(flow["text"]) == text_of(segments_views.answer(services, "movement", asked(rules))["text"])


def test_picked_segments_stand_out_and_the_others_stay_in_sight(services: Services, rules: str) -> None:
    queries = services.segments(rules)
    shown = segments_views.answer(services, "sizes", asked(rules, segment="champions,lost"))
    bars = shown["figure"].data[0]
    assert list(bars.customdata) == [look.key for look in queries.looks]
    assert list(bars.x) == list(queries.summary(SegmentFilter()).by_segment.values())
    assert [one == 1 for one in bars.marker.opacity] == [True, False, False, False, True]
    assert "Champions" in text_of(shown["table"])
    assert "Loyal" not in text_of(shown["table"])
    grid = segments_views.answer(services, "map", asked(rules, x="frequency", y="monetary", segment="lost"))
    every = segments_views.answer(services, "map", asked(rules, x="frequency", y="monetary"))
    assert not grid["grid_box"]
    colours = [
        [(trace.customdata[0][0], trace.colorscale[0][1]) for trace in view["grid"].data]
        for view in (grid, every)
    ]
    same = {key for (key, now), (_, before) in zip(*colours, strict=True) if now == before}
    assert same == {"lost"}


def test_the_comparison_comes_in_the_order_of_a_column(services: Services, rules: str) -> None:
    def names(sort: str) -> list[str]:
        answer = segments_views.answer(services, "sizes", asked(rules, sort=sort, only="table"))
        assert answer["figure"] is no_update
        body = answer["table"].children.children[2]
        return [text_of(row.children[0]) for row in body.children]

    looks = services.segments(rules).looks
    assert names("") == [look.name for look in looks]
    assert names("name:asc") == sorted(look.name for look in looks)
    sizes = [services.segments(rules).summary(SegmentFilter()).by_segment[look.key] for look in looks]
    by_size = [look.name for _, look in sorted(zip(sizes, looks, strict=True), key=lambda pair: pair[0])]
    assert sorted(sizes) == [
        sizes[[look.name for look in looks].index(name)] for name in names("customers:asc")
    ]
    assert set(by_size) == set(names("customers:desc"))
    assert names("nonsense:asc") == names("")


def test_a_view_that_cannot_be_shown_says_so(services: Services, rules: str) -> None:
    wrong = segments_views.answer(services, "map", asked(rules, x="secret", y="monetary"))
    assert "These customers have no 'secret'" in text_of(wrong["note"])
    assert wrong["figure"].layout.annotations[0].text == "This view cannot be drawn."
    with pytest.raises(PreventUpdate):
        segments_views.answer(services, "map", None)


def test_the_sentence_names_the_largest_movement(services: Services, rules: str) -> None:
    frame = services.segments(rules).flows(SegmentFilter())
    rows = segments_movement.flow_rows(frame)
    assert all(row["was_name"] != row["name"] for row in rows)
    assert [row["customers"] for row in rows] == sorted((row["customers"] for row in rows), reverse=True)
    moves = [row for row in rows if row["was_name"] != "Not yet a customer"]
    told = segments_movement.flow_words(rows, frame, services.segments(rules).manifest, "GBP")
    assert f"from {moves[0]['was_name']} to {moves[0]['name']}" in told
    fresh = int(frame.loc[frame["was_name"] == "Not yet a customer", "customers"].sum())
    assert f"{fresh} customers came new." in told
    # The segment that is called New is no newcomer.
    assert "new" in set(frame["was_key"])


def test_the_cut_points_stand_as_ranges_from_worst_to_best() -> None:
    found = {
        "recency_days": {"cuts": [10, 20, 30, 40], "label": "Recency"},
        "monetary": {"cuts": [5, 10.5, 20, 40], "label": "Money"},
    }
    rows = segments_map.cut_rows(found, "EUR")
    assert rows[0] == (
        "Recency",
        ["over 40", "over 30, to 40", "over 20, to 30", "over 10, to 20", "up to 10"],
    )
    assert rows[1][1][0] == "up to €5"
    assert rows[1][1][1] == "over €5, to €10.50"
    assert segments_map.cut_rows(None, None) == []
    # Nobody lies between equal cut points.
    flat = segments_map.cut_rows({"frequency": {"cuts": [1, 1, 2, 4], "label": "Orders"}}, None)
    assert flat[0][1] == ["up to 1", "–", "over 1, to 2", "over 2, to 4", "over 4"]


def test_the_table_shows_the_chosen_columns_of_the_same_customers(services: Services, rules: str) -> None:
    context = {"segmentation": rules, "segment": "champions", "columns": "segment,monetary,a0"}
    request = {
        "context": context,
        "startRow": 0,
        "endRow": 20,
        "sortModel": [{"colId": "monetary", "sort": "desc"}],
    }
    found = segments_table.rows(services, request)
    assert found["rowCount"] == services.segments(rules).count(SegmentFilter(segments=("champions",)))
    assert set(found["rowData"][0]) == {"customer_id", "segment", "monetary", "a0", "seg_colour"}
    assert {row["segment"] for row in found["rowData"]} == {"Champions"}
    assert {row["seg_colour"] for row in found["rowData"]} == {1}
    assert found["rowData"][0]["monetary"].startswith("£")
    amounts = [float(row["monetary"].strip("£").replace(",", "")) for row in found["rowData"]]
    assert amounts == sorted(amounts, reverse=True)
    assert segments_table.rows(services, {"context": None})["rowCount"] is None
    assert segments_table.rows(services, request | {"context": context | {"clv": "x"}})["rowCount"] == 0


def test_the_file_holds_what_is_on_screen(home: Path, services: Services, rules: str) -> None:
    client = create_app(Settings(home=home, autosample=False)).server.test_client()
    params = {
        "segmentation": rules,
        "churn": "high",
        "columns": "segment,churn_risk",
        "sort": "churn_risk:desc",
    }
    answer = client.get(f"/download/segments.csv?{urlencode(params)}")
    assert 'filename="lapwing-test-shop-rules-5-segments.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert list(rows[0]) == ["customer_id", "segment", "churn_risk"]
    risks = [float(row["churn_risk"]) for row in rows]
    assert len(risks) == services.segments(rules).count(SegmentFilter(churn="high"))
    assert risks == sorted(risks, reverse=True)
    assert min(risks) >= 0.7
    sheet = load_workbook(
        io.BytesIO(client.get(f"/download/segments.xlsx?{urlencode(params)}").get_data())
    ).active
    assert sheet is not None
    assert sheet.max_row == len(rows) + 1
    nobody = client.get(f"/download/segments.csv?segmentation={rules}&search=nobody-has-this&columns=a2")
    assert nobody.get_data().decode("utf-8-sig") == '"customer_id","\'=HYPERLINK(""x"")"\n'
    gone = client.get("/download/segments.csv?segmentation=../x")
    assert (gone.status_code, "There is no segmentation" in gone.get_data(as_text=True)) == (404, True)
    for wrong in ("columns=secret", "clv=huge", "sort=secret:desc", "region=a,b,c"):
        refused = client.get(f"/download/segments.csv?segmentation={rules}&{wrong}")
        assert refused.status_code == 400, wrong


def chosen(services: Services, **given: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "analysis_id": "", "source": None, "choice": None, "jobs": {"active": []}, "again": None, "start": {}, "shown": None,
        "trigger": None,
    }  # fmt: skip
    return choose(services, **(asked | given))


def test_the_choice_follows_the_bar_the_address_and_the_select(
    services: Services, rules: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [
        {"label": "Shop", "value": "analysis:source-1"},
        {"label": "Table", "value": "dataset:dataset-2"},
    ]
    monkeypatch.setattr(segments_source, "source_options", lambda _: options)
    first = chosen(services, analysis_id="source-1")
    assert (first["source"], first["work_hidden"]) == ("analysis:source-1", False)
    assert rules in {option["value"] for option in first["choices"]}
    named = chosen(services, analysis_id="source-1", start={"dataset": "dataset-2"})
    assert (named["source"], named["shown"]) == ("dataset:dataset-2", table)
    moved = chosen(services, analysis_id="source-1", source="dataset:dataset-2", trigger=ids.SHELL_DATASET)
    assert moved["source"] == "analysis:source-1"
    wanted = chosen(services, analysis_id="source-1", start={"segmentation": rules})
    assert wanted["choice"] == rules
    same = chosen(services, analysis_id="source-1", start={"segmentation": rules}, shown=rules, choice=rules)
    assert same["shown"] is no_update
    with pytest.raises(PreventUpdate):
        chosen(services, analysis_id=None)
    assert Source.of("nonsense") is None


def test_customers_without_segments_get_them_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [{"label": "Bare", "value": "dataset:bare-1"}]
    monkeypatch.setattr(segments_source, "source_options", lambda _: options)
    made = chosen(services)
    assert made["work_hidden"]
    assert "Dividing the customers into segments" in text_of(made["message"])
    again = chosen(services, source="dataset:bare-1")
    assert "Dividing" in text_of(again["message"])
    jobs = [job for job in services.jobs.list(10) if job.kind == "segment"]
    assert [job.params["dataset_id"] for job in jobs] == ["bare-1"]
    services.jobs.cancel(jobs[0].id)
    stopped = chosen(services, source="dataset:bare-1")
    assert "was cancelled" in text_of(stopped["message"])
    assert stopped["again"] == ""
    # Asked for again by its button only.
    assert len([job for job in services.jobs.list(10) if job.kind == "segment"]) == 1
    chosen(services, source="dataset:bare-1", again=1, trigger=ids.SEGMENTS_AGAIN)
    assert len([job for job in services.jobs.list(10) if job.kind == "segment"]) == 2


def test_without_any_customers_the_page_says_what_to_do(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments_source, "source_options", lambda _: [])
    bare = chosen(services)
    assert bare["hidden"]
    assert "No customers yet" in text_of(bare["empty"])


def test_what_assigns_customers_can_be_saved(home: Path, services: Services, rules: str) -> None:
    client = create_app(Settings(home=home, autosample=False)).server.test_client()
    address = f"/segmentations/{rules}/segmentation.json"
    assert address in str(describe(services, rules, None, None, None, None)["about"])
    answer = client.get(address)
    assert answer.get_data() == services.store.segmentation(rules).file("segmentation.json").read_bytes()
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].endswith('.json"')
    gone = client.get("/segmentations/20200101-000000000000-abcdef/segmentation.json")
    assert (gone.status_code, gone.mimetype) == (404, "text/plain")
