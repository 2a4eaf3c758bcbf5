"""What can be done with segments: what is asked for, kept, advised and saved."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from dash import no_update
from dash.development.base_component import Component
from flask import Flask, Response

from callbacks import segment_actions as page
from callbacks import segment_actions_advice as advising
from callbacks import segment_actions_edit as editing
from callbacks import segment_actions_lists as listing
from callbacks import segment_actions_new as making
from callbacks import segment_actions_work as working
from callbacks.services import Services
from data.errors import InputError, NotFoundError
from data.names import FEATURES
from data.segments.filter import SegmentFilter
from data.store import ANALYSES, DATASETS, Store
from jobs.queue import JobQueue
from models.segmentation.params import RFM, SegmentParams
from pages._ui import explorer_act_edit as edit_view
from pages._ui import explorer_act_play as play_view
from pages._ui.explorer_act_new import plain
from settings import Settings
from tests.layouts import text_of as texts
from tests.segmentations import ATTRIBUTES, HOSTILE, make_segmentation

QUINTILES = {"recency_days": (10.0, 20.0, 30.0, 40.0), "frequency": (1.0, 1.0, 2.0, 3.0)}


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """Services whose jobs wait for ever: what is asked for is looked at, nothing runs."""
    store = Store(tmp_path / "home")
    return Services(Settings(home=store.home), store, JobQueue(store.home, workers=0))


def every(component: Any) -> list[Component]:
    if isinstance(component, list | tuple):
        return [found for child in component for found in every(child)]
    if not isinstance(component, Component):
        return []
    return [component, *every(getattr(component, "children", None))]


def analysed(services: Services, **changes: Any) -> str:
    """A segmentation of an analysis that is there."""

    def dataset(_: Path) -> dict[str, Any]:
        return {"kind": "transactions", "first_date": "2024-01-05", "last_date": "2025-12-31"}

    dataset_id = services.store.publish(DATASETS, "Shop", dataset)

    def analysis(_: Path) -> dict[str, Any]:
        return {"dataset_id": dataset_id, "cutoff": "2025-10-02", "last_date": "2025-12-31"}

    found = services.store.publish(ANALYSES, "Shop", analysis)
    return make_segmentation(
        services.store, source_id=found, dataset_id=dataset_id, series=dataset_id, **changes
    )


def params(**given: Any) -> SegmentParams:
    return making.params_of({"method": "kmeans", **given}, {}, QUINTILES)


def ended(services: Services, job_id: str, state: Any, **facts: Any) -> None:
    job = replace(services.jobs.get(job_id), state=state, **facts)
    services.jobs.records.change(lambda records: records.put(job))


# New segments


def test_the_form_offers_what_the_customers_have(services: Services) -> None:
    found = making.source_of(services, analysed(services))
    assert found.about.startswith("Divides the 300 customers of Test shop as of 31 Dec 2025 anew.")
    assert [each.key for each in found.features] == [*RFM, *(each.key for each in ATTRIBUTES)]
    notes = {each.key: each.note for each in found.features}
    assert notes["a0"] == "category, 8 values"
    assert (notes["monetary"], notes["a1"]) == ("", "")
    assert next(each.label for each in found.features if each.key == "a1") == "<i>Age</i>"
    assert found.chosen == RFM
    assert set(RFM) | {each.key for each in found.more} == set(FEATURES)
    assert set(found.cuts) == set(RFM)
    assert found.earlier is not None
    assert (found.earlier.first, found.earlier.last, found.earlier.usual) == (
        "2024-01-05",
        "2025-12-30",
        "2025-10-02",
    )


def test_a_table_of_customers_has_no_orders_and_no_earlier_day(services: Services) -> None:
    found = making.source_of(services, make_segmentation(services.store, kind="customers"))
    assert found.more == ()
    assert found.earlier is None
    assert "as of" not in found.about


def test_customers_without_segments_can_be_divided(services: Services) -> None:
    """Where the first segments could not be made, others are asked for all the same."""
    analysis = services.store.segmentation(analysed(services)).source_id
    found = making.source_of(services, None, f"analysis:{analysis}")
    assert found.about.startswith("Divides the customers of Shop.")
    assert (tuple(each.key for each in found.features), found.cuts) == (RFM, dict.fromkeys(RFM, ()))
    assert found.earlier is not None
    job = working.start(services, None, {"method": "rules"}, {}, f"analysis:{analysis}")
    asked = services.jobs.get(job).params
    assert (asked["analysis_id"], asked["params"]["method"]) == (analysis, "rules")
    assert asked["title"] == "Shop by RFM rules"

    def table(_: Path) -> dict[str, Any]:
        columns = [
            ("Spend", "monetary", "number"),
            ("Seen", "recency_days", "text"),
            ("City", "", "category"),
        ]
        return {
            "kind": "customers",
            "columns": [
                dict(zip(("name", "role", "type"), each, strict=True)) for each in columns
            ],
        }  # fmt: skip

    dataset = services.store.publish(DATASETS, "Table", table)
    found = making.source_of(services, None, f"dataset:{dataset}")
    assert [each.key for each in found.features] == ["monetary"]
    assert (found.cuts, found.more, found.earlier) == ({}, (), None)
    job = working.start(services, None, {"method": "kmeans", "k": "3"}, {}, f"dataset:{dataset}")
    assert services.jobs.get(job).params["dataset_id"] == dataset
    with pytest.raises(InputError, match="no customers on screen"):
        making.source_of(services, None, None)


def test_changes_that_were_lost_are_told(services: Services) -> None:
    shown = make_segmentation(services.store)
    found = services.store.segmentation(shown)
    folder = services.store.home / "edits"
    folder.mkdir()
    (folder / f"looks-{found.series}-{found.method}.json").write_text("{", encoding="utf-8")
    (folder / "playbook.json").write_text("[", encoding="utf-8")
    assert [part.name for part in editing.parts_of(services, shown)]
    told = editing.lost(services, shown)
    assert len(told) == 1
    assert "could not be read and was set aside" in told[0]
    assert told[0] in texts(edit_view.body(editing.parts_of(services, shown), told))
    cards = texts(advising.advice(services, params_of_page(shown)))
    assert "playbook.json could not be read and was set aside" in cards
    assert "looks-" not in cards


def test_only_what_the_algorithm_reads_is_taken() -> None:
    everything = {"k": "4", "eps": 0.5, "min_size": 30, "scaling": "robust", "features": ["monetary", "a0"]}
    assert params(**everything) == SegmentParams(
        method="kmeans", features=("monetary", "a0"), scaling="robust", k=4
    )
    dense = making.params_of({"method": "dbscan", **everything}, {}, QUINTILES)
    assert dense == SegmentParams(
        method="dbscan", features=("monetary", "a0"), scaling="robust", eps=0.5, min_size=30
    )
    rules = making.params_of({"method": "rules", **everything}, {}, QUINTILES)
    assert rules == SegmentParams(method="rules")


def test_the_usual_features_are_none_in_particular() -> None:
    assert params(features=["frequency", "recency_days"]).features == ()
    assert params(features=[]).features == ()
    assert params(features=["frequency"]).features == ("frequency",)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"method": "hdbscan", "min_size": 1.5}, "The smallest group is a whole number"),
        ({"method": "hdbscan", "min_size": -1}, "The smallest group is a whole number"),
        ({"method": "dbscan", "eps": -0.1}, "The neighbourhood is a number above 0"),
        ({"method": "magic"}, "Customers are segmented by"),
        ({"scaling": "odd"}, "The scaling is one of"),
    ],
)
def test_what_makes_no_sense_is_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        params(**given)


def test_cut_points_are_kept_where_they_were_changed() -> None:
    def cuts(**given: Any) -> Any:
        return making.params_of({"method": "rules"}, given, QUINTILES).cuts

    assert cuts(recency_days=[10, 20, 30, 40], frequency=[None, "", None, ""]) is None
    assert cuts(recency_days=[10, 20, 30, 45], frequency=[1, 1, 2, 3]) == {"recency_days": (10, 20, 30, 45)}
    for wrong in ([10, 20, 30, None], [10, 30, 20, 40]):
        with pytest.raises(InputError, match="Days since last order: give four numbers"):
            cuts(recency_days=wrong)


def test_quintiles_come_from_a_segmentation_that_nobody_cut(services: Services) -> None:
    usual = make_segmentation(services.store)
    own = make_segmentation(
        services.store, customers=30, params={"method": "rules", "cuts": {"frequency": [1, 2, 3, 4]}}
    )
    assert making.quintiles_of(services, own) == making.cuts_of(services.store.segmentation(usual))
    assert making.quintiles_of(services, own) != making.cuts_of(services.store.segmentation(own))
    rows = making.quintile_rows(services, own)
    fields = [
        part for part in every(rows) if isinstance(getattr(part, "id", None), dict) and part.id["place"] == 0
    ]
    wanted = making.cuts_of(services.store.segmentation(usual))
    assert [field.value for field in fields] == [plain(wanted[name][0]) for name in RFM]


def test_quintiles_that_nobody_knows_are_left_to_the_making(services: Services) -> None:
    own = make_segmentation(services.store, params={"method": "rules", "cuts": {"frequency": [1, 2, 3, 4]}})
    found = [part.value for part in every(making.quintile_rows(services, own)) if hasattr(part, "value")]
    assert found == [""] * 12


def test_segments_are_asked_for(services: Services) -> None:
    shown = analysed(services)
    fields = {"method": "kmeans", "k": "5", "features": ["recency_days"], "more": ["trend"]}
    job = services.jobs.get(working.start(services, shown, fields | {"earlier": "2025-10-02"}, {}))
    assert job.kind == "segment"
    assert job.params == {
        "analysis_id": services.store.segmentation(shown).source_id,
        "params": SegmentParams("kmeans", features=("recency_days", "trend"), k=5).to_dict(),
        "title": "Test shop by K-Means",
    }
    assert job.label == "Segmenting Test shop by K-Means"
    later = services.jobs.get(working.start(services, shown, fields | {"earlier": "2025-06-30"}, {}))
    assert later.params["earlier"] == "2025-06-30"
    for wrong in ("2023-12-31", "2025-12-31"):
        with pytest.raises(InputError, match="Compare with a day from 5 Jan 2024 to 30 Dec 2025"):
            working.start(services, shown, fields | {"earlier": wrong}, {})


def test_segments_of_a_table_are_asked_for(services: Services) -> None:
    shown = make_segmentation(services.store, kind="customers", source_id="table-1")
    job = services.jobs.get(working.start(services, shown, {"method": "rules", "earlier": "2025-06-30"}, {}))
    assert job.params["dataset_id"] == "table-1"
    assert "earlier" not in job.params


def test_cut_points_arrive_in_order() -> None:
    ids = [{"column": column, "place": place} for column in ("monetary", "frequency") for place in (1, 0)]
    assert working.cuts_by_column(ids, [2, 1, 4, None]) == {"monetary": [1, 2], "frequency": [None, 4]}


def test_the_work_is_followed(services: Services) -> None:
    assert working.follow(services, None, 3) == dict.fromkeys(
        ("job", "choice", "edited", "open"), no_update
    ) | {"work": None}
    gone = working.follow(services, "0123456789ab", 3)
    assert (gone["work"], gone["job"]) == (None, None)
    job_id = working.start(services, make_segmentation(services.store), {"method": "kmeans"}, {})
    waits = working.follow(services, job_id, 3)
    assert "Waiting for its turn" in texts(waits["work"])
    assert waits["choice"] is no_update
    services.jobs.cancel(job_id)
    assert "cancelled" in texts(working.follow(services, job_id, 3)["work"])


def test_what_was_made_is_chosen(services: Services) -> None:
    job_id = working.start(services, make_segmentation(services.store), {"method": "kmeans"}, {})
    ended(services, job_id, "done", result={"segmentation_id": "made"})
    done = working.follow(services, job_id, 3)
    assert done == {"work": None, "job": None, "choice": "made", "edited": 4, "open": False}


def test_what_failed_is_told_in_words(services: Services) -> None:
    job_id = working.start(services, make_segmentation(services.store), {"method": "kmeans"}, {})
    ended(services, job_id, "failed", error="There are 2 customers for 9 segments.")
    told = working.follow(services, job_id, 3)
    assert "There are 2 customers for 9 segments." in texts(told["work"])
    assert told["job"] is no_update


def test_own_segments_can_be_deleted_and_others_not(services: Services) -> None:
    usual = make_segmentation(services.store)
    own = make_segmentation(services.store, default=False, title="Mine <b>")
    asked = working.ask_delete(services, own)
    assert "“Mine <b>” will be removed" in asked["text"]
    page.delete(services, asked["about"])
    assert [each.id for each in services.store.segmentations()] == [usual]
    with pytest.raises(InputError, match="belong to the analysis"):
        page.delete(services, {"kind": "segmentation", "id": usual})
    with pytest.raises(NotFoundError):
        page.delete(services, asked["about"])


def test_what_was_made_is_listed(services: Services) -> None:
    usual = make_segmentation(services.store)
    make_segmentation(services.store, source_id="other")
    own = make_segmentation(services.store, default=False, title=HOSTILE[1])
    told = texts(working.made_of(services, own))
    assert HOSTILE[1] in told
    listed = [
        part.id
        for part in every(working.made_of(services, own))
        if isinstance(getattr(part, "id", None), dict)
    ]
    assert [each["id"] for each in listed] == [own, own, usual]


# Edits


def fields(services: Services, shown: str, **changed: tuple[str, str | None, str]) -> dict[int, Any]:
    """The fields of the form as they open, with those of some keys changed."""
    return {
        part.code: changed.get(part.key, edit_view.values(part)) for part in editing.parts_of(services, shown)
    }


def test_edits_are_kept_by_what_differs(services: Services) -> None:
    shown = make_segmentation(services.store)
    given = fields(
        services, shown, champions=("  The   best ", "4", edit_view.NONE), lost=("Lost", "11", "at_risk")
    )
    done = editing.save(services, shown, given)
    assert done["wrong"] == {}
    kept = {"champions": {"name": "The best", "colour": 4}, "lost": {"into": "at_risk"}}
    assert services.edits.looks("series-1", "rules") == kept
    looks = services.segments(shown).looks
    assert (looks[0].name, looks[0].colour) == ("The best", 4)
    assert "lost" not in [look.key for look in looks]
    # What was merged away can still be edited.
    parts = {part.key: part for part in editing.parts_of(services, shown)}
    assert (parts["lost"].name, parts["lost"].into) == ("Lost", "at_risk")
    assert (parts["champions"].found, parts["champions"].name) == ("Champions", "The best")
    assert done["undo"] == {"series": "series-1", "method": "rules", "looks": {}}
    editing.undo(services, done["undo"])
    assert services.edits.looks("series-1", "rules") == {}


def test_edits_go_on_with_the_data_set(services: Services) -> None:
    shown = make_segmentation(services.store)
    editing.save(services, shown, fields(services, shown, new=("Fresh", "4", edit_view.NONE)))
    later = make_segmentation(services.store, customers=50, source_id="source-2")
    assert "Fresh" in [look.name for look in services.segments(later).looks]
    # As found again is nothing kept.
    given = {part.code: edit_view.values(part) for part in editing.as_found(services, later)}
    editing.save(services, later, given)
    assert services.edits.looks("series-1", "rules") == {}


def test_what_was_kept_for_segments_that_are_not_here_stays(services: Services) -> None:
    shown = make_segmentation(services.store, method="kmeans")
    services.edits.save_looks("series-1", "kmeans", {"promising": {"name": "Hopefuls"}})
    editing.save(services, shown, fields(services, shown, loyal=("Regulars", "2", edit_view.NONE)))
    assert services.edits.looks("series-1", "kmeans") == {
        "promising": {"name": "Hopefuls"},
        "loyal": {"name": "Regulars"},
    }


def test_wrong_edits_are_told_at_their_field_and_nothing_is_kept(services: Services) -> None:
    shown = make_segmentation(services.store)
    given = fields(services, shown, new=(" champions", "4", edit_view.NONE), lost=("", "1", edit_view.NONE))
    done = editing.save(services, shown, given)
    assert done == {
        "wrong": {2: "“champions” is taken by another segment.", 4: "Give it a name, or reset it."},
        "undo": None,
    }
    assert services.edits.looks("series-1", "rules") == {}


def test_names_are_text(services: Services) -> None:
    shown = make_segmentation(services.store)
    editing.save(services, shown, fields(services, shown, new=(HOSTILE[1], "4", edit_view.NONE)))
    assert HOSTILE[1] in texts(advising.advice(services, {"segmentation": shown}))


# What to do


def test_a_card_for_each_segment_of_the_filter(services: Services) -> None:
    shown = make_segmentation(services.store)
    told = texts(advising.advice(services, {"segmentation": shown}))
    for name in ("Champions", "Loyal", "New", "At risk", "Lost"):
        assert f"What makes {name}." in told
    few = texts(advising.advice(services, {"segmentation": shown, "segment": "lost,new", "churn": "high"}))
    assert "What makes Lost." in few
    assert "What makes Champions." not in few


def test_figures_of_the_cards_are_those_of_the_filter(services: Services) -> None:
    shown = make_segmentation(services.store)
    chosen = SegmentFilter(segments=("lost",), churn="high")
    summary = services.segments(shown).summary(chosen)
    told = texts(advising.advice(services, {"segmentation": shown, **chosen.to_params()}))
    assert f"Customers {summary.customers} 100 % of all Revenue" in told


def test_cards_of_a_table_say_what_is_known(services: Services) -> None:
    shown = make_segmentation(services.store, kind="customers")
    told = texts(advising.advice(services, {"segmentation": shown}))
    assert told.startswith("Those who spent most first.")
    assert "to stay away" not in told


def test_the_download_of_a_card_is_that_segment_of_the_filter(services: Services) -> None:
    chosen = SegmentFilter(segments=("lost", "new"), search="a,b&c=d")
    address = urlsplit(advising.download_address("seg-1", chosen, "lost"))
    assert address.path == "/download/segments.csv"
    found = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert found.pop("segmentation") == "seg-1"
    assert SegmentFilter.from_params(found) == SegmentFilter(segments=("lost",), search="a,b&c=d")


def test_a_play_can_be_rewritten_and_taken_back(services: Services) -> None:
    usual = advising.play_of("lost", {})
    assert set(usual) == set(play_view.FIELDS)
    given = usual | {"offer": f" {HOSTILE[1]} ", "timing": ""}
    changed = advising.changed_fields("lost", given)
    # What is as it was is not kept: it follows Lapwing's text. What was emptied is Lapwing's again.
    assert changed == {"offer": HOSTILE[1]}
    services.edits.save_play("lost", changed)
    assert advising.play_of("lost", services.edits.playbook()) == usual | {"offer": HOSTILE[1]}
    told = texts(advising.advice(services, {"segmentation": make_segmentation(services.store)}))
    assert HOSTILE[1] in told
    assert told.count("Your own text.") == 1
    assert advising.changed_fields("lost", usual) is None


# Lists


def params_of_page(shown: str, **chosen: Any) -> dict[str, str]:
    return {"segmentation": shown, **SegmentFilter(**chosen).to_params()}


def test_who_would_be_saved_is_told(services: Services) -> None:
    shown = make_segmentation(services.store)
    given = params_of_page(shown, segments=("lost",), where=(("a0", (HOSTILE[0],)),))
    people, name, customers = listing.who(services, given)
    assert customers == services.segments(shown).count(SegmentFilter.from_params(given)) > 0
    assert f"{customers} customer" in texts(people)
    assert f"Country: {HOSTILE[0]}" in texts(people)
    assert name == f"Lost, Country: {HOSTILE[0]}"


def test_a_list_is_saved_and_listed(services: Services) -> None:
    shown = make_segmentation(services.store)
    given = params_of_page(shown, segments=("lost",), churn="high")
    name, customers = listing.save(services, given, "  Win   back <b> ")
    assert name == "Win back <b>"
    assert customers == services.segments(shown).count(SegmentFilter.from_params(given))
    told = texts(listing.saved_lists(services, shown))
    assert "Win back <b>" in told
    assert f"{customers} customers" in told
    assert "Segment: Lost" in told
    link = next(
        part.href
        for part in every(listing.saved_lists(services, shown))
        if "Open" in texts(part) and hasattr(part, "href")
    )
    address = urlsplit(link)
    found = {key: values[0] for key, values in parse_qs(address.query).items()}
    assert address.path == "/segments"
    assert (found["analysis"], found["segmentation"]) == ("source-1", shown)
    assert SegmentFilter.from_params(found) == SegmentFilter(segments=("lost",), churn="high")


def test_a_list_without_its_segments_cannot_be_opened(services: Services) -> None:
    shown, other = make_segmentation(services.store), make_segmentation(services.store)
    listing.save(services, params_of_page(shown), "All")
    services.store.delete_segmentation(shown)
    told = texts(listing.saved_lists(services, other))
    assert "Its segments are deleted" in told
    assert "Open" not in told


def test_lists_of_other_data_sets_are_counted(services: Services) -> None:
    here, there = make_segmentation(services.store), make_segmentation(services.store, series="series-2")
    listing.save(services, params_of_page(there), "Elsewhere")
    told = texts(listing.saved_lists(services, here))
    assert "No lists yet" in told
    assert "1 more list of other data sets" in told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (" ", "Give the list a name"),
        (None, "Give the list a name"),
        ("ALL  customers", "There is a list called “ALL customers” already"),
        ("x" * 61, "1 to 60 characters"),
    ],
)
def test_names_of_lists_that_cannot_be(services: Services, name: str | None, told: str) -> None:
    shown = make_segmentation(services.store)
    listing.save(services, params_of_page(shown), "All customers")
    with pytest.raises(InputError, match=told):
        listing.save(services, params_of_page(shown), name)
    assert len(services.store.lists()) == 1


def test_nobody_is_no_list(services: Services) -> None:
    shown = make_segmentation(services.store)
    with pytest.raises(InputError, match="No customer matches"):
        listing.save(services, params_of_page(shown, search="nobody is called this"), "None")


def fetch(services: Services, list_id: str, extension: str) -> Response:
    with Flask("test").test_request_context():
        return listing.list_file(services, list_id, extension)


def test_a_list_is_downloaded_whole(services: Services) -> None:
    shown = make_segmentation(services.store)
    name, customers = listing.save(services, params_of_page(shown), "Ünïcødé/../list")
    list_id = services.store.lists()[0].id
    answer = fetch(services, list_id, "csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lapwing-list-n-c-d-list.csv"'
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows) == 1 + customers == 301
    assert rows[0][0] == "customer_id"
    assert "Country" in rows[0]
    assert '\'=HYPERLINK("x")' in rows[0]
    assert "'=1+1 id" in [row[0] for row in rows]
    book = openpyxl.load_workbook(io.BytesIO(fetch(services, list_id, "xlsx").get_data()))
    assert book.active is not None
    assert book.active.max_row == 1 + customers
    assert fetch(services, "20200101-000000000000-abcdef", "csv").status_code == 404
    assert fetch(services, "../../etc", "csv").status_code == 404
    assert name


def test_headings_are_words_and_all_different() -> None:
    columns = {"customer_id": "Customer", "a0": "Country", "a1": "Country", "a2": "customer_id", "a3": "  "}
    assert listing.headings(columns) == ["customer_id", "Country", "Country (a1)", "customer_id (a2)", "a3"]


def test_a_list_is_deleted_after_a_question(services: Services) -> None:
    shown = make_segmentation(services.store)
    listing.save(services, params_of_page(shown), "Gone <b>")
    asked = listing.ask_delete(services, services.store.lists()[0].id)
    assert asked["title"] == "Delete this list?"
    assert "“Gone <b>” with 300 customers will be removed" in asked["text"]
    page.delete(services, asked["about"])
    assert services.store.lists() == []
