"""How the data page shows data sets, their ledgers and the jobs: ids and components, from plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures.words import count, day, marks, prose
from pages._ui import tabs as row
from pages._ui.controls import icon
from pages._ui.dialogs import ask_dialog
from pages._ui.glossary import linked
from pages._ui.upload import aria, marked

MESSAGE: Final = "data-message"
POLL: Final = "data-poll"
JOB: Final = "data-job"
JOB_PANEL: Final = "data-job-panel"
JOBS: Final = "data-jobs"
SEEN: Final = "data-seen"
CHANGED: Final = "data-changed"
ANNOUNCE: Final = "data-announce"
DATASETS: Final = "data-datasets"
SELECTED: Final = "data-selected"
DETAIL: Final = "data-detail"
TAB: Final = "data-tab"
LEDGER_PANEL: Final = "data-panel-ledger"
LEDGER: Final = "data-ledger"
QUALITY_PANEL: Final = "data-panel-quality"
QUALITY: Final = "data-quality"
STATISTICS_PANEL: Final = "data-panel-statistics"
# Tab -> its words and its panel.
TAB_PANELS: Final = {
    "ledger": ("Ledger", LEDGER_PANEL),
    "quality": ("Quality", QUALITY_PANEL),
    "statistics": ("Statistics", STATISTICS_PANEL),
}
ASK: Final = "data-ask"
ASK_TITLE: Final = "data-ask-title"
ASK_TEXT: Final = "data-ask-text"
ASK_ABOUT: Final = "data-ask-about"
ASK_YES: Final = "data-ask-yes"
ASK_NO: Final = "data-ask-no"
# Types of the ids of what is listed; each id has the listed thing's own id beside it.
OPEN: Final = "data-open"
VERSION: Final = "data-version"
DELETE: Final = "data-delete"
CANCEL: Final = "data-cancel"
REMAP: Final = "data-remap"
AGAIN: Final = "data-again"
DISMISS: Final = "data-dismiss"

STATE_WORDS: Final = {
    "queued": "Waiting",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
_STATE_ICONS: Final = {
    "queued": "hourglass",
    "running": "arrow-repeat",
    "done": "check-circle",
    "failed": "exclamation-triangle",
    "cancelled": "slash-circle",
}


KIND_WORDS: Final = {"transactions": "Transactions", "customers": "Table of customers"}
NO_DATES: Final = (
    "This table has no dated orders, so it cannot tell who buys next. Look at it under Statistics, or join it to a data "
    "set of transactions: upload the file again and choose that under “Put it in”."
)


@dataclass(frozen=True)
class LedgerLine:
    """One line of the ledger: what, how many rows, and their amount in words ("" where unknown)."""

    words: str
    rows: str
    amount: str
    kind: str = ""


@dataclass(frozen=True)
class FileView:
    """One file of a data set: what was done with it, and its own account."""

    words: str
    lines: tuple[LedgerLine, ...]
    quarantine: str | None


@dataclass(frozen=True)
class DatasetView:
    """One data set as words; `versions` are (id, words), newest first, where there are several."""

    id: str
    name: str
    kind: str
    facts: tuple[tuple[str, str], ...]
    imported: str
    analyses: str
    lines: tuple[LedgerLine, ...] = ()
    notes: tuple[str, ...] = ()
    quarantined: int = 0
    analysis_id: str | None = None
    problem: str = ""
    version: int = 1
    versions: tuple[tuple[str, str], ...] = ()
    files: tuple[FileView, ...] = ()
    can_analyse: bool = True
    currency: str | None = None


@dataclass(frozen=True)
class JobView:
    """One job as words; `path` says whether its uploaded file is still there to map again."""

    id: str
    kind: str
    label: str
    state: str
    progress: float
    text: str
    when: str
    error: str = ""
    can_remap: bool = False
    can_repeat: bool = False
    cancelling: bool = False
    dataset_id: str | None = None
    analysis_id: str | None = None
    summary: str = ""

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("queued", "running")


def message(text: str) -> Component:
    """One sentence in an alert; the text is never markup."""
    return dbc.Alert(
        [icon("exclamation-triangle"), html.Span(marked(text))],
        color="danger",
        className="lw-error data-alert",
    )


def empty_list() -> Component:
    """What stands where the data sets will be."""
    return html.Div(
        [
            html.Div(icon("inboxes"), className="lw-empty__icon"),
            html.H3("No data sets yet"),
            html.P(
                "Upload a file of transactions, one row a line or an order, or try the sample data to look around.",
            ),
        ],
        className="lw-empty data-none",
    )


def dataset_list(
    views: Sequence[DatasetView], selected: str | None, damaged: Sequence[str]
) -> list[Component]:
    """The data sets as a list of buttons, the selected one marked, after what is said of damaged ones."""
    items = [html.Li(_dataset_button(view, view.id == selected)) for view in views]
    return [*map(message, damaged), html.Ul(items, className="data-list") if views else empty_list()]


def _dataset_button(view: DatasetView, is_selected: bool) -> Component:
    return html.Button(
        [
            html.Span([html.Span(view.name, className="lw-item__name"),
                       html.Span(f"version {view.version}" if view.versions else "", className="data-badge")]),
            html.Span(view.problem or " · ".join(f"{value} {word}" for word, value in view.facts[:2]),
                      className="lw-soft"),
            html.Span(f"{view.imported} · {view.analyses}" if view.can_analyse else f"{view.imported} · customer table",
                      className="lw-soft"),
        ],
        id={"type": OPEN, "id": view.id},
        type="button",
        className="lw-item data-item is-selected" if is_selected else "lw-item data-item",
        **aria(current="true" if is_selected else "false"),
    )  # fmt: skip


def dataset_detail(view: DatasetView) -> list[Component | None]:
    """The head of the selected data set: its name and version, its facts, and what can be done with it."""
    version = f", version {view.version}" if view.versions else ""
    return [
        html.Header(
            [
                html.H3(view.name, className="data-detail-title"),
                html.P(f"{KIND_WORDS[view.kind]}{version}, imported {view.imported}", className="lw-soft"),
            ]
        ),
        message(view.problem) if view.problem else _facts(view.facts),
        html.Div(
            [
                dcc.Link("See who to win back", href=f"/propensity?analysis={view.analysis_id}", className="btn btn-primary")
                if view.analysis_id
                else None,
                html.A(
                    [icon("download"), " Download quarantine"],
                    href=f"/data/{view.id}/quarantine.csv",
                    className="btn btn-outline-secondary",
                    download="",
                )
                if view.quarantined and not view.files
                else None,
                html.Button(
                    "Delete" if not view.versions else f"Delete version {view.version}",
                    id={"type": DELETE, "id": view.id},
                    type="button",
                    className="btn btn-outline-danger",
                ),
            ],
            className="data-actions",
        ),
        _versions(view) if view.versions else None,
        None if view.can_analyse or view.problem else html.P(NO_DATES, className="lw-hint"),
    ]  # fmt: skip


def _versions(view: DatasetView) -> Component:
    """The other versions, each a button that opens it."""
    items = [
        html.Li(
            html.Button(
                words,
                id={"type": VERSION, "id": version_id},
                type="button",
                className="btn btn-link btn-sm",
                **aria(current="true" if version_id == view.id else "false"),
            )
        )
        for version_id, words in view.versions
    ]
    return html.Details(
        [html.Summary(f"{len(view.versions)} versions"), html.Ul(items, className="data-versions")],
        className="data-details",
    )


def ledger_panel(view: DatasetView) -> list[Component | None]:
    """The account of every row, of all files together and of each, with what is worth knowing."""
    if view.problem:
        return [html.P(view.problem, className="lw-soft")]
    return [
        _ledger(
            view.lines,
            "Every row is accounted for" if view.files else "Every row of the file is accounted for",
            view.currency,
        ),
        html.Ul([html.Li(prose(note)) for note in view.notes], className="data-notes") if view.notes else None,
        *(_file(file, view.currency) for file in view.files),
        html.P(
            "Quarantined rows can be downloaded, mended in a spreadsheet and uploaded again: they are then brought back.",
            className="lw-soft data-mend",
        )
        if view.quarantined and view.can_analyse
        else None,
    ]  # fmt: skip


def _file(file: FileView, currency: str | None) -> Component:
    return html.Details(
        [
            html.Summary(file.words),
            _ledger(file.lines, "The account of this file", currency),
            html.A(
                [icon("download"), " Download its quarantine"],
                href=file.quarantine,
                className="btn btn-outline-secondary btn-sm",
                download="",
            )
            if file.quarantine
            else None,
        ],
        className="data-details data-file",
    )


def tabs(tab: str) -> Component:
    """The tabs of the selected data set."""
    return row.tab_row("data", "Details", TAB_PANELS, _tab(tab))


def tab_id(name: str) -> str:
    """Id of the button of the tab `name`."""
    return row.tab_id("data", name)


def panel(name: str, children: Any, tab: str) -> Component:
    """What the tab `name` shows; hidden unless it is the open `tab`."""
    return row.tab_panel("data", name, TAB_PANELS[name][1], children, _tab(tab))


def _tab(tab: str) -> str:
    return tab if tab in TAB_PANELS else "ledger"


def _facts(facts: Sequence[tuple[str, str]]) -> Component:
    return html.Dl(
        [html.Div([html.Dt(linked(word.capitalize())), html.Dd(value)]) for word, value in facts],
        className="lw-figures",
    )


def _ledger(lines: Sequence[LedgerLine], caption: str, currency: str | None) -> Component:
    head = html.Tr(
        [
            html.Th("Rows", scope="col"),
            html.Th("Number", scope="col"),
            html.Th(f"Amount, {currency}" if currency else "Amount", scope="col"),
        ]
    )
    body = [
        html.Tr(
            [html.Th(linked(line.words), scope="row"), html.Td(line.rows), html.Td(line.amount or "–")],
            className=f"is-{line.kind}" if line.kind else "",
        )
        for line in lines
    ]
    return html.Table(
        [
            html.Caption(linked(caption)),
            html.Thead(head),
            html.Tbody(body),
        ],
        className="lw-table data-ledger",
    )


def job_panel(view: JobView) -> Component:
    """The job the person waits for, or has just waited for."""
    if view.active:
        return _running(view)
    return {"done": _done, "failed": _failed}.get(view.state, _cancelled)(view)


def _running(view: JobView) -> Component:
    label_id = f"data-job-label-{view.id}"
    # Without a value the bar shows that something goes on, not how far it is.
    amount: dict[str, Any] = {} if view.state == "queued" else {"value": f"{view.progress:.3f}"}
    words = f"{view.progress:.0%} · {prose(view.text)}" if view.text else "Starting…"
    if view.state == "queued":
        words = "Waiting for its turn"
    return html.Div(
        [
            html.P(view.label, className="data-progress-label", id=label_id),
            html.Progress(max="1", **amount, **aria(labelledby=label_id)),
            html.Div(
                [
                    html.P("Cancelling" if view.cancelling else words, className="data-progress-facts"),
                    html.Button(
                        "Cancel",
                        id={"type": CANCEL, "id": view.id},
                        type="button",
                        className="btn btn-outline-secondary btn-sm",
                        disabled=view.cancelling,
                    ),
                ],
                className="data-progress-row",
            ),
            html.P("You can leave this page: the work goes on and will be here.", className="lw-soft"),
        ],
        className="lw-card data-job is-running",
    )


def _done(view: JobView) -> Component:
    links = [
        dcc.Link(
            "See who to win back",
            href=f"/propensity?analysis={view.analysis_id}",
            className="btn btn-primary",
        )
        if view.analysis_id
        else None,
        _dismiss(view),
    ]
    return _ended(view, "check-circle", view.summary or "It is ready.", links)


def _failed(view: JobView) -> Component:
    buttons = [
        _button("Change how it is read", REMAP, view, "btn-primary") if view.can_remap else None,
        _button("Try again", AGAIN, view, "btn-outline-secondary") if view.can_repeat else None,
        _dismiss(view),
    ]
    error = view.error or "It did not work."
    what = (
        "The data set is in, and earlier results are untouched."
        if view.kind == "analyse"
        else "Nothing was stored."
    )
    told = error if "othing was" in error else f"{error} {what}"
    return _ended(view, "exclamation-triangle", told, buttons, role="alert")


def _cancelled(view: JobView) -> Component:
    buttons = [
        _button("Change how it is read", REMAP, view, "btn-outline-secondary") if view.can_remap else None,
        _dismiss(view),
    ]
    return _ended(
        view,
        "slash-circle",
        "Cancelled; nothing was stored." if view.kind != "analyse" else "Cancelled; the data set stays.",
        buttons,
    )


def _ended(
    view: JobView, icon_name: str, text: str, buttons: Sequence[Component | None], role: str | None = None
) -> Component:
    extra: dict[str, Any] = {"role": role} if role else {}
    title = f"{view.label}: {STATE_WORDS[view.state].lower()}"
    return html.Div(
        [
            html.Div(icon(icon_name), className="data-job-icon"),
            html.Div(
                [
                    html.P(title, className="data-job-title"),
                    html.P(marked(text)),
                    html.Div(list(buttons), className="data-actions"),
                ]
            ),
        ],
        className=f"lw-card data-job is-{view.state}",
        **extra,
    )


def _button(words: str, kind: str, view: JobView, look: str) -> Component:
    return html.Button(words, id={"type": kind, "id": view.id}, type="button", className=f"btn {look}")


def _dismiss(view: JobView) -> Component:
    return _button("Close", DISMISS, view, "btn-link")


def job_list(views: Sequence[JobView], in_panel: str | None) -> Component:
    """Recent jobs; one that is active and not shown in the panel can be cancelled here."""
    if not views:
        return html.P("Nothing has run yet.", className="lw-soft")
    return html.Ul([_job_line(view, view.id != in_panel) for view in views], className="data-jobs")


def _job_line(view: JobView, with_cancel: bool) -> Component:
    state = STATE_WORDS[view.state] + (f", {view.progress:.0%}" if view.state == "running" else "")
    return html.Li(
        [
            html.Span(icon(_STATE_ICONS[view.state]), className=f"data-state is-{view.state}"),
            html.Span(
                [
                    html.Span(view.label, className="data-job-label"),
                    html.Span(marked(view.error), className="lw-soft data-job-error") if view.error else None,
                ],
                className="data-job-what",
            ),
            html.Span(state, className="data-job-state"),
            html.Span(view.when, className="lw-soft data-job-when"),
            html.Button(
                "Cancel",
                id={"type": CANCEL, "id": view.id},
                type="button",
                className="btn btn-link btn-sm",
                **aria(label=f"Cancel: {view.label}"),
            )
            if view.active and with_cancel
            else None,
        ]
    )


def confirm_modal() -> Component:
    """One question before what cannot be undone."""
    return ask_dialog(
        ASK, "", title_id=ASK_TITLE, text_id=ASK_TEXT, keep_button=ASK_NO, do_button=ASK_YES, do="Yes"
    )


def money(value: str | None) -> str:
    """An exact decimal text with two decimals; "" where the file has no amounts."""
    return marks(f"{Decimal(value):,.2f}") if value is not None else ""


def moment(value: dt.datetime) -> str:
    """A time of this machine in words."""
    return f"{value.astimezone():%-d %b %Y, %H:%M}"


def ledger_facts(ledger: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a data set holds, as (word, value)."""
    dated = ledger.get("first_date") is not None
    return (
        ("rows", count(ledger["rows"]["kept"])),
        ("customers", count(ledger["customers"])),
        *((("from", day(ledger["first_date"])), ("to", day(ledger["last_date"]))) if dated else ()),
    )


def ledger_lines(ledger: Mapping[str, Any]) -> tuple[LedgerLine, ...]:
    """Rows in, kept and quarantined by reason, with their amounts."""
    rows, amounts = ledger["rows"], ledger.get("amount") or {}
    reasons = (
        LedgerLine(item["reason"].capitalize(), count(item["rows"]), money(item.get("amount")), "reason")
        for item in ledger.get("reasons", ())
    )
    return (
        LedgerLine("In the file", count(rows["in"]), money(amounts.get("in"))),
        LedgerLine("Kept", count(rows["kept"]), money(amounts.get("kept")), "kept"),
        LedgerLine(
            "Quarantined", count(rows["quarantined"]), money(amounts.get("quarantined")), "quarantined"
        ),
        *reasons,
    )


def ledger_sentence(name: str, ledger: Mapping[str, Any]) -> str:
    """The outcome of an import in one or two sentences."""
    rows = ledger["rows"]
    kept = (
        f"{count(rows['kept'])} of {count(rows['in'])} rows of {count(ledger['customers'])} customers are in"
    )
    dated = ledger.get("first_date") is not None
    span = f", {day(ledger['first_date'])} to {day(ledger['last_date'])}" if dated else ""
    rest = f"; {count(rows['quarantined'])} rows are in quarantine" if rows["quarantined"] else ""
    return f"{kept} “{name}”{span}{rest}."
