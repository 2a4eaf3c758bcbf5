from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dash
import pytest
from dash import Dash, html
from dash.development.base_component import Component

from app import create_app
from pages._ui import glossary, ids, segment
from pages._ui.customer import AGAINST
from pages._ui.glossary import described, linked, markdown, term, terms_in
from pages._ui.glossary_terms import PAGES, TERMS
from pages._ui.predict_table import columns as predict_columns
from settings import Settings
from tests.layouts import text_of

# What names something on a page. Headings of the first level name the page itself.
LABELS = ("Label", "Legend", "H2", "H3", "H4", "Th", "Dt", "Caption")
LABEL_CLASSES = ("lw-stat__label", "lw-chart__note", "lw-note", "perf-note", "seg-note")
# What a word can open nothing in: it does something else already, or nobody sees it.
CLOSED = ("Button", "A", "Summary", "NavLink", "Link")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    return create_app(Settings(home=tmp_path_factory.mktemp("words") / "home", autosample=False))


def walk(component: Any, parent: Any = None) -> Iterator[tuple[Component, Any]]:
    """Every component of a layout with the one it is in."""
    if isinstance(component, list | tuple):
        for child in component:
            yield from walk(child, parent)
    elif isinstance(component, Component):
        yield component, parent
        yield from walk(getattr(component, "children", None), component)


def keys_linked(component: Any) -> set[str]:
    return {
        str(part.href).removeprefix(glossary.ANCHOR)
        for part, _ in walk(component)
        if str(getattr(part, "href", "")).startswith(glossary.ANCHOR)
    }


def is_label(part: Component) -> bool:
    classes = str(getattr(part, "className", "") or "").split()
    kind = type(part).__name__
    if "lw-sr" in classes or any(
        type(each).__name__ in ("Button", "A", "Summary")
        and not str(getattr(each, "href", "")).startswith(glossary.ANCHOR)
        for each, _ in walk(getattr(part, "children", None))
    ):
        return False
    return kind in LABELS or bool(set(classes) & set(LABEL_CLASSES))


def unlinked(layout: Any) -> list[str]:
    """Labels that use a term which neither they nor what stands beside them link."""
    found = []
    for part, parent in walk(layout):
        text = " ".join(text_of(getattr(part, "children", None)).split())
        if not is_label(part) or str(getattr(part, "htmlFor", "")) == ids.SHELL_DATASET:
            continue
        # The nearest box: a link may stand beside a label that cannot hold one.
        missing = set(terms_in(text)) - keys_linked(parent if parent is not None else part)
        found += [f"{type(part).__name__} {text!r}: {key}" for key in sorted(missing)]
    return found


def test_every_label_that_uses_a_term_links_it(app: Dash) -> None:
    layouts = app.validation_layout
    labels = [part for part, _ in walk(layouts) if is_label(part)]
    assert len(labels) > 80
    assert sum(bool(keys_linked(part)) for part in labels) > 25
    assert unlinked(layouts) == []


def test_the_search_for_labels_finds_one_without_its_link() -> None:
    plain = html.Div(html.Label("Churn risk", htmlFor="x"))
    assert unlinked(plain) == ["Label 'Churn risk': churn-risk"]
    assert unlinked(html.Div(html.Label(linked("Churn risk"), htmlFor="x"))) == []
    assert unlinked(html.Div([html.Label("Churn risk", htmlFor="x"), term("churn-risk")])) == []
    assert unlinked(html.Div(html.H3("Nothing of that kind"))) == []


def closed_texts(layout: Any) -> Iterator[str]:
    """Texts that can hold no link: what is pressed or chosen, and the heads of grids."""
    for part, _ in walk(layout):
        kind = type(part).__name__
        if kind in ("Button", "Summary", "Option", "DropdownMenuItem", "H1"):
            yield text_of(getattr(part, "children", None))
        for one in getattr(part, "options", None) or ():
            yield text_of(one["label"] if isinstance(one, dict) else one)
        for one in getattr(part, "columnDefs", None) or ():
            yield str(one.get("headerName", ""))
        if kind in ("Switch", "Checkbox"):
            yield text_of(getattr(part, "label", ""))


@pytest.mark.parametrize("path", PAGES)
def test_words_that_can_hold_no_link_have_theirs_on_the_same_page(app: Dash, path: str) -> None:
    page = next(each for each in dash.page_registry.values() if each["path"] == path)
    layout = page["layout"]() if callable(page["layout"]) else page["layout"]
    lines = [part for part, _ in walk(layout) if "lw-words" in str(getattr(part, "className", "")).split()]
    assert len(lines) == 1
    assert keys_linked(lines[0]) == {key for key, each in TERMS.items() if path in each.seen}
    texts = list(closed_texts(layout))
    assert texts[0]
    assert {text: left for text in texts if (left := set(terms_in(text)) - keys_linked(layout))} == {}


def test_a_word_in_a_label_is_linked_and_the_label_says_the_same() -> None:
    found: Any = linked("Shortfall threshold")
    assert text_of(found).split() == ["Shortfall", "threshold"]
    assert keys_linked(found) == {"shortfall"}
    assert linked("Search customers") == "Search customers"
    assert linked(None) is None
    # The longest wording counts, once, and no part of a longer word.
    assert keys_linked(linked("Revenue at risk")) == {"revenue-at-risk"}
    assert keys_linked(linked("Uplift in, and expected uplift")) == {"uplift"}
    assert terms_in("A reduction, a swindow and an overlift") == ()
    assert terms_in("Mean risk of CHURN in each cluster") == ("churn-risk", "cluster")


def test_a_term_is_a_button_that_opens_a_dialog() -> None:
    link: Any = term("clv")
    assert link.to_plotly_json()["props"] == {
        "children": "Customer lifetime value (CLV)",
        "href": "#glossary-clv",
        "role": "button",
        "className": "lw-term",
        "aria-haspopup": "dialog",
    }
    with pytest.raises(KeyError):
        term("no such word")


def test_the_terms_are_whole() -> None:
    assert len(TERMS) >= 45
    wordings: dict[str, str] = {}
    for key, each in TERMS.items():
        assert key == each.key
        assert key == key.lower().replace(" ", "-")
        assert each.definition.endswith("."), key
        assert 1 <= each.definition.count(". ") + 1 <= 3, key
        assert each.seen, key
        assert set(each.seen) <= set(PAGES), key
        assert set(each.see) <= set(TERMS) - {key}, key
        for wording in {each.word.casefold(), *map(str.casefold, each.says)}:
            assert wordings.setdefault(wording, key) == key, wording
    # Every word of the product's own list of words.
    for name in (
        "recency_days", "frequency", "monetary", "mean_order_value", "pred_prob", "pred_spend", "actual_spend",
        "actual_flag", "shortfall", "performance", "churn_risk", "p_alive", "clv",
    ):  # fmt: skip
        assert sum(name in each.columns for each in TERMS.values()) == 1, name
    assert {"data-set", "ledger", "cutoff", "horizon", "analysis", "window", "uplift", "holdout"} <= set(
        TERMS
    )


def test_the_panel_carries_all_that_it_shows(app: Dash) -> None:
    panel: Any = next(part for part, _ in walk(app.layout) if getattr(part, "id", "") == ids.SHELL_GLOSSARY)
    entries = json.loads(panel.to_plotly_json()["props"]["data-terms"])
    assert {entry["key"]: entry["text"] for entry in entries} == {
        key: each.definition for key, each in TERMS.items()
    }
    words = [entry["word"].casefold() for entry in entries]
    assert words == sorted(words)


@pytest.mark.parametrize("window", ["past", "next"])
def test_heads_of_the_customers_table_say_what_they_mean(window: str) -> None:
    told = {column["field"]: column.get("headerTooltip") for column in segment.table_columns(window)}
    assert told.pop("customer_id") is None
    assert None not in told.values()
    assert told["frequency"] == TERMS["frequency"].definition
    tooltips = [column.get("headerTooltip") for column in predict_columns(("segment", "cluster"))]
    assert sum(text is not None for text in tooltips) >= 8
    assert described("customer_id", "Customer") == {}


def test_rows_about_a_customer_are_known_words() -> None:
    assert {name for name, text in AGAINST if keys_linked(glossary.column(name, text))} >= {
        "recency_days", "frequency", "monetary", "mean_order_value", "p_alive",
    }  # fmt: skip


def test_the_document_is_made_of_the_same_words(root: Path) -> None:
    # Written by `python -m docs.glossary`.
    assert (root / "docs" / "glossary.md").read_text(encoding="utf-8") == markdown()
