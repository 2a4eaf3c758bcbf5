"""What the data page does with data sets: list them, show their ledgers and quality, delete them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks import data_form, data_jobs
from callbacks.answers import clicked, in_words
from callbacks.segment_actions_common import TOASTS, deleted
from callbacks.uploads import register_routes, uploads_of
from data.errors import LapwingError
from data.names import TRANSACTIONS
from data.store import QUALITY
from figures import words
from pages._ui import analysis_form, ids, quality
from pages._ui import datasets as view

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Dataset
    from jobs.queue import Job


def show_datasets(services: Services, selected: str | None, reported: str | None = None) -> dict[str, Any]:
    """The list of data sets, the newest version of each, and the selected one, or the newest, in full.

    `reported` is the data set whose quality report is on screen: it stays, with what is chosen in it.
    """
    versions: dict[str, list[Dataset]] = {}
    for dataset in services.store.datasets():
        versions.setdefault(dataset.series, []).append(dataset)
    everything = [dataset for series in versions.values() for dataset in series]
    newest = [series[0] for series in versions.values()]
    chosen = next((each for each in everything if each.id == selected), newest[0] if newest else None)
    shown = dataset_view(services, chosen, versions[chosen.series]) if chosen else None
    views = [dataset_view(services, each, versions[each.series]) for each in newest]
    in_list = versions[chosen.series][0].id if chosen else None
    findings = findings_of(chosen) if chosen else []
    can_change = bool(chosen and can_read_again(chosen))
    return {
        "list": view.dataset_list(views, in_list, list(services.store.damaged().values())),
        "detail": view.dataset_detail(shown) if shown else None,
        "ledger": view.ledger_panel(shown) if shown else None,
        "quality": no_update
        if shown is not None and shown.id == reported
        else quality.quality_report(findings, can_change)
        if shown
        else None,
        "reported": shown.id if shown else None,
        "apply_hidden": not (can_change and any(each.get("choice") for each in findings)),
        "hidden": shown is None,
        "analyse_hidden": shown is None or bool(shown.problem) or not shown.can_analyse,
        # Where nothing was analysed yet, that is the next thing to do.
        "analyse_open": shown is not None and shown.analysis_id is None,
        "selected": shown.id if shown else None,
    }


def findings_of(dataset: Dataset) -> list[dict[str, Any]]:
    """The quality report of a data set; empty where it has none."""
    try:
        return list(dataset.read_json(QUALITY)["findings"])
    except (LapwingError, LookupError, TypeError):
        return []


def can_read_again(dataset: Dataset) -> bool:
    """Whether the files it was made of are still there, so that they can be read with other choices."""
    steps = dataset.manifest.get("steps") or []
    return bool(steps) and all(step.get("source") in dataset.manifest["files"] for step in steps)


def dataset_view(services: Services, dataset: Dataset, versions: Sequence[Dataset] = ()) -> view.DatasetView:
    """A data set in words, with its ledger; `versions` are all of its series, newest first."""
    analyses = services.store.analyses(dataset.id)
    counted = {0: "not analysed yet", 1: "1 analysis"}.get(len(analyses), f"{len(analyses)} analyses")
    words: dict[str, Any] = {
        "id": dataset.id,
        "name": dataset.name,
        "kind": dataset.kind,
        "imported": view.moment(dt.datetime.fromisoformat(dataset.created_at)),
        "analyses": counted,
        "analysis_id": analyses[0].id if analyses else None,
        "version": dataset.version,
        "versions": tuple((each.id, version_words(each)) for each in versions) if len(versions) > 1 else (),
        "can_analyse": dataset.kind == TRANSACTIONS,
    }
    try:
        ledger = dataset.ledger
        return view.DatasetView(
            **words,
            facts=view.ledger_facts(ledger),
            lines=view.ledger_lines(ledger),
            notes=tuple(note["text"] for note in ledger.get("notes", ())),
            quarantined=ledger["rows"]["quarantined"],
            files=file_views(dataset, ledger),
            currency=plain_code((ledger.get("understood") or {}).get("currency")),
        )
    except (LapwingError, OSError, ValueError, LookupError, ArithmeticError):
        return view.DatasetView(**words, facts=(), problem="Its ledger is damaged: import the file again.")


def plain_code(currency: object) -> str | None:
    """A currency code as it may be shown; None for anything else that a file may hold there."""
    return str(currency) if isinstance(currency, str) and len(currency) == 3 and currency.isalpha() else None


def version_words(dataset: Dataset) -> str:
    """A version by its number, its rows and what made it."""
    steps = dataset.manifest.get("steps") or [{}]
    made = {
        "append": "rows added from",
        "join": "columns joined from",
        "mend": "mended rows from",
    }.get(str(steps[-1].get("how")), "read from")
    rows = int((dataset.manifest.get("rows") or {}).get("kept", 0))
    return f"Version {dataset.version}: {words.count(rows)} rows, {made} {steps[-1].get('name', 'a file')}"


def file_views(dataset: Dataset, ledger: Mapping[str, Any]) -> tuple[view.FileView, ...]:
    """The files of a data set that has several, each with its own account."""
    made = {"import": "Imported", "append": "Added", "join": "Joined by customer id", "mend": "Mended"}
    files = ledger.get("files") or ()
    steps = dataset.manifest.get("steps") or ()
    return tuple(
        view.FileView(
            words=f"{made.get(str(step['how']), 'Read')}: {step['name']}",
            lines=view.ledger_lines(account),
            quarantine=f"/data/{dataset.id}/quarantine.csv?file={number}"
            if account["rows"]["quarantined"]
            else None,
        )
        for number, (step, account) in enumerate(zip(steps, files, strict=False), start=1)
    )


def chosen_changes(
    services: Services, dataset_id: str | None, options: Sequence[str], values: Sequence[str | None]
) -> dict[str, str]:
    """What the switches of the quality report would change: option -> value."""
    if not dataset_id:
        return {}
    findings = findings_of(services.store.dataset(dataset_id))
    now = {each["choice"]["option"]: each["choice"]["value"] for each in findings if each.get("choice")}
    pairs = zip(options, values, strict=True)
    return {option: value for option, value in pairs if value and now.get(option) != value}


def change_words(changes: Mapping[str, str]) -> tuple[str, bool]:
    """What applying the switches does, in words, and whether there is nothing to apply."""
    if not changes:
        return "Change a switch above to read the files again with your choice.", True
    many = "one other choice" if len(changes) == 1 else f"{len(changes)} other choices"
    return f"The files are read again with {many}; this version stays as it is.", False


def start_reread(services: Services, dataset_id: str, changes: Mapping[str, str]) -> dict[str, Any]:
    """Ask for a version of the data set with other choices about its rows."""
    dataset = services.store.dataset(dataset_id)
    params = {
        "dataset_id": dataset.id,
        "changes": dict(changes),
        "title": dataset.name,
        "name": dataset.name,
        "analyse": dataset.kind == TRANSACTIONS,
    }
    return {"job": services.jobs.submit("reread", params)}


def open_dataset(services: Services, dataset_id: str) -> tuple[str, Any]:
    """The data set to show, and its analysis for the picker above."""
    newest = services.store.latest_analysis(dataset_id)
    return dataset_id, newest.id if newest else no_update


def follow_picker(services: Services, analysis_id: str | None, selected: str | None) -> str:
    """The data set of the analysis that the picker shows."""
    try:
        dataset_id = services.store.analysis(analysis_id or "").dataset_id
    except LapwingError:
        raise PreventUpdate from None
    if dataset_id == selected:
        raise PreventUpdate
    return dataset_id


def ask_first(services: Services, what: str, item_id: str) -> dict[str, Any]:
    """Open the dialogue that asks before a data set is deleted or a job cancelled."""
    about = {"what": what, "id": item_id}
    if what == view.CANCEL:
        return {
            "open": True,
            "about": about,
            "title": "Stop this work?",
            "text": f"{services.jobs.get(item_id).label}: what is done so far is thrown away; nothing is stored.",
            "yes": "Stop it",
            "no": "Keep going",
        }
    dataset = services.store.dataset(item_id)
    count = len(services.store.analyses(item_id))
    with_it = {0: "", 1: " and its analysis"}.get(count, f" and its {count} analyses")
    if any(each.manifest.get("dataset_id") == item_id for each in services.store.predictions()):
        with_it += " and the scores of its customers"
    others = len(services.store.versions(dataset.series)) - 1
    if not others and services.store.planned(dataset.series):
        with_it += " and the campaigns planned for its customers"
    which = f"Version {dataset.version} of “{dataset.name}”" if others else f"“{dataset.name}”"
    rest = {0: "", 1: " Its other version stays."}.get(others, f" Its {others} other versions stay.")
    return {
        "open": True,
        "about": about,
        "title": f"Delete version {dataset.version}?" if others else "Delete this data set?",
        "text": f"{which}{with_it} will be removed from the workspace. This cannot be undone.{rest}",
        "yes": "Delete it",
        "no": "Keep it",
    }


def works_on(job: Job) -> tuple[Any, ...]:
    """Ids of the data sets that a job reads."""
    return (job.params.get("dataset_id"), (job.params.get("into") or {}).get("dataset_id"))


def confirmed(services: Services, about: Mapping[str, str], changed: str | None) -> dict[str, Any]:
    """Do what was asked about; `changed` becomes another value, so that the lists are read again."""
    item_id = about["id"]
    if about["what"] == view.CANCEL:
        # An import may have ended since it was asked about: what follows it is then meant.
        following = (services.jobs.get(item_id).result or {}).get("next_job")
        services.jobs.cancel(str(following or item_id))
    elif any(item_id in works_on(job) for job in services.jobs.active()):
        return {"open": False, "changed": no_update, "message": view.message(
            "This data set is being worked on right now. Wait for that, or cancel it, then delete it.")}  # fmt: skip
    else:
        services.store.delete_dataset(item_id)
    return {"open": False, "changed": f"{changed or ''},-{item_id}", "message": None}


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the data page, and its upload and download addresses, to `app`."""
    register_routes(app, services)
    uploads_of(services).clean(in_use={str(job.params.get("path")) for job in services.jobs.active()})
    data_form.register(app, services)
    data_jobs.register(app, services)
    _register_datasets(app, services)


def _register_datasets(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "list": Output(view.DATASETS, "children"),
            "detail": Output(view.DETAIL, "children"),
            "ledger": Output(view.LEDGER, "children"),
            "quality": Output(view.QUALITY, "children"),
            "reported": Output(quality.SHOWN, "data"),
            "apply_hidden": Output(f"{quality.APPLY}-row", "hidden"),
            "hidden": Output(f"{view.DETAIL}-card", "hidden"),
            "analyse_hidden": Output(analysis_form.ANALYSE, "hidden"),
            "analyse_open": Output(analysis_form.ANALYSE, "open"),
            "selected": Output(view.SELECTED, "data"),
        },
        inputs={"_changed": Input(view.CHANGED, "data"), "selected": Input(view.SELECTED, "data")},
        state={"reported": State(quality.SHOWN, "data")},
        prevent_initial_call=True,
    )
    def _(_changed: str, selected: str | None, reported: str | None) -> dict[str, Any]:
        return show_datasets(services, selected, reported)

    # Opening a tab needs nothing from the server.
    app.clientside_callback(
        ClientsideFunction("lapwing", "tab"),
        Output(view.TAB, "data"),
        *(Input(view.tab_id(name), "n_clicks") for name in view.TAB_PANELS),
        prevent_initial_call=True,
    )

    # What is open stands in the address, so that it can be shared and is there after a reload.
    app.clientside_callback(
        ClientsideFunction("lapwing", "opened"),
        Input(view.TAB, "data"),
        Input(view.SELECTED, "data"),
    )

    @app.callback(
        Output(quality.APPLY_TEXT, "children"),
        Output(quality.APPLY, "disabled"),
        Input({"type": quality.CHOICE, "option": ALL}, "value"),
        State({"type": quality.CHOICE, "option": ALL}, "id"),
        State(view.SELECTED, "data"),
    )
    def _(values: Any, named: Any, dataset_id: str | None) -> tuple[str, bool]:
        try:
            options = [item["option"] for item in named]
            return change_words(chosen_changes(services, dataset_id, options, values))
        except LapwingError as error:
            return str(error), True

    @app.callback(
        output={
            "job": Output(view.JOB, "data", allow_duplicate=True),
            "message": Output(view.MESSAGE, "children", allow_duplicate=True),
        },
        inputs={"_clicks": Input(quality.APPLY, "n_clicks")},
        state={
            "values": State({"type": quality.CHOICE, "option": ALL}, "value"),
            "named": State({"type": quality.CHOICE, "option": ALL}, "id"),
            "dataset_id": State(view.SELECTED, "data"),
        },
        prevent_initial_call=True,
    )
    def _(_clicks: int, values: Any, named: Any, dataset_id: str | None) -> dict[str, Any]:
        def start() -> dict[str, Any]:
            options = [item["option"] for item in named]
            changes = chosen_changes(services, dataset_id, options, values)
            if not changes or not dataset_id:
                raise PreventUpdate
            return start_reread(services, dataset_id, changes)

        return in_words(start, ("job",))

    @app.callback(
        Output(view.SELECTED, "data", allow_duplicate=True),
        Output(ids.SHELL_DATASET, "value", allow_duplicate=True),
        Input({"type": view.OPEN, "id": ALL}, "n_clicks"),
        Input({"type": view.VERSION, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_opened: Any, _version: Any) -> tuple[str, Any]:
        return open_dataset(services, clicked()[1])

    @app.callback(
        Output(view.SELECTED, "data", allow_duplicate=True),
        Input(ids.SHELL_DATASET, "value"),
        State(view.SELECTED, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _(analysis_id: str | None, selected: str | None) -> str:
        return follow_picker(services, analysis_id, selected)

    @app.callback(
        output={
            "open": Output(view.ASK, "is_open"),
            "about": Output(view.ASK_ABOUT, "data"),
            "title": Output(view.ASK_TITLE, "children"),
            "text": Output(view.ASK_TEXT, "children"),
            "yes": Output(view.ASK_YES, "children"),
            "no": Output(view.ASK_NO, "children"),
            "message": Output(view.MESSAGE, "children", allow_duplicate=True),
        },
        inputs={
            "_delete": Input({"type": view.DELETE, "id": ALL}, "n_clicks"),
            "_cancel": Input({"type": view.CANCEL, "id": ALL}, "n_clicks"),
        },
        prevent_initial_call=True,
    )
    def _(_delete: Any, _cancel: Any) -> dict[str, Any]:
        what, item_id = clicked()
        keys = ("open", "about", "title", "text", "yes", "no")
        return in_words(lambda: ask_first(services, what, item_id), keys)

    @app.callback(
        output={
            "open": Output(view.ASK, "is_open", allow_duplicate=True),
            "changed": Output(view.CHANGED, "data", allow_duplicate=True),
            "message": Output(view.MESSAGE, "children", allow_duplicate=True),
            "toasts": TOASTS,
        },
        inputs={"_yes": Input(view.ASK_YES, "n_clicks"), "_no": Input(view.ASK_NO, "n_clicks")},
        state={"about": State(view.ASK_ABOUT, "data"), "changed": State(view.CHANGED, "data")},
        prevent_initial_call=True,
    )
    def _(_yes: Any, _no: Any, about: Any, changed: str | None) -> dict[str, Any]:
        if ctx.triggered_id != view.ASK_YES or not about:
            return dict.fromkeys(("changed", "message", "toasts"), no_update) | {"open": False}
        done = {"open": False, **in_words(lambda: confirmed(services, about, changed), ("changed",))}
        gone = about["what"] != view.CANCEL and done.get("message") is None
        return done | {"toasts": deleted({"kind": "dataset", "id": about["id"]}) if gone else no_update}
