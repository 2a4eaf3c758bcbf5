from __future__ import annotations

from typing import Any

import pytest

from data.segments.looks import Look
from data.segments.queries import Summary
from pages._ui import explorer_parts as parts
from pages._ui import ids
from pages._ui.explorer_words import VIEWS
from pages._ui.tabs import tab_id, tab_row
from tests.layouts import text_of

LOOKS = (
    Look("champions", "Champions", 1, (0,), "The best.", 1200),
    Look("lost", "<b>Lost</b>", 11, (1,), "Long gone.", 30),
)


def every(component: Any) -> list[Any]:
    if isinstance(component, list | tuple):
        return [found for child in component for found in every(child)]
    if not hasattr(component, "to_plotly_json"):
        return []
    return [component, *every(getattr(component, "children", None))]


def test_the_legend_counts_what_each_box_would_bring() -> None:
    options = parts.legend(LOOKS, {"champions": 1200})
    assert [option["value"] for option in options] == ["champions", "lost"]
    assert [text_of(option["label"]) for option in options] == ["Champions 1,200", "<b>Lost</b> 0"]
    assert options[0]["label"][0].style == {"background": "var(--lw-seg-1)"}


def test_a_chip_says_what_its_button_takes_off() -> None:
    chip = parts.chips([("a0", "<i>x</i>", "Country: <i>x</i>")])[0]
    assert text_of(chip) == "Country: <i>x</i>"
    button = every(chip)[2]
    assert getattr(button, "aria-label") == "Remove Country: <i>x</i>"
    assert getattr(button, "data-seg-remove") == "a0"
    assert getattr(button, "data-seg-value") == "<i>x</i>"


def test_figures_that_are_not_known_are_left_out() -> None:
    everyone = Summary(1000, {}, revenue=5000.0, mean_clv=20.0, mean_churn=0.5)
    some = Summary(100, {}, revenue=1000.0, mean_clv=40.0, mean_churn=0.25)
    told = text_of(parts.facts(some, everyone, "EUR"))
    assert "€1,000 20.0 % of all" in told
    assert "€40 all: €20" in told
    assert "25 % all: 50 %" in told
    assert "all of it" in text_of(parts.facts(everyone, everyone, None))
    assert parts.facts(Summary(3, {}), Summary(3, {}), None) == []


def test_a_table_names_its_rows_and_columns() -> None:
    table = parts.text_table("Compared", ("Segment", "Customers"), [("Lost", "30")])
    shown = every(table)
    heads = [part for part in shown if part.__class__.__name__ == "Th"]
    assert [(text_of(head), head.scope) for head in heads] == [
        ("Segment", "col"),
        ("Customers", "col"),
        ("Lost", "row"),
    ]
    assert getattr(table, "aria-label") == "Compared"
    assert table.tabIndex == "0"


def test_the_column_in_order_says_so_and_rows_can_stand_back() -> None:
    heads = [parts.sorter("Customers", "customers", "desc"), parts.sorter("Spent", "spent", "")]
    shown = every(
        parts.text_table("Compared", heads, [("Lost", "30"), ("New", "0")], orders=("desc", ""), faint=[1])
    )
    columns = [part for part in shown if part.__class__.__name__ == "Th" and part.scope == "col"]
    assert [getattr(head, "aria-sort", None) for head in columns] == ["descending", None]
    buttons = [part for part in shown if part.__class__.__name__ == "Button"]
    assert [getattr(button, "data-seg-sort") for button in buttons] == ["customers", "spent"]
    rows = [part for part in shown if part.__class__.__name__ == "Tr"]
    assert [getattr(row, "className", None) for row in rows[1:]] == [None, "seg-faint"]


def test_a_rule_that_nobody_meets_is_defined_last() -> None:
    looks = (Look("new", "New", 4, (2,), "Once, lately.", 0), *LOOKS)
    rows = [part for part in every(parts.scores([], looks)) if part.__class__.__name__ == "Tr"][1:]
    assert [text_of(row).split()[0] for row in rows] == ["Champions", "<b>Lost</b>", "New"]
    assert [getattr(row, "className", None) for row in rows] == [None, None, "seg-faint"]


def test_the_flow_that_is_on_is_marked() -> None:
    row = {
        "was_name": "New", "was_colour": 4, "name": "Lost", "colour": 11, "customers": 1234, "revenue": 50.0, "param": "new,lost",
    }  # fmt: skip
    table = parts.flow_table([row, row | {"param": "lost,new", "revenue": None}], "GBP", "lost,new")
    buttons = [part for part in every(table) if part.__class__.__name__ == "Button"]
    assert [getattr(button, "aria-pressed") for button in buttons] == ["false", "true"]
    assert getattr(buttons[0], "data-seg-flow") == "new,lost"
    assert "1,234 £50 List" in text_of(table)
    assert "1,234 – Listed" in text_of(table)


def test_one_tab_is_open_and_in_the_order_of_the_keyboard() -> None:
    row: Any = tab_row(
        "segments", "Views", {view: (name, f"p-{view}") for view, name in VIEWS.items()}, "map"
    )
    assert [button.id for button in row.children] == [tab_id("segments", view) for view in VIEWS]
    assert [button.tabIndex for button in row.children].count("0") == 1
    assert getattr(row.children[1], "aria-selected") == "true"
    assert getattr(row.children[1], "aria-controls") == "p-map"


@pytest.mark.parametrize(("given", "shown"), [("map", "map"), ("nonsense", "sizes"), (None, "sizes"), (["a"], "sizes")])  # fmt: skip
def test_the_address_opens_a_view_that_there_is(given: Any, shown: str) -> None:
    import dash

    dash.Dash("test", pages_folder="", use_pages=True)
    from pages import segments

    page = segments.layout(view=given, segment="champions", clv=["twice", "given"])  # type: ignore[arg-type]
    stores = {part.id: part for part in every(page) if part.__class__.__name__ == "Store"}
    assert stores[ids.SEGMENTS_OPEN].data == shown
    wrong = {} if given in (None, shown) else {"view": str(given)}
    assert stores[ids.SEGMENTS_START].data == {"segment": "champions"} | wrong
