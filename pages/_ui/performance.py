"""The parts of the performance page that its callbacks fill: headline, leaderboards, tables, the model card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from dash import html
from dash.development.base_component import Component

from figures import words
from pages._ui.controls import icon
from pages._ui.glossary import linked
from pages._ui.segment import stat
from pages._ui.upload import aria

# Type of the ids of the buttons that start an analysis again; each has what it asks for as its id.
USE: Final = "performance-use"
AGAIN: Final = "again:"
# Anchor and title of each section, in the order of the page.
SECTIONS: Final = (
    ("performance-leaderboard", "Leaderboard"),
    ("performance-curves", "Curves"),
    ("performance-over-time", "Over time"),
    ("performance-spend", "Spend"),
    ("performance-features", "What matters"),
    ("performance-model-card", "Model card"),
)


@dataclass(frozen=True)
class Figure:
    """A number of the headline: what it is, its value, its interval and what it is measured against."""

    label: str
    value: str
    interval: str
    note: str


@dataclass(frozen=True)
class Answer:
    """Whether the file can answer a question, and why."""

    question: str
    can: bool
    because: str


@dataclass(frozen=True)
class BoardLine:
    """One model of a leaderboard as words; `cells` are figures with their intervals.

    `use` is what its button asks for, "" where it has none.
    """

    label: str
    marks: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    behind: tuple[str, str]
    verdict: str
    use: str
    serving: bool


class CardTable(Protocol):
    """A table of the model card."""

    @property
    def caption(self) -> str: ...
    @property
    def heads(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> tuple[tuple[str, ...], ...]: ...


class CardSection(Protocol):
    """A section of the model card."""

    @property
    def title(self) -> str: ...
    @property
    def texts(self) -> tuple[str, ...]: ...
    @property
    def facts(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def tables(self) -> Sequence[CardTable]: ...


def headline(
    title: str,
    lead: str,
    scored: str,
    figures: Sequence[Figure],
    answers: Sequence[Answer],
    warnings: Sequence[str],
) -> list[Component]:
    """What serves, in plain words how good it is (`lead`), the figures, what the file can answer, the cautions."""  # fmt: skip
    return [
        html.Section(
            [
                html.H2(title),
                *([html.P(lead, className="perf-lead")] if lead else []),
                html.P(scored, className="perf-scored"),
                html.Div(
                    [
                        stat(each.label, each.value, f"95 %: {each.interval}. {each.note}" if each.interval else each.note)
                        for each in figures
                    ],
                    className="perf-figures",
                ),
            ],
            className="lw-card perf-headline",
            **aria(label="In short"),
        ),
        *([_answers(answers)] if answers else []),
        *([_cautions(warnings)] if warnings else []),
    ]  # fmt: skip


def _answers(answers: Sequence[Answer]) -> Component:
    def column(title: str, mark: str, found: list[Answer]) -> list[Component]:
        if not found:
            return []
        items = [
            html.Li([icon(mark), html.Div([html.B(each.question), " ", html.Span(each.because)])]) for each in found
        ]  # fmt: skip
        return [html.Div([html.H3(title), html.Ul(items, className="perf-answers__list")])]

    return html.Section(
        [
            *column("This file can answer", "check-circle", [each for each in answers if each.can]),
            *column("It cannot answer", "slash-circle", [each for each in answers if not each.can]),
        ],
        className="lw-card perf-answers",
        **aria(label="What this file can answer"),
    )


def _cautions(texts: Sequence[str]) -> Component:
    return html.Section(
        [
            icon("info-circle"),
            html.Ul([html.Li(words.prose(text)) for text in texts], className="lw-cautions__list"),
        ],
        className="lw-cautions perf-cautions",
        **aria(label="Read with care"),
    )


def older(warnings: Sequence[str]) -> list[Component]:
    """What stands in the place of everything else for an analysis that did not measure it."""
    return [
        html.Section(
            [
                html.P(
                    "This analysis was made by an older Lapwing: analyse again to see how good its models are, with curves, "
                    "leaderboard, backtest and model card."
                ),
                html.Button("Analyse again", id={"type": USE, "id": AGAIN}, type="button", className="btn btn-primary"),
            ],
            className="lw-card perf-older",
            **aria(label="Made by an older Lapwing"),
        ),
        *([_cautions(warnings)] if warnings else []),
    ]  # fmt: skip


def started(what: str, name: str) -> Component:
    """What happens after an analysis was asked for."""
    return html.P(
        [
            icon("hourglass-split"),
            f"{what} A new analysis of {name} has started; you can follow it at the top of the page. When it is done "
            "this page shows it. The analysis you see now stays, and can be chosen under Data set.",
        ],
        className="lw-hint lw-hint--accent",
    )


def board(
    caption: str, heads: Sequence[str], lines: Sequence[BoardLine], chosen: str, undo: str
) -> list[Component]:
    """A leaderboard: who chose, by what rule, and the models with figures, how far behind the best, and verdicts.

    `undo` is what the button asks for that gives the choice back to the rule, "" where it has it.
    """
    names = ("Model", *heads, "Behind", "Verdict")
    # On a phone each row becomes a card; the roles keep it a table for those who listen.
    head = html.Tr(
        [html.Th(linked(text), scope="col", role="columnheader") for text in names]
        + [html.Th(html.Span("Choose", className="lw-sr"), scope="col", role="columnheader")],
        role="row",
    )
    back = html.Button(
        "Let the rule decide", id={"type": USE, "id": undo}, type="button", className="btn btn-outline-secondary btn-sm",
        **aria(label=f"Let the rule decide: {caption}"),
    )  # fmt: skip
    return [
        html.Div([html.P(chosen), *([back] if undo else [])], className="perf-chosen"),
        _scroll(
            html.Table(
                [
                    html.Caption(caption, className="lw-sr"),
                    html.Thead(head, role="rowgroup"),
                    html.Tbody([_line(line, names) for line in lines], role="rowgroup"),
                ],
                role="table",
                className="lw-table perf-board",
            ),
            f"Leaderboard: {caption}",
        ),
    ]


def _line(line: BoardLine, names: Sequence[str]) -> Component:
    use = (
        html.Button(
            "Use this model", id={"type": USE, "id": line.use}, type="button", className="btn btn-outline-secondary btn-sm",
            **aria(label=f"Use this model: {line.label}"),
        )
        if line.use
        else None
    )  # fmt: skip
    figures = zip(names[1:], (*line.cells, line.behind), strict=False)
    return html.Tr(
        [
            html.Th(
                [html.Span(line.label), *(html.Span(mark, className="perf-mark") for mark in line.marks)],
                scope="row",
                role="rowheader",
            ),
            *(_cell(*cell, role="cell", **{"data-label": name}) for name, cell in figures),
            html.Td(line.verdict, className="perf-verdict", role="cell"),
            html.Td(use, role="cell"),
        ],
        role="row",
        className="is-serving" if line.serving else "",
    )


def _cell(value: str, interval: str, **more: Any) -> Component:
    return html.Td([html.Span(value), html.Small(interval)], className="perf-number", **more)


def _scroll(table: Component, label: str) -> Component:
    return html.Div(table, className="lw-scroll", role="region", tabIndex="0", **aria(label=label))


def text_table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str | tuple[str, str]]],
    groups: Sequence[tuple[str, int]] = (),
) -> Component:
    """A table of figures as words; a cell may be a figure with its interval.

    `groups` are headings within the table, each with the number of rows it stands above.
    """
    lines = [
        html.Tr(
            [
                html.Th(linked(first), scope="row"),
                *(_cell(*cell) if isinstance(cell, tuple) else html.Td(cell) for cell in rest),
            ]
        )
        for first, *rest in rows
    ]
    bodies, start = [], 0
    for text, count in groups or (("", len(lines)),):
        title = html.Th(html.Span(text), colSpan=len(heads), scope="rowgroup", className="perf-group")
        bodies.append(html.Tbody([*([html.Tr(title)] if text else []), *lines[start : start + count]]))
        start += count
    return _scroll(
        html.Table(
            [
                html.Caption(caption, className="lw-sr"),
                html.Thead(html.Tr([html.Th(linked(head), scope="col") for head in heads])),
                *bodies,
            ],
            className="lw-table",
        ),
        caption,
    )


def note(text: str) -> Component:
    """A sentence under a heading or a chart."""
    return html.P(text, className="lw-note")


def card_view(sections: Sequence[CardSection]) -> list[Component]:
    """The model card, each section to be opened."""
    return [
        html.Details(
            [
                html.Summary(section.title),
                *(html.P(text) for text in section.texts),
                *(
                    [
                        html.Dl(
                            [
                                html.Div([html.Dt(linked(term)), html.Dd(value)])
                                for term, value in section.facts
                            ]
                        )
                    ]
                    if section.facts
                    else []
                ),
                *(text_table(table.caption, table.heads, table.rows) for table in section.tables),
            ],
            open=place == 0,
        )
        for place, section in enumerate(sections)
    ]


def model_options(models: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Options of the choice of a model from (name, label, what it is)."""
    return [{"value": name, "label": f"{label} ({what})" if what else label} for name, label, what in models]


def panel(title: str, text: str, table: Component) -> Component:
    """A card with a sentence and its figures."""
    return html.Div(
        [html.H3(linked(title)), *([html.P(text)] if text else []), table], className="lw-card perf-card"
    )


def verdict(text: str, *, good: bool) -> Component:
    """The verdict of the backtest: whether there is a signal that holds."""
    return html.P(
        [icon("check-circle" if good else "exclamation-triangle"), html.Span(text)],
        className=f"lw-hint perf-verdict-line{'' if good else ' is-doubtful'}",
    )
