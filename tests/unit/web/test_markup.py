from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from web.markup import VOID, Renderer

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"


def rendered(node: Any, path: str = "/", **filled: dict[str, Any]) -> str:
    return Renderer(path, filled).html(node)


class Read(HTMLParser):
    """Elements with their attributes, and the text, of a piece of HTML that closes all it opens."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_elements_keep_their_order_their_attributes_and_their_words() -> None:
    tree = html.Div(
        ["a", html.B("b"), None, True, 3, [html.Br(), html.Label("L", htmlFor="x", className="c d")]],
        id="top",
        hidden=False,
        style={"flexGrow": "2", "marginTop": 4, "--own": "1"},
        tabIndex="-1",
        **{"aria-hidden": "true", "data-key": "k"},
    )
    assert rendered(tree) == (
        '<div id="top" style="flex-grow:2;margin-top:4px;--own:1" tabindex="-1" aria-hidden="true" data-key="k">'
        'a<b>b</b>3<br><label class="c d" for="x">L</label></div>'
    )


def test_links_work_and_the_page_that_is_open_is_marked() -> None:
    link = dbc.NavLink("Data", href="/data", active="exact", className="own")
    assert rendered(link, "/data") == '<a class="own nav-link active" href="/data">Data</a>'
    assert rendered(link, "/") == '<a class="own nav-link" href="/data">Data</a>'
    assert rendered(dcc.Link("See", href="/propensity?window=next&group=lost:90")) == (
        '<a href="/propensity?window=next&amp;group=lost:90">See</a>'
    )


def test_controls_are_there_and_answer_to_nothing() -> None:
    picker = dbc.Select(
        id="s", options=[{"value": "a", "label": "A"}, {"value": "b", "label": "B"}], value="b"
    )
    choice = dbc.RadioItems(
        id="r", options=[{"value": "1", "label": "One"}, {"value": "2", "label": "Two"}], value="2"
    )
    made = Read(
        rendered([picker, choice, dbc.Button("Go", color="light", size="sm"), html.Button("x"), dbc.Input()])
    )
    controls = [attrs for tag, attrs in made.elements if tag in ("select", "input", "button")]
    assert len(controls) == 6
    assert all("disabled" in attrs for attrs in controls)
    assert [attrs["value"] for tag, attrs in made.elements if tag == "option" and "selected" in attrs] == [
        "b"
    ]
    assert ["checked" in attrs for attrs in controls if attrs.get("type") == "radio"] == [False, True]
    assert controls[3]["class"] == "btn btn-light btn-sm"


def test_what_has_no_look_of_its_own_is_left_out_and_charts_are_frames() -> None:
    tree = [
        dcc.Store(id="store", data={"secret": 1}),
        dcc.Location(id="location"),
        dcc.Interval(id="tick"),
        dbc.Modal("Sure?", is_open=False),
        html.Script("alert(1)"),
        html.Iframe(srcDoc="<script>alert(1)</script>"),
    ]
    assert rendered(tree) == ""
    graph = dcc.Graph(id="chart", className="lw-graph", style={"height": "20rem"}, figure={"data": []})
    assert rendered(graph) == '<div id="chart" class="lw-graph" style="height:20rem"></div>'


def test_other_properties_by_id_and_where_the_scripts_find_them() -> None:
    tree = html.Div(
        [html.Div("waiting", id="body"), html.Div("chart", id="box", hidden=True), html.P("x", id="gone")]
    )
    made = Renderer(
        "/", {"body": {"children": html.B("5")}, "box": {"hidden": False}}, omitted=("gone",)
    ).html(tree)
    assert made == (
        '<div><div id="body" data-first="content"><b>5</b></div><div id="box" data-first="shown">chart</div></div>'
    )


def test_numbers_that_are_shown_are_not_counted_up_to() -> None:
    assert rendered(html.P("5", className="v", **{"data-countup": "customers"})) == '<p class="v">5</p>'


@pytest.mark.parametrize("address", ["javascript:alert(1)", " JavaScript:alert(1)", "\x01data:text/html,x"])
def test_an_address_that_would_act_is_no_link(address: str) -> None:
    assert rendered([dcc.Link("x", href=address), html.A("y", href=address)]) == "<a>x</a><a>y</a>"


@given(st.text() | st.sampled_from([HOSTILE, "]]>", "&#x3c;", "\x00", "\u202e"]))
def test_a_customers_text_is_never_markup(text: str) -> None:
    tree = html.Div(
        [
            html.P(text, title=text, className=text, **{"aria-label": text, "data-name": text}),
            dbc.Select(options=[{"value": text, "label": text}], value=text, placeholder=text),
            dcc.Link(text, href=f"/?analysis={text}", title=text),
            dbc.RadioItems(id="r", options=[{"value": text, "label": text}], value=text),
            html.Div(style={"width": text}),
        ]
    )
    made = Read(rendered(tree))
    tags = [tag for tag, _ in made.elements]
    placed = ["option"] if text else []
    assert tags == ["div", "p", "select", *placed, "option", "a", "div", "div", "input", "label", "div"]
    assert not any(name.startswith("on") for _, attrs in made.elements for name in attrs)
