"""The glossary in place: a label's word that tells what it means and opens the panel at its entry.

Everything happens in the browser (assets/guide.js), from the entries that the panel carries with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from pages._ui import ids
from pages._ui.glossary_terms import PAGES, QUESTIONS, TERMS, Term

ANCHOR: Final = "#glossary-"


def term(key: str, text: str | None = None, *, quiet: bool = False) -> Component:
    """A word that shows its definition on hover and focus, and opens the glossary there.

    It is a button to assistive tools: it opens a dialog and leads to no place. `quiet` leaves the line under it out.
    Raises KeyError for a term that there is not.
    """
    return html.A(
        text or TERMS[key].word,
        href=f"{ANCHOR}{key}",
        role="button",
        className="lw-term lw-term--quiet" if quiet else "lw-term",
        **{"aria-haspopup": "dialog"},
    )


def linked(text: Any) -> Any:
    """The words of a label with each term in it linked; what has none, or is no text, as it is."""
    if not isinstance(text, str):
        return text
    parts: list[Any] = []
    at, seen = 0, set()
    for found in _pattern().finditer(text):
        key = _keys()[_plain(found.group())]
        if key in seen:
            continue
        seen.add(key)
        parts += [text[at : found.start()], term(key, found.group())]
        at = found.end()
    pieces = [part for part in (*parts, text[at:]) if part]
    # One component, whatever list it is put into: Dash cannot read a list within a list.
    return html.Span(pieces) if len(pieces) > 1 else pieces[0] if parts else text


def column(name: str, text: str) -> Any:
    """The words of a table's row or head for the column `name`, linked as a whole where that is a term."""
    found = _columns().get(name)
    return term(found.key, text) if found else linked(text)


def terms_in(text: str) -> tuple[str, ...]:
    """Keys of the terms that a text uses, in its order."""
    return tuple(dict.fromkeys(_keys()[_plain(found.group())] for found in _pattern().finditer(text)))


def described(name: str, label: str) -> dict[str, str]:
    """What a grid's column says of itself on hover: `headerTooltip` with the definition, or nothing."""
    found = _columns().get(name)
    keys = (found.key,) if found else terms_in(label)
    return {"headerTooltip": " ".join(TERMS[key].definition for key in keys)} if keys else {}


def in_columns(names: Sequence[str], labels: Mapping[str, str]) -> Component:
    """The columns of a grid that are terms, in a line: its own heads can be neither focused for this nor touched."""
    found = [term(one.key, labels.get(name, one.word)) for name in names if (one := _columns().get(name))]
    spaced = [part for each in found for part in (each, ", ")][:-1]
    return html.P(["What the columns mean: ", *spaced, "."], className="lw-help lw-terms")


def on_page(page: str) -> Component:
    """The terms that a page uses, in a line at its end.

    Words that can hold no link (an option of a list, a tab, a head that sorts, a chart's axis) have theirs here.
    """
    found = [term(each.key) for each in by_word() if page in each.seen]
    spaced = [part for each in found for part in (each, ", ")][:-1]
    return html.P(["Words on this page: ", *spaced, "."], className="lw-help lw-words")


def panel() -> Component:
    """Help: the questions to start with and the glossary, in a dialog that the page's script fills when it is opened."""
    entries = [
        {
            "key": each.key,
            "word": each.word,
            "text": each.definition,
            "seen": [[address, PAGES[address]] for address in each.seen],
            "see": [[key, TERMS[key].word] for key in each.see],
            # What the filter finds it by, beside its word.
            "says": " ".join((*each.says, *each.columns)),
        }
        for each in by_word()
    ]
    questions = [{"text": each.words, "href": each.page, "icon": each.icon} for each in QUESTIONS]
    return html.Dialog(
        id=ids.SHELL_GLOSSARY,
        className="lw-glossary",
        **{
            "data-terms": json.dumps(entries, ensure_ascii=False),
            "data-questions": json.dumps(questions, ensure_ascii=False),
            "aria-label": "Help and glossary",
        },
    )


def help_button() -> Component:
    """The button that opens the panel from anywhere."""
    return html.Button(
        html.I(className="bi bi-question-lg", **{"aria-hidden": "true"}),
        id=ids.SHELL_HELP,
        type="button",
        title="Help: where to start, and what the words mean",
        className="lw-icon-button",
        **{"aria-label": "Help", "aria-haspopup": "dialog"},
    )


def by_word() -> list[Term]:
    """All terms in the order of their words."""
    return sorted(TERMS.values(), key=lambda each: each.word.casefold())


def markdown() -> str:
    """The glossary as docs/glossary.md has it."""
    lines = [
        "# Glossary",
        "",
        "One name, one meaning: on screen, in files and here. In Lapwing a word with a dotted line under it opens its entry;",
        "**Help** in the bar at the top opens the whole list. (Made by `python -m docs.glossary`.)",
        "",
    ]
    for each in by_word():
        files = ", ".join(f"`{name}`" for name in each.columns)
        seen = ", ".join(PAGES[address] for address in each.seen)
        see = ", ".join(f"[{TERMS[key].word}](#{each_anchor(TERMS[key])})" for key in each.see)
        about = [f"Seen on: {seen}."]
        about += [f"In files: {files}."] if files else []
        about += [f"See also {see}."] if see else []
        lines += [f"## {each.word}", "", each.definition, "", " ".join(about), ""]
    return "\n".join(lines).rstrip() + "\n"


def each_anchor(found: Term) -> str:
    """The anchor that a heading of a Markdown page has."""
    return re.sub(r"[^\w\- ]", "", found.word.lower()).replace(" ", "-")


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()


@cache
def _keys() -> dict[str, str]:
    found: dict[str, str] = {}
    for each in TERMS.values():
        for wording in (re.sub(r"\s*\(.*\)$", "", each.word), *each.says):
            found.setdefault(_plain(wording), each.key)
    return found


@cache
def _columns() -> dict[str, Term]:
    return {name: each for each in TERMS.values() for name in each.columns}


@cache
def _pattern() -> re.Pattern[str]:
    # The longest wording first: "revenue at risk" is not "at risk".
    wordings = sorted(_keys(), key=len, reverse=True)
    return re.compile(
        r"(?<![\w-])(?:"
        + "|".join(re.escape(each).replace(r"\ ", r"\s+") for each in wordings)
        + r")(?![\w-])",
        re.IGNORECASE,
    )
