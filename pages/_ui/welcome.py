"""The first run: what Lapwing is, how to begin, and the three questions it answers."""

from __future__ import annotations

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from figures.words import prose
from pages._ui.controls import button_link, icon
from pages._ui.glossary_terms import QUESTIONS, Question

# Type of the ids of the buttons that make the sample shop; a page may have none.
SAMPLE: Final = "welcome-sample"
STEPS: Final = ("Data in", "Analysis", "Look around")

# Page -> what it shows once there are data.
TO_COME: Final = {
    "/segments": "This page shows who your customers are, group by group: by how lately, how often and for how much they buy,"
    " and what to do for each group.",
    "/propensity": "This page shows each customer's chance to buy, and in red those who spent less than was expected of them:"
    " the list of people to win back.",
    "/performance": "This page shows how good the predictions are on customers that the models never saw, beside simple guesses,"
    " and what your data cannot answer.",
    "/roi": "This page shows whether a campaign makes money before you send it, whom to contact, and how to prove it afterwards.",
    "/predict": "This page scores one customer, or all customers of another file: chance to buy, value, and what to do.",
}  # fmt: skip


def no_data(page: str = "/") -> Component:
    """What the page at an address shows when there is no analysis at all: what it will show, and two ways to begin."""
    sample = html.Button(
        "Try sample data",
        id={"type": SAMPLE, "id": "start"},
        type="button",
        className="btn btn-outline-secondary",
    )
    begin = html.Div(
        [button_link("Upload data", "/data", primary=True), sample], className="lw-welcome__actions"
    )
    if page in TO_COME:
        lead = [html.H2("No customers yet"), html.P(TO_COME[page]), begin]
    else:
        lead = [
            html.H2("Welcome to Lapwing"),
            html.P(
                "It turns your shop's orders into lists of people to act on, and says how far each number can be"
                " trusted. Your data stays on this machine."
            ),
            begin,
            html.P(
                "No customers yet. The first results are there a minute or two after you begin.",
                className="lw-help",
            ),
        ]
    mark = html.Img(src="/assets/mark.svg", className="lw-welcome__mark", alt="")
    return html.Div(
        [html.Div([mark, *lead], className="lw-welcome__lead"), *([] if page in TO_COME else [_questions()])],
        className="lw-welcome lw-rise",
    )  # fmt: skip


def under_way(label: str, text: str, share: float, step: int = 0) -> Component:
    """What a page shows while the first data are on their way: the job, and which of the steps it is (0: the first)."""
    percent = round(100 * share)
    return html.Div(
        [
            html.Div(
                [
                    _steps(step),
                    html.H2([label, " … ", html.Span(f"{percent} %", className="lw-num")]),
                    html.Progress(value=str(percent), max="100", **{"aria-label": label}),
                    html.P(prose(text), role="status"),
                    html.P("This page fills by itself when it is done."),
                ],
                className="lw-welcome__lead lw-welcome__lead--waiting",
            ),
            _questions(),
        ],
        className="lw-welcome",
    )


def first_steps() -> Component:
    """Three questions to start with, on the first dashboard; it stays away once it was put away."""
    close = html.Button(
        type="button",
        className="btn-close",
        title="Put away; Help keeps them",
        **{"aria-label": "Put these questions away", "data-first-steps": "1"},
    )
    return html.Aside(
        [
            html.Div([html.H2("Three questions to start with"), close], className="lw-start__head"),
            html.Ol([_question(each, linked=True) for each in QUESTIONS], className="lw-questions"),
        ],
        className="lw-card lw-start",
        **{"aria-label": "Three questions to start with"},
    )


def _steps(step: int) -> Component:
    def one(place: int, words: str) -> Component:
        state = "is-done" if place < step else "is-now" if place == step else ""
        mark = icon("check-lg") if place < step else str(place + 1)
        told = [html.Span(" (done)", className="lw-sr")] if place < step else []
        here = {"aria-current": "step"} if place == step else {}
        return html.Li(
            [html.Span(mark, **{"aria-hidden": "true"}), html.Span([words, *told])], className=state, **here
        )

    return html.Ol(
        [one(place, words) for place, words in enumerate(STEPS)],
        className="lw-steps",
        **{"aria-label": "Steps"},
    )


def _questions() -> Component:
    return html.Ul(
        [_question(each, linked=False) for each in QUESTIONS],
        className="lw-questions",
        **{"aria-label": "What it answers"},
    )


def _question(asked: Question, *, linked: bool) -> Component:
    # The whole tile can be pressed, and is one link to assistive tools.
    words: Component = dcc.Link(asked.words, href=asked.page) if linked else html.Span(asked.words)
    where = [f"Open {asked.name}", icon("arrow-right-short")] if linked else [f"On the page {asked.name}"]
    return html.Li(
        [
            html.Span(icon(asked.icon), className="lw-question__mark"),
            html.H3(words),
            html.P(asked.answer),
            html.P(where, className="lw-question__where", **({"aria-hidden": "true"} if linked else {})),
        ],
        className="lw-question" if linked else "lw-card lw-question",
    )
