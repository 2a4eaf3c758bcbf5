"""The mapping form of the data page: its ids, its controls, and how an inspected file is shown.

Everything that comes from a file (names, columns, cells) is a text child of a component, never markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from figures import words
from pages._ui.controls import icon
from pages._ui.glossary import linked

UPLOAD: Final = "data-upload"
UPLOAD_DONE: Final = "data-upload-done"
SAMPLE: Final = "data-sample"
SAMPLE_TABLE: Final = "data-sample-table"
READING: Final = "data-reading"
MAPPING: Final = "data-mapping"
MAPPING_FILE: Final = "data-mapping-file"
QUESTIONS: Final = "data-questions"
FINDINGS: Final = "data-findings"
PREVIEW: Final = "data-preview"
NAME: Final = "data-name"
READINESS: Final = "data-readiness"
FIELDS: Final = "data-mapping-fields"
IMPORT: Final = "data-import"
DISCARD: Final = "data-discard"
OPTIONS: Final = "data-options"
ASKED: Final = "data-asked"
ANSWER: Final = "data-answer"
INTO: Final = "data-into"
INTO_HELP: Final = "data-into-help"
NAME_ROW: Final = "data-name-row"
INTO_WORDS: Final = {
    "new": "",
    "append": "A new version is made; rows that are there already are recognised and not counted twice.",
    "join": "A new version is made; customers are matched by their id, and nobody is added or lost.",
    "mend": "A new version is made; rows of the quarantine that you have mended come back under their old line numbers.",
}

# The words of each role; a test holds them against data.names.ROLES.
REQUIRED_ROLES: Final = {"customer_id": "Customer id", "ordered_at": "Date"}
VALUE_ROLES: Final = {"amount": "Amount", "quantity": "Quantity", "unit_price": "Unit price"}
OPTIONAL_ROLES: Final = {
    "order_id": "Order id",
    "product_id": "Product",
    "category": "Category",
    "country": "Country",
    "discount": "Discount",
    "currency": "Currency",
    "status": "Status of the order",
    "refund": "Refunded amount",
}
# What a column may be in a table of customers; its other columns are attributes.
TABLE_ROLES: Final = {
    "recency_days": "Days since the last purchase",
    "frequency": "Number of orders",
    "monetary": "Money spent",
    "cluster": "Segment or cluster",
}
ROLES: Final = REQUIRED_ROLES | VALUE_ROLES | OPTIONAL_ROLES | TABLE_ROLES
# Groups of the form that only one kind of data set needs: id of the group, kind.
GROUPS: Final = {
    "data-group-when": "transactions",
    "data-group-amount": "transactions",
    "data-group-other": "transactions",
    "data-group-table": "customers",
}
NEW: Final = "new"
# As data.preview writes what it understood.
_NUMBER: Final = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?")
KEEP_CURRENCY: Final = "keep_currency"

# A select cannot show an empty value; no column and no option is called by a control character.
NONE: Final = "\x1f"
DETECT: Final = {"label": "Detect it", "value": NONE}
# Import options with a fixed set of values: label, (value, words).
CHOICES: Final[Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "kind": (
        "Each row is",
        (("transactions", "an order, or a line of one"), ("customers", "a customer")),
    ),
    "date_order": (
        "Date order",
        (
            ("dmy", "Day first (31/12/2024)"),
            ("mdy", "Month first (12/31/2024)"),
            ("ymd", "Year first (2024-12-31)"),
        ),
    ),
    "decimal": ("Decimal mark", ((".", "Point (1,234.50)"), (",", "Comma (1.234,50)"))),
    "amount_is": (
        "The amount is",
        (
            ("line_total", "for the whole line"),
            ("unit_price", "for one piece"),
            ("order_total", "for the whole order, in each of its lines"),
        ),
    ),
    "duplicates": (
        "Repeated rows",
        (("keep", "Keep them"), ("drop", "Keep only the first")),
    ),
    "unpaid": (
        "Orders cancelled or never paid",
        (("drop", "Leave them out"), ("keep", "Count them")),
    ),
    KEEP_CURRENCY: ("Currency to keep", ()),
    "header": ("First line", (("yes", "Names of the columns"), ("no", "Already a row of data"))),
    "delimiter": (
        "Columns are separated by",
        ((",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")),
    ),
    "encoding": (
        "Encoding",
        (
            ("utf-8", "UTF-8"),
            ("utf-16", "UTF-16"),
            ("cp1252", "Windows Western (cp1252)"),
            ("iso-8859-1", "Western (ISO-8859-1)"),
            ("mac_roman", "Mac Roman"),
        ),
    ),
    "sheet": ("Sheet", ()),
}
FINDING_WORDS: Final = {
    "layout": "Layout",
    "file_format": "Kind of file",
    "encoding": "Encoding",
    "delimiter": "Separator",
    "header": "First line",
    "date_order": "Dates",
    "decimal": "Decimal mark",
    "sheet": "Sheet",
    "amount_is": "The amount is",
    "currency": "Currency",
    "duplicates": "Repeated rows",
    "kind": "Kind of data",
    "unpaid": "Orders never paid",
}
# Choices that always have a value: there is nothing to find out.
SETTLED: Final = ("duplicates", "unpaid")
VALUE_WORDS: Final = {
    "yyyymmdd": "Year, month, day (20241231)",
    "excel": "Day numbers of Excel",
    "excel1904": "Day numbers of Excel for Mac (1904)",
    "epoch": "Seconds since 1970",
    "epoch_ms": "Milliseconds since 1970",
}
_CERTAIN: Final = 0.95
_SURE: Final = 0.9
_LIKELY: Final = 0.7


def aria(**words: str) -> dict[str, Any]:
    """Attributes for assistive tools: aria(label="Data") gives {"aria-label": "Data"}."""
    return {f"aria-{name}": value for name, value in words.items()}


def role_id(role: str) -> str:
    """Id of the select that says which column plays `role`."""
    return f"data-role-{role.replace('_', '-')}"


def option_id(key: str) -> str:
    """Id of the select of the import option `key`."""
    return f"data-option-{key.replace('_', '-')}"


def option_row_id(key: str) -> str:
    """Id of the row that holds that select; hidden where the option has no bearing on the file."""
    return f"{option_id(key)}-row"


def mapping_section() -> Component:
    """The form that says how a file is read; hidden until a file is there."""
    return html.Section(
        [
            html.Header(
                [
                    html.H2("How this file is read", id="data-mapping-title", tabIndex="-1"),
                    html.P(id=MAPPING_FILE, className="lw-soft"),
                ],
            ),
            html.Div(id=QUESTIONS),
            html.H3("The first rows, as understood"),
            html.Div(
                id=PREVIEW,
                className="lw-scroll lw-scroll--boxed",
                role="region",
                tabIndex="0",
                **aria(label="The first rows, as understood"),
            ),
            html.Div(
                [
                    html.Div(
                        [
                            _select(INTO, "Put it in", [{"label": "A new data set", "value": NEW}], NEW),
                            html.P(id=INTO_HELP, className="lw-soft"),
                        ]
                    ),
                    html.Div(
                        [
                            dbc.Label("Keep it under the name", html_for=NAME),
                            dbc.Input(id=NAME, type="text", maxLength=120, autoComplete="off"),
                        ],
                        className="data-field data-field-name",
                        id=NAME_ROW,
                    ),
                    html.Div(
                        [
                            dbc.Button("Import", id=IMPORT, color="primary", disabled=True),
                            dbc.Button("Discard the file", id=DISCARD, color="link"),
                        ],
                        className="data-actions",
                    ),
                    html.P(id=READINESS, role="status", className="data-readiness"),
                ],
                className="data-commit",
            ),
            html.Details(
                [
                    html.Summary("How this was understood, and how to change it"),
                    html.Fieldset(
                        [
                            html.Div(_option("kind"), className="data-what"),
                            html.Div(
                                [
                                    html.Div(
                                        [
                                            _group(
                                                "Who",
                                                {"customer_id": "Customer id"},
                                                "How customers are told apart.",
                                            ),
                                            _group("When", {"ordered_at": "Date"}, "", "data-group-when"),
                                        ],
                                        className="data-group-pair",
                                    ),
                                    _group(
                                        "How much",
                                        VALUE_ROLES,
                                        "The amount of each row; or quantity and unit price, which are multiplied.",
                                        "data-group-amount",
                                    ),
                                    _group(
                                        "What else is known",
                                        OPTIONAL_ROLES,
                                        "Leave out what the file does not have.",
                                        "data-group-other",
                                    ),
                                    _group(
                                        "What is known of them",
                                        TABLE_ROLES,
                                        "Leave out what the file does not have; every other column is kept as an attribute.",
                                        "data-group-table",
                                    ),
                                ],
                                className="data-groups",
                            ),
                        ],
                        id=FIELDS,
                        className="data-mapping-fields",
                    ),
                    html.H3("Dates, numbers and text"),
                    html.Div([_option(key) for key in CHOICES if key != "kind"], className="data-fields"),
                    html.Dl(id=FINDINGS, className="data-findings"),
                ],
                className="data-details data-understood",
                open=True,
            ),
        ],
        id=MAPPING,
        className="lw-card",
        hidden=True,
        **aria(labelledby="data-mapping-title"),
    )


def _group(title: str, roles: Mapping[str, str], help_text: str, group_id: str = "") -> Component:
    named: dict[str, Any] = {"id": group_id} if group_id else {}
    return html.Fieldset(
        [
            html.Legend(title),
            html.P(help_text, className="lw-soft") if help_text else None,
            *(_select(role_id(role), words) for role, words in roles.items()),
        ],
        **named,
    )


def _option(key: str) -> Component:
    label, values = CHOICES[key]
    options = [DETECT, *({"label": words, "value": value} for value, words in values)]
    if key in SETTLED:
        options = options[1:]
    return html.Div(_select(option_id(key), label, options), id=option_row_id(key))


def _select(select_id: str, label: str, options: Sequence[Any] = (), value: str = NONE) -> Component:
    return html.Div(
        [
            dbc.Label(linked(label), html_for=select_id),
            dbc.Select(id=select_id, options=list(options), value=value),
        ],
        className="data-field",
    )


def column_options(columns: Sequence[str], required: bool, numbered: bool = False) -> list[dict[str, str]]:
    """Choices of a role's select: the columns of the file, after the words for none of them.

    `numbered` says that without a column the rows are numbered.
    """
    none = "Choose a column" if required else "Not in this file"
    none = "None: number the rows" if numbered else none
    return [{"label": none, "value": NONE}, *({"label": column, "value": column} for column in columns)]


def question_cards(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, str]) -> list[Component]:
    """Each question with its choices as radio buttons; `answers` has what was chosen so far, by key."""
    return [_question_card(question, answers.get(question["key"])) for question in questions]


def _question_card(question: Mapping[str, Any], answer: str | None) -> Component:
    label_id = f"data-question-{question['key'].replace('_', '-')}"
    choices: list[Any] = [{"label": words, "value": value} for value, words in question["choices"]]
    return html.Div(
        [
            html.P(
                [
                    icon("question-circle"),
                    icon("check-circle"),
                    html.Span(marked(question["text"]), id=label_id),
                ],
                className="data-question-text",
            ),
            html.Div(
                dbc.RadioItems(
                    id={"type": ANSWER, "key": question["key"]},
                    options=choices,
                    value=answer,
                ),
                role="radiogroup",
                **aria(labelledby=label_id),
            ),
        ],
        className="data-question",
        key=question["key"],
    )


def marked(text: str) -> list[Component | str]:
    """A sentence with what stands between backticks set as code; nothing in it becomes markup."""
    plain = words.prose(text, fractions=False)
    return [html.Code(piece) if place % 2 else piece for place, piece in enumerate(plain.split("`"))]


def confidence_words(confidence: float) -> str:
    """A probability in words."""
    if confidence >= _CERTAIN:
        return "certain"
    return "likely" if confidence >= _LIKELY else "a guess"


def findings(found: Mapping[str, tuple[str, str, float]]) -> list[Component]:
    """What was detected, as terms with value, evidence and confidence in words.

    Of the columns only those are told that are not sure.
    """
    told = {key: each for key, each in found.items() if key not in ROLES or each[2] < _SURE}
    return [_finding(key, *each) for key, each in told.items()]


def _finding(key: str, value: str, evidence: str, confidence: float) -> Component:
    term = ROLES.get(key) or FINDING_WORDS.get(key) or key.replace("_", " ").capitalize()
    words = dict(CHOICES[key][1]) if key in CHOICES else {}
    shown = words.get(value) or VALUE_WORDS.get(value) or value
    detail = "" if evidence == "chosen" else f" ({confidence_words(confidence)})"
    why = f"{evidence[:1].upper()}{evidence[1:].rstrip('.')}{detail}." if evidence else ""
    return html.Div([html.Dt(term), html.Dd([html.Strong(shown), html.Span(why, className="lw-soft")])])


def preview_table(
    columns: Sequence[str], rows: Sequence[Sequence[tuple[str, str, bool]]], mapping: Mapping[str, str]
) -> Component:
    """Rows of the file under its column names, each mapped column marked with its role's words.

    A cell is (text as understood, text as written, whether it can be read).
    """
    roles = {column: ROLES.get(role, role) for role, column in mapping.items()}
    head = [
        html.Th(
            [
                html.Span(roles[column], className="data-role") if column in roles else None,
                html.Span(column),
            ],
            scope="col",
            className="is-mapped" if column in roles else "",
        )
        for column in columns
    ]
    numeric = {
        at for at, column in enumerate(columns) if _is_numeric(at, rows, mapping.get(column) in VALUE_ROLES)
    }
    body = [
        html.Tr([_cell(*cell, words.marks if at in numeric else str) for at, cell in enumerate(row)])
        for row in rows
    ]
    return html.Table(
        [html.Thead(html.Tr(head)), html.Tbody(body)], className="lw-table lw-table--boxed data-preview-table"
    )


def _is_numeric(at: int, rows: Sequence[Sequence[tuple[str, str, bool]]], mapped: bool) -> bool:
    """Whether a column was understood as numbers: codes look like numbers too, but are shown as they are written."""
    cells = [row[at] for row in rows if row[at][2] and row[at][0].strip()]
    understood = mapped or any(text != written for text, written, _ in cells)
    return understood and all(_NUMBER.fullmatch(text) for text, _, _ in cells)


def _cell(text: str, written: str, readable: bool, told: Callable[[str], str]) -> Component:
    if not readable:
        return html.Td([text, html.Span(" not readable")], className="is-unreadable")
    return html.Td(told(text), title=f"Written as {written}" if text != written else "")


def size(number: int) -> str:
    """A number of bytes in words."""
    return (
        f"{words.marks(f'{number / 1e6:,.1f}')} MB" if number >= 1e6 else f"{max(1, round(number / 1e3))} kB"
    )
