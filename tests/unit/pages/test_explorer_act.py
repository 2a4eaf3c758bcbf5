"""The parts of the segments page that make, edit, act on and keep segments: what they show of plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component

from data.segments import looks
from models.segmentation.params import DBSCAN, GIVEN, HDBSCAN, KMEANS, METHODS, RULES
from pages._ui import explorer_act, ids
from pages._ui import explorer_act_edit as edit
from pages._ui import explorer_act_lists as lists
from pages._ui import explorer_act_new as new
from pages._ui import explorer_act_play as play
from pages._ui import explorer_act_work as work
from pages._ui.segment import XLSX_ROWS
from tests.layouts import text_of as texts

HOSTILE = "<b>x</b>; DROP TABLE customers"
PLAY = {name: f"The {name} of it." for name in play.FIELDS}


def every(component: Any) -> list[Component]:
    """The components of a layout."""
    if isinstance(component, list | tuple):
        return [found for child in component for found in every(child)]
    if not isinstance(component, Component):
        return []
    return [component, *every(getattr(component, "children", None))]


def by_id(component: Any, wanted: Any) -> Any:
    return next(part for part in every(component) if getattr(part, "id", None) == wanted)


def of_type(component: Any, kind: str) -> list[Any]:
    found = (part for part in every(component) if isinstance(getattr(part, "id", None), dict))
    return [part for part in found if part.id["type"] == kind]


def source(**changes: Any) -> new.Source:
    known: dict[str, Any] = {
        "about": f"Divides the 40 customers of {HOSTILE} anew.",
        "features": (
            new.Feature("recency_days", "Days since last order"),
            new.Feature("a0", HOSTILE, "category, 3 values"),
        ),
        "chosen": ("recency_days",),
        "cuts": {"recency_days": (10.0, 20.5, 30.0, 40.0), "frequency": (1.0, 1.0, 2.0, 3.0)},
        "labels": {"recency_days": "Days since last order", "frequency": "Orders so far"},
        "earlier": new.Earlier("2025-01-01", "2025-12-30", "2025-10-02"),
    }
    return new.Source(**known | changes)


def advice(**changes: Any) -> play.Advice:
    known: dict[str, Any] = {
        "key": "at_risk",
        "name": HOSTILE,
        "colour": 8,
        "definition": "Used to buy well.",
        "customers": 120,
        "customer_share": 0.25,
        "revenue": 1000.0,
        "revenue_share": 0.5,
        "churn_risk": 0.6,
        "clv": 80.0,
        "play": PLAY,
        "own": False,
        "download": "/download/segments.csv?segmentation=s&segment=at_risk",
    }
    return play.Advice(**known | changes)


def test_every_id_of_these_parts_is_in_them() -> None:
    page = [
        explorer_act.toolbar(),
        explorer_act.panels(),
        explorer_act.advice_view(),
        explorer_act.lists_view(),
    ]
    there = [part.id for part in every(page) if isinstance(getattr(part, "id", None), str)]
    text = Path(ids.__file__).read_text(encoding="utf-8").partition("# Segments, actions.")[2]
    own = {
        getattr(ids, line.split(":")[0])
        for line in text.partition("\n\n")[0].splitlines()
        if line.startswith("SEGMENTS_")
    }
    assert own
    assert own - set(there) == set()
    assert len(there) == len(set(there))


def test_each_algorithm_says_when_to_use_it() -> None:
    options = by_id(new.form(source()), ids.SEGMENTS_NEW_METHOD).options
    assert [option["value"] for option in options] == [key for key in METHODS if key != GIVEN]
    for option in options:
        name, when = texts(option["label"][0]), texts(option["label"][1])
        assert name == METHODS[option["value"]]
        assert when == new.WHEN[option["value"]]
        assert when.endswith(".")
    assert by_id(new.form(source()), ids.SEGMENTS_NEW_METHOD).value == KMEANS


def test_rules_need_something_to_score() -> None:
    options = by_id(new.form(source(cuts={})), ids.SEGMENTS_NEW_METHOD).options
    assert RULES not in [option["value"] for option in options]


def test_the_style_sheet_knows_the_fields_of_each_algorithm(root: Path) -> None:
    style = (root / "assets" / "segment_actions.css").read_text(encoding="utf-8")
    for method in new.WHEN:
        assert f'input[value="{method}"]' in style
    for part in ("rules", "clusters", "counted", "density", "eps"):
        assert f".act-only--{part} {{ display: block; }}" in style
        assert f"act-only--{part}" in str(new.form(source()))
    for method in (DBSCAN, HDBSCAN):
        assert f'input[value="{method}"]' in next(
            line for line in style.splitlines() if "act-only--density { display: block" in line
        )


def test_cut_points_stand_between_the_scores_they_divide() -> None:
    form = new.form(source())
    fields = of_type(form, new.CUT)
    assert [(field.id["column"], field.id["place"], field.value) for field in fields[:4]] == [
        ("recency_days", 0, 10),
        ("recency_days", 1, 20.5),
        ("recency_days", 2, 30),
        ("recency_days", 3, 40),
    ]
    told = texts(by_id(form, ids.SEGMENTS_NEW_CUTS))
    # The fewest days are the best score, the fewest orders the worst.
    assert "Days since last order: last value of score 5" in told
    assert told.index("order: last value of score 5") < told.index("order: last value of score 4")
    assert told.index("Orders so far: last value of score 1") < told.index(
        "Orders so far: last value of score 2"
    )


def test_cut_points_that_are_not_known_yet_are_empty() -> None:
    fields = of_type(new.cut_rows({"monetary": ()}, {}), new.CUT)
    assert [field.value for field in fields] == [""] * 4


def test_categories_are_marked_and_names_are_text() -> None:
    form = new.form(source())
    options = by_id(form, ids.SEGMENTS_NEW_FEATURES).options
    assert [texts(option["label"]) for option in options] == [
        "Days since last order",
        f"{HOSTILE} category, 3 values",
    ]
    assert by_id(form, ids.SEGMENTS_NEW_FEATURES).value == ["recency_days"]
    assert options[1]["label"][0].children == HOSTILE


def test_customers_without_dates_have_no_earlier_day() -> None:
    def field(given: new.Source) -> Any:
        return next(
            part for part in every(new.form(given)) if getattr(part, "className", "") == "act-earlier"
        )

    assert field(source(earlier=None)).hidden is True
    assert field(source()).hidden is False
    assert by_id(new.form(source()), ids.SEGMENTS_NEW_EARLIER).value == "2025-10-02"
    assert "From 1 Jan 2025 to 30 Dec 2025." in texts(field(source()))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("queued", "Waiting for its turn"),
        ("running", "40% · Fitting"),
        ("cancelled", "Segmenting x: cancelled"),
        ("failed", "Too few customers."),
    ],
)
def test_the_work_is_told(state: str, told: str) -> None:
    assert told in texts(work.work("Segmenting x", state, 0.4, "Fitting", "Too few customers."))


def test_only_what_somebody_made_can_be_deleted() -> None:
    made = work.made(
        [
            work.Made("one", "RFM rules", "today", 40, own=False, shown=True),
            work.Made("two", HOSTILE, "today", 40, own=True, shown=False),
        ]
    )
    assert [part.id["id"] for part in of_type(made, work.DELETE)] == ["two"]
    assert [part.id["id"] for part in of_type(made, work.SHOW)] == ["one", "two"]
    assert f"Delete {HOSTILE}" in texts(made)


def test_colours_have_the_numbers_of_the_style_sheet(root: Path) -> None:
    style = (root / "assets" / "tokens.css").read_text(encoding="utf-8")
    assert len(edit.COLOURS) == looks.COLOURS
    assert f"--lw-seg-{looks.COLOURS}:" in style
    assert f"--lw-seg-{looks.COLOURS + 1}:" not in style
    assert len(set(edit.COLOURS)) == len(edit.COLOURS)
    assert edit.NAME_LENGTH == looks.NAME_LENGTH


def test_a_segment_can_be_merged_into_any_other() -> None:
    parts = [
        edit.Part(0, "loyal", "Loyal", 10, "Regulars", 2),
        edit.Part(1, "lost", HOSTILE, 5, HOSTILE, 11, "loyal"),
        edit.Part(-1, "outliers", "Outliers", 1, "Outliers", 0),
    ]
    fields = of_type(edit.body(parts), edit.INTO)
    assert [[option["value"] for option in field.options] for field in fields] == [
        [edit.NONE, "lost", "outliers"],
        [edit.NONE, "loyal", "outliers"],
        [edit.NONE, "loyal", "lost"],
    ]
    assert [field.value for field in fields] == [edit.NONE, "loyal", edit.NONE]
    assert [field.value for field in of_type(edit.body(parts), edit.NAME)] == [
        "Regulars",
        HOSTILE,
        "Outliers",
    ]
    assert [getattr(field, "value", None) for field in of_type(edit.body(parts), edit.COLOUR)] == [
        "2",
        "11",
        None,
    ]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ([("a", "One", edit.NONE), ("b", "Two", edit.NONE)], {}),
        ([("a", "One", edit.NONE), ("b", " one  ", edit.NONE)], {1: "“one” is taken by another segment."}),
        ([("a", " ", edit.NONE), ("b", "Two", edit.NONE)], {0: "Give it a name, or reset it."}),
        ([("a", "x" * 61, edit.NONE)], {0: "At most 60 characters: this has 61."}),
        # What is merged away needs no name, and its name is free.
        ([("a", "", "b"), ("b", "Two", edit.NONE)], {}),
        ([("a", "Two", "b"), ("b", "Two", edit.NONE)], {}),
        ([("a", "One", "b"), ("b", "Two", "c"), ("c", "Three", edit.NONE)], {}),
        (
            [("a", "One", "b"), ("b", "Two", "a"), ("c", "Three", edit.NONE)],
            dict.fromkeys((0, 1), "This merge goes in a circle: one of these segments must stay."),
        ),
    ],
)
def test_what_is_wrong_with_names_and_merges(given: Any, wrong: dict[int, str]) -> None:
    assert edit.wrong_of(given) == wrong


def test_the_saved_message_has_an_undo_of_its_own() -> None:
    toast = edit.saved_toast(7, "Kept.")
    assert toast.id == {"type": edit.UNDO_TOAST, "id": 7}
    assert [part.id["id"] for part in of_type(toast, edit.UNDO)] == [7]


def test_most_at_stake_comes_first() -> None:
    one = advice(key="one", revenue=1000.0, churn_risk=0.1)
    two = advice(key="two", revenue=500.0, churn_risk=0.9)
    three = advice(key="three", revenue=None, churn_risk=0.9, customers=9)
    four = advice(key="four", revenue=-50.0, churn_risk=0.9)
    assert [one.stake, two.stake, three.stake, four.stake] == [100.0, 450.0, None, 0.0]
    assert [each.key for each in play.by_stake([three, four, one, two])] == ["two", "one", "four", "three"]
    # Without a chance to stay away it is what they spent.
    assert advice(churn_risk=None).stake == 1000.0


def test_a_card_tells_figures_and_play() -> None:
    cards = play.cards([advice(), advice(key="none", name="Nobody", customers=0)], "GBP", 90)
    told = texts(cards)
    assert told.startswith("Most at stake first")
    assert "£600 at stake" in told
    assert (
        "Why it matters. The why of it. They brought 50 % of the revenue; their mean chance to buy nothing in the"
        " next 90 days is 60 %." in told
    )
    for text in PLAY.values():
        assert text in told
    assert "Nobody" not in told
    assert "Your own text." not in told
    assert "Your own text." in texts(play.cards([advice(own=True)], "GBP", 90))
    link = next(part for part in every(cards) if getattr(part, "href", None))
    assert link.href == "/download/segments.csv?segmentation=s&segment=at_risk"
    assert [part.id["id"] for part in of_type(cards, play.SHOW)] == ["at_risk"]


def test_a_card_says_nothing_of_what_is_not_known() -> None:
    bare = advice(revenue=None, revenue_share=None, churn_risk=None, clv=None)
    told = texts(play.cards([bare], None, None))
    assert told.startswith("The largest first.")
    assert "stake" not in told.removeprefix("The largest first.")
    assert "Revenue" not in told
    assert "They brought" not in told
    assert "mean chance" not in told
    assert texts(play.cards([advice(churn_risk=None)], None, None)).startswith("Those who spent most first.")


def test_nobody_on_screen_is_told() -> None:
    assert "Nobody to advise on" in texts(play.cards([advice(customers=0)], None, 90))


@pytest.mark.parametrize(
    ("chips", "name"),
    [
        ([], "Everybody"),
        (["Segment: Champions", "Churn risk: High"], "Champions, Churn risk: High"),
        (["Segment: " + "x" * 70], "x" * 59 + "…"),
    ],
)
def test_a_list_has_a_name_to_begin_with(chips: list[str], name: str) -> None:
    assert lists.suggested(chips) == name
    assert len(name) <= lists.NAME_LENGTH


def test_lists_can_be_opened_downloaded_and_deleted() -> None:
    here = lists.Saved(
        "l1", HOSTILE, 12, "1 Nov 2026", "2025-12-31", ("Segment: Lost",), "/segments?segment=lost"
    )
    gone = lists.Saved("l2", "Old", XLSX_ROWS + 1, "1 Nov 2026", None, (), None)
    shown = lists.saved_lists([here, gone], 2)
    links = [part.href for part in every(shown) if getattr(part, "href", None)]
    # A sheet cannot hold more rows than that.
    assert links == [
        "/segments?segment=lost",
        "/lists/l1/customers.csv",
        "/lists/l1/customers.xlsx",
        "/lists/l2/customers.csv",
    ]
    assert [part.id["id"] for part in of_type(shown, lists.DELETE)] == ["l1", "l2"]
    told = texts(shown)
    assert "12 customers , as of 31 Dec 2025 · saved 1 Nov 2026" in told
    assert "Its segments are deleted" in told
    assert "2 more lists of other data sets" in told


def test_no_lists_say_what_to_do() -> None:
    told = texts(lists.saved_lists([], 0))
    assert "No lists yet" in told
    assert "choose “Save as list” above" in told


def test_nobody_cannot_be_saved() -> None:
    assert "there is nothing to save" in texts(lists.who(0, [], "RFM rules"))
    assert texts(lists.who(3, [], "RFM rules")) == "3 customers, segments by RFM rules. Everybody"
