"""Lists of customers: saved from what is on screen, opened again, taken away as files, deleted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from dash import ALL, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate
from flask import Response

from callbacks.answers import clicked
from callbacks.downloads import file_answer, refusal
from callbacks.segment_actions_common import ASK, EDITED, NO_SEGMENTS, TOASTS, asked, failed, pressed, told
from data.errors import InputError, LapwingError
from data.segments.filter import SegmentFilter
from data.segments.lists import batches_of, save_list
from figures import words
from pages._ui import explorer_act_lists as view
from pages._ui import ids
from pages._ui.explorer_act_work import problem_of
from pages._ui.shell import toast

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.segments.queries import SegmentQueries
    from data.store import CustomerList

_ATTRIBUTE: Final = re.compile(r"a\d+")


def who(services: Services, params: Mapping[str, Any]) -> tuple[list[Any], str, int]:
    """Who is on screen in words, a name for a list of them, and how many they are."""
    queries, chosen = services.segments(str(params["segmentation"])), SegmentFilter.from_params(params)
    chips = chips_of(queries, chosen)
    customers = queries.count(chosen)
    return view.who(customers, chips, str(queries.manifest["title"])), view.suggested(chips), customers


def chips_of(queries: SegmentQueries, chosen: SegmentFilter) -> list[str]:
    """What is filtered, in words."""
    return [text for _, _, text in queries.chips(chosen)]


def save(services: Services, params: Mapping[str, Any], name: str | None) -> tuple[str, int]:
    """Save the customers on screen; returns the list's name and how many they are.

    InputError for a name that is empty, too long or taken by a list of the same data set, and for nobody.
    """
    queries, chosen = services.segments(str(params["segmentation"])), SegmentFilter.from_params(params)
    given = " ".join((name or "").split())
    if not given:
        raise InputError("Give the list a name.")
    series = queries.manifest["source"]["series"]
    taken = {
        " ".join(each.name.split()).casefold()
        for each in services.store.lists()
        if each.manifest["series"] == series
    }
    if given.casefold() in taken:
        raise InputError(f"There is a list called “{given}” already: choose another name.")
    found = services.store.list_of(save_list(services.store, queries, chosen, given))
    return found.name, int(found.manifest["customers"])


def saved_lists(services: Services, shown: str | None) -> list[Any]:
    """The lists of the data set on screen, and how many there are of others."""
    found = services.store.lists()
    series = services.store.segmentation(shown or "").series
    here = [each for each in found if each.manifest["source"]["series"] == series]
    sources = {each.id: each.manifest["source"] for each in services.store.segmentations()}
    return view.saved_lists([_saved(each, sources) for each in here], len(found) - len(here))


def _saved(found: CustomerList, sources: Mapping[str, Mapping[str, Any]]) -> view.Saved:
    facts = found.manifest
    made = dt.datetime.fromisoformat(found.created_at).astimezone()
    source = sources.get(str(facts["segmentation_id"]))
    return view.Saved(
        found.id,
        found.name,
        int(facts["customers"]),
        f"{made:%-d %b %Y, %H:%M}",
        facts.get("as_of"),
        tuple(_chip(each) for each in facts["words"]),
        address_of(facts, source) if source else None,
    )


def _chip(item: Any) -> str:
    return str(item if isinstance(item, str) else item[-1])


def address_of(facts: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    """The page's address that shows what a list was made of."""
    where = {"analysis" if source["kind"] == "analysis" else "dataset": source["id"]}
    chosen = SegmentFilter.from_params(facts["definition"]).to_params()
    return "/segments?" + urlencode({**where, "segmentation": facts["segmentation_id"], **chosen})


def ask_delete(services: Services, list_id: str) -> dict[str, Any]:
    """The question before a list is deleted."""
    found = services.store.list_of(list_id)
    return {
        "title": "Delete this list?",
        "text": f"“{found.name}” with {words.plural(int(found.manifest['customers']), 'customer')} will be removed from the "
        "workspace. The customers themselves and their segments stay.",
        "about": {"kind": "list", "id": found.id},
    }


def list_file(services: Services, list_id: str, extension: str) -> Response:
    """All customers of a list as a file; 404 for one that is not there, in words."""
    try:
        found = services.store.list_of(list_id)
        heads = headings(found.manifest["columns"])
        batches = (batch.rename_columns(heads) for batch in batches_of(found))
        customers = int(found.manifest["customers"])
        return file_answer(batches, heads, extension, f"list {found.name}", "Customers", lambda: customers)
    except LapwingError as error:
        return refusal(error)


def headings(columns: Mapping[str, str]) -> list[str]:
    """Headings of the columns of a list: attributes by their own words, made different and harmless."""
    found: list[str] = []
    for key, label in columns.items():
        head = (" ".join(str(label).split()) or key) if _ATTRIBUTE.fullmatch(key) else key
        # A spreadsheet would run a heading like any other cell.
        head = f"'{head}" if head[0] in "=+-@" else head
        found.append(f"{head} ({key})" if head in found or (head != key and head in columns) else head)
    return found


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of lists, and their download addresses, to `app`."""
    for extension in ("csv", "xlsx"):
        app.server.add_url_rule(
            f"/lists/<list_id>/customers.{extension}",
            f"list_{extension}",
            lambda list_id, extension=extension: list_file(services, list_id, extension),
        )
    _register_keep(app, services)
    _register_lists(app, services)


def _register_keep(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.SEGMENTS_KEEP_PANEL, "is_open", allow_duplicate=True),
        Output(ids.SEGMENTS_KEEP_WHO, "children"),
        Output(ids.SEGMENTS_KEEP_NAME, "value"),
        Output(ids.SEGMENTS_KEEP_SAVE, "disabled"),
        Output(ids.SEGMENTS_KEEP_MESSAGE, "children", allow_duplicate=True),
        TOASTS,
        Input(ids.SEGMENTS_KEEP, "n_clicks"),
        State(ids.SEGMENTS_FILTER, "data"),
        State(ids.SEGMENTS_SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _(_clicks: Any, params: Any, shown: Any) -> tuple[Any, ...]:
        pressed()
        # The filter may still be that of the customers before.
        if not shown or not params or params.get("segmentation") != shown:
            return *[no_update] * 5, failed(NO_SEGMENTS)
        try:
            people, name, customers = who(services, params)
        except LapwingError as error:
            return *[no_update] * 5, failed(str(error))
        return True, people, name, not customers, None, no_update

    @app.callback(
        output={
            "open": Output(ids.SEGMENTS_KEEP_PANEL, "is_open"),
            "message": Output(ids.SEGMENTS_KEEP_MESSAGE, "children"),
            "edited": EDITED,
            "toasts": TOASTS,
        },
        inputs={
            "_save": Input(ids.SEGMENTS_KEEP_SAVE, "n_clicks"),
            "_enter": Input(ids.SEGMENTS_KEEP_NAME, "n_submit"),
            "_cancel": Input(ids.SEGMENTS_KEEP_CANCEL, "n_clicks"),
        },
        state={
            "params": State(ids.SEGMENTS_FILTER, "data"),
            "name": State(ids.SEGMENTS_KEEP_NAME, "value"),
            "edited": State(ids.SEGMENTS_EDITED, "data"),
        },
        prevent_initial_call=True,
    )
    def _(_save: Any, _enter: Any, _cancel: Any, params: Any, name: Any, edited: Any) -> dict[str, Any]:
        same = {"open": no_update, "message": no_update, "edited": no_update, "toasts": no_update}
        if pressed() == ids.SEGMENTS_KEEP_CANCEL:
            return same | {"open": False}
        try:
            saved, customers = save(services, params, name)
        except LapwingError as error:
            return same | {"message": problem_of(str(error))}
        text = (
            f"“{saved}” with {words.plural(customers, 'customer')} is among the saved lists, below the table."
        )
        messages = told(toast(f"segments-list-{edited}", "List saved", text))
        return {"open": False, "message": None, "edited": (edited or 0) + 1, "toasts": messages}


def _register_lists(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.SEGMENTS_LISTS, "children"),
        Input(ids.SEGMENTS_SHOWN, "data"),
        Input(ids.SEGMENTS_EDITED, "data"),
    )
    def _(shown: Any, _edited: Any) -> Any:
        if not shown:
            raise PreventUpdate
        return saved_lists(services, shown)

    @app.callback(
        output=ASK,
        inputs={"_delete": Input({"type": view.DELETE, "id": ALL}, "n_clicks")},
        prevent_initial_call=True,
    )
    def _(_delete: Any) -> dict[str, Any]:
        return asked(lambda: ask_delete(services, clicked()[1]))
