"""What the data page does: read an upload as the form says, import it, follow the jobs, show the ledgers."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks.uploads import Upload, dataset_name, register_routes, uploads_of
from data.errors import LapwingError, Question
from data.preview import preview_rows
from data.reading import ImportOptions, Inspection, inspect_file
from models.params import AnalysisParams
from pages._ui import datasets as view
from pages._ui import ids
from pages._ui import upload as form

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Dataset
    from jobs.queue import Job

RECENT = 8
BUSY_MS, IDLE_MS = 1000, 5000
# What else must be found out anew when one option changes: it was found under the old one.
_LAYOUT_KEYS = ("header", "delimiter", "encoding", "sheet")
_DEPENDENT: Mapping[str, tuple[str, ...]] = {
    "ordered_at": ("date_order", "date_kind"),
    "amount": ("decimal", "amount_is"),
    "quantity": ("decimal", "amount_is"),
    "unit_price": ("decimal", "amount_is"),
}
_HEADER = {"yes": True, "no": False, "true": True, "false": False}


# The mapping form


def read_upload(
    services: Services,
    changed: tuple[str, str] | None,
    upload: Mapping[str, Any] | None,
    options: Mapping[str, Any] | None,
    asked: Sequence[Mapping[str, Any]] | None,
    answered: bool = False,
) -> dict[str, Any]:
    """Fill the form from the uploaded file, read anew after `changed` = (option or role, value).

    `answered` says that the change was the answer to a question, not one in the form below it.
    A file that cannot be used at all is discarded; a choice that cannot be used leaves the file.
    """
    if not upload:
        return {**unchanged(), "hidden": True}
    try:
        file = uploads_of(services).get(str(upload["token"]))
    except LapwingError as error:
        return {**unchanged(), "hidden": True, "upload": None, "message": view.message(str(error))}
    if changed is None:
        return first_reading(services, file, upload)
    now = ImportOptions.from_dict((options or {}).get("chosen") or {})
    try:
        wanted = changed_options(now, *changed)
        if wanted == now:
            raise PreventUpdate
        earlier = () if changed[0] in _LAYOUT_KEYS else asked or ()
        shown = filled(file, wanted, earlier)
        # A radio button that has just been set keeps its place, and with it the keyboard's.
        same = answered and shown["asked"] == earlier
        return {**shown, "questions": no_update} if same else shown
    except LapwingError as error:
        return {**unchanged(), "ready": str(error), "disabled": True, "message": view.message(str(error))}


def first_reading(services: Services, file: Upload, upload: Mapping[str, Any]) -> dict[str, Any]:
    """The form for a file that has just come, or that an import could not use as it was read."""
    try:
        chosen = ImportOptions.from_dict(upload.get("options") or {})
        shown = filled(file, chosen, upload.get("questions") or ())
    except LapwingError as error:
        uploads_of(services).discard(file.token)
        return {**unchanged(), "hidden": True, "upload": None, "message": view.message(str(error))}
    return {**shown, "name": upload.get("title") or dataset_name(file.name)}


def changed_options(options: ImportOptions, key: str, value: str) -> ImportOptions:
    """`options` after one choice of the form; what depended on it is to be found out again.

    A column has one role: given to another, it leaves the first.
    """
    value = "" if value == form.NONE else value
    if key in _LAYOUT_KEYS:
        chosen: Any = _HEADER[value.lower()] if key == "header" and value else value or None
        kept = {name: getattr(options, name) for name in _LAYOUT_KEYS}
        return ImportOptions(**{**kept, key: chosen}, duplicates=options.duplicates)
    if key in form.ROLES:
        forgotten: dict[str, Any] = dict.fromkeys(_DEPENDENT.get(key, ()))
        others = {
            role: column for role, column in (options.mapping or {}).items() if column != value or not column
        }
        return replace(options, mapping={**others, key: value}, **forgotten)
    only: dict[str, Any] = {key: value or None}
    return replace(options, **only)


def filled(file: Upload, chosen: ImportOptions, asked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Everything the form shows of `file` read with what was `chosen`; `asked` are earlier questions."""
    inspection = inspect_file(file.path, chosen, name=file.name)
    open_keys = {question.key for question in inspection.questions}
    questions = {question["key"]: question for question in asked} | {
        question.key: question_dict(question) for question in inspection.questions
    }
    current = current_values(inspection)
    answers = {key: current[key] for key in questions if key not in open_keys and current.get(key)}
    return {
        "hidden": False,
        "file": f"{file.name}, {form.size(file.bytes)}. {layout_words(inspection)}",
        "questions": form.question_cards(list(questions.values()), answers),
        "roles": {role: role_values(role, inspection) for role in form.ROLES},
        "fields": {key: field_values(key, questions, current) for key in form.CHOICES},
        "findings": form.findings(
            {
                key: (found.value, found.evidence, found.confidence)
                for key, found in inspection.detected.items()
                if key not in open_keys
            }
        ),
        "preview": form.preview_table(
            inspection.columns,
            [[(cell.text, cell.written, cell.readable) for cell in row] for row in preview_rows(inspection)],
            inspection.mapping,
        ),
        "name": no_update,
        "ready": readiness(len(open_keys)),
        "disabled": bool(open_keys),
        "options": {"chosen": chosen.to_dict(), "resolved": inspection.options.to_dict()},
        "asked": list(questions.values()),
        "upload": no_update,
        "message": None,
    }


def unchanged() -> dict[str, Any]:
    """The form as it is."""
    field = {"options": no_update, "value": no_update, "hidden": no_update}
    plain = (
        "hidden",
        "file",
        "questions",
        "findings",
        "preview",
        "name",
        "ready",
        "disabled",
        "options",
        "asked",
    )
    return {
        **dict.fromkeys((*plain, "upload", "message"), no_update),
        "roles": {role: {"options": no_update, "value": no_update} for role in form.ROLES},
        "fields": {key: dict(field) for key in form.CHOICES},
    }


def question_dict(question: Question) -> dict[str, Any]:
    """A question as JSON values."""
    return {
        "key": question.key,
        "text": question.text,
        "choices": [list(choice) for choice in question.choices],
    }


def current_values(inspection: Inspection) -> dict[str, str]:
    """What is in force now for each role and option, as the form's values; "" where undecided."""
    values = {key: value for key, value in inspection.options.to_dict().items() if key != "mapping"}
    header = {True: "yes", False: "no", None: ""}[values["header"]]
    return {key: str(value or "") for key, value in values.items()} | inspection.mapping | {"header": header}


def role_values(role: str, inspection: Inspection) -> dict[str, Any]:
    """Choices and value of a role's select."""
    options = form.column_options(inspection.columns, role in form.REQUIRED_ROLES)
    return {"options": options, "value": inspection.mapping.get(role) or form.NONE}


def field_values(key: str, questions: Mapping[str, Any], current: Mapping[str, str]) -> dict[str, Any]:
    """Choices and value of an option's select, and whether it has no bearing on this file."""
    value = current.get(key, "")
    asked = [tuple(choice) for choice in questions.get(key, {}).get("choices", ())]
    choices = dict([*form.CHOICES[key][1], *asked])
    if value and value not in choices:
        choices[value] = value
    first = [] if key == "duplicates" else [form.DETECT]
    options = [*first, *({"label": words, "value": choice} for choice, words in choices.items())]
    matters = key in questions or key == "duplicates" or (value and len(choices) > 1)
    return {"options": options, "value": value or form.NONE, "hidden": not matters}


def layout_words(inspection: Inspection) -> str:
    """What the file was recognised as."""
    layout = inspection.detected.get("layout")
    if layout is not None:
        return f"Recognised as {layout.value}."
    return f"{len(inspection.columns)} columns; check which is which."


def readiness(open_questions: int) -> str:
    """What is left to do before the import, in words."""
    if open_questions == 0:
        return "Ready to import. Every row will be kept or put in quarantine with its reason."
    many = "one question" if open_questions == 1 else f"{open_questions} questions"
    return f"Answer {many} above, then import."


def start_import(
    services: Services, upload: Mapping[str, Any], options: Mapping[str, Any], name: str | None
) -> dict[str, Any]:
    """Ask for the import of the uploaded file as the form reads it."""
    file = uploads_of(services).get(str(upload["token"]))
    title = " ".join((name or "").split()) or dataset_name(file.name)
    params = {
        "path": str(file.path),
        "name": title[:120],
        "options": options["resolved"],
        "analyse": True,
    }
    return {"job": services.jobs.submit("import", params), "upload": None}


def discard(services: Services, upload: Mapping[str, Any]) -> dict[str, Any]:
    """Remove the uploaded file and close the form."""
    uploads_of(services).discard(str(upload["token"]))
    return {"job": no_update, "upload": None}


# Jobs


def start_sample(services: Services) -> dict[str, Any]:
    """Ask for the sample data set."""
    params = {"customers": services.settings.sample_customers, "seed": 42, "analyse": True}
    return {"job": services.jobs.submit("sample", params), "upload": no_update}


def start_analysis(
    services: Services, dataset_id: str, cutoff: str | None, horizon: int | None, seed: int | None
) -> dict[str, Any]:
    """Ask for an analysis of the data set; an empty `cutoff` means the last date less the horizon."""
    dataset = services.store.dataset(dataset_id)
    params: dict[str, Any] = {"dataset_id": dataset.id, "title": dataset.name}
    params["params"] = AnalysisParams(**_given(horizon_days=horizon, seed=seed)).to_dict()
    return {
        "job": services.jobs.submit("analyse", params | _given(cutoff=cutoff or None)),
        "upload": no_update,
    }


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def repeat(services: Services, job_id: str) -> dict[str, Any]:
    """Ask for an ended job again."""
    job = services.jobs.get(job_id)
    return {"job": services.jobs.submit(job.kind, job.params), "upload": no_update}


def remap(services: Services, job_id: str) -> dict[str, Any]:
    """Open the form again for the file of an import that failed or was cancelled."""
    job = services.jobs.get(job_id)
    file = upload_of(services, job)
    if file is None:
        return {"job": no_update, "upload": no_update}
    known = {"options": job.params["options"], "title": job.params["name"], "questions": questions_of(job)}
    return {"job": None, "upload": {"token": file.token, "name": file.name, **known}}


def questions_of(job: Job) -> list[dict[str, Any]]:
    """The questions an import came back with."""
    return [{key: question[key] for key in ("key", "text", "choices")} for question in job.questions]


def upload_of(services: Services, job: Job) -> Upload | None:
    """The uploaded file of an import, while it is still there."""
    if job.kind != "import":
        return None
    try:
        return uploads_of(services).get(Path(str(job.params.get("path"))).parent.name)
    except LapwingError:
        return None


def follow_jobs(
    services: Services, job_id: str | None, seen: str | None, changed: str | None
) -> dict[str, Any]:
    """The jobs as they stand; nothing where nothing moved since `seen`.

    Where one has ended since `changed`, the data sets are read again, and the one it made is shown.
    """
    jobs = services.jobs.list(RECENT)
    followed = followed_job(services, jobs, job_id)
    panel = job_view(services, followed) if followed else None
    views = [job_view(services, job) for job in jobs]
    now = hashlib.sha256(repr((panel, views)).encode()).hexdigest()
    finished = ",".join(item.id for item in views if not item.active) or "none"
    busy = any(item.active for item in views)
    is_news = changed is not None and finished != changed
    return {
        "panel": no_update if now == seen else (view.job_panel(panel) if panel else None),
        "jobs": no_update if now == seen else view.job_list(views, panel.id if panel else None),
        "announce": f"{panel.label}: {view.STATE_WORDS[panel.state].lower()}" if panel else "",
        "interval": BUSY_MS if busy else IDLE_MS,
        "seen": now,
        "changed": no_update if finished == changed else finished,
        # Somebody else's job is shown, but this tab does not make it its own.
        "job": panel.id if panel and job_id and panel.id != job_id else no_update,
        "selected": panel.dataset_id if panel and panel.dataset_id and is_news else no_update,
    }


def followed_job(services: Services, jobs: Sequence[Job], job_id: str | None) -> Job | None:
    """The job this browser follows, or what came of it, else the one that runs, whoever asked for it."""
    try:
        if job_id:
            job = services.jobs.get(job_id)
            following = (job.result or {}).get("next_job")
            return services.jobs.get(str(following)) if following else job
    except LapwingError:
        pass
    return next((job for job in reversed(jobs) if job.active), None)


def job_view(services: Services, job: Job) -> view.JobView:
    """A job in words."""
    result = job.result or {}
    since = job.finished_at or job.started_at or job.created_at
    can_remap = not job.active and upload_of(services, job) is not None
    return view.JobView(
        id=job.id,
        kind=job.kind,
        label=job.label,
        state=job.state,
        progress=job.progress,
        text=job.text,
        when=view.moment(dt.datetime.fromtimestamp(since, dt.UTC)),
        error=job.error or "",
        can_remap=can_remap,
        can_repeat=job.kind != "import" or can_remap,
        cancelling=job.cancel_requested,
        dataset_id=result.get("dataset_id") or job.params.get("dataset_id"),
        analysis_id=result.get("analysis_id"),
        summary=summary(services, job) if job.state == "done" else "",
    )


def summary(services: Services, job: Job) -> str:
    """What a finished job brought, in a sentence."""
    try:
        dataset = services.store.dataset(str((job.result or {})["dataset_id"]))
        return view.ledger_sentence(dataset.name, dataset.ledger)
    except (LapwingError, KeyError):
        return ""


# Data sets


def show_datasets(services: Services, selected: str | None) -> dict[str, Any]:
    """The list of data sets and the selected one, or the newest, in full."""
    views = [dataset_view(services, dataset) for dataset in services.store.datasets()]
    chosen = next((item for item in views if item.id == selected), views[0] if views else None)
    return {
        "list": view.dataset_list(
            views, chosen.id if chosen else None, list(services.store.damaged().values())
        ),
        "detail": view.dataset_detail(chosen) if chosen else None,
        "hidden": chosen is None,
        "analyse_hidden": chosen is None or bool(chosen.problem),
        "selected": chosen.id if chosen else None,
    }


def dataset_view(services: Services, dataset: Dataset) -> view.DatasetView:
    """A data set in words, with its ledger."""
    analyses = services.store.analyses(dataset.id)
    count = {0: "not analysed yet", 1: "1 analysis"}.get(len(analyses), f"{len(analyses)} analyses")
    words: dict[str, Any] = {
        "id": dataset.id,
        "name": dataset.name,
        "kind": str(dataset.manifest.get("kind", "transactions")),
        "imported": view.moment(dt.datetime.fromisoformat(dataset.created_at)),
        "analyses": count,
        "analysis_id": analyses[0].id if analyses else None,
    }
    try:
        ledger = dataset.ledger
        return view.DatasetView(
            **words,
            facts=view.ledger_facts(ledger),
            lines=view.ledger_lines(ledger),
            notes=tuple(note["text"] for note in ledger.get("notes", ())),
            quarantined=ledger["rows"]["quarantined"],
        )
    except (LapwingError, OSError, ValueError, LookupError, ArithmeticError):
        return view.DatasetView(**words, facts=(), problem="Its ledger is damaged: import the file again.")


def open_dataset(services: Services, dataset_id: str, search: str | None) -> tuple[str, str, Any]:
    """The data set to show, the address that shows it again, and its analysis for the picker above."""
    query = dict(parse_qsl((search or "").lstrip("?"))) | {"dataset": dataset_id}
    newest = services.store.latest_analysis(dataset_id)
    return dataset_id, f"?{urlencode(query)}", newest.id if newest else no_update


def follow_picker(services: Services, analysis_id: str | None, selected: str | None) -> str:
    """The data set of the analysis that the picker shows."""
    try:
        dataset_id = services.store.analysis(analysis_id or "").dataset_id
    except LapwingError:
        raise PreventUpdate from None
    if dataset_id == selected:
        raise PreventUpdate
    return dataset_id


# Questions before what cannot be undone


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
    return {
        "open": True,
        "about": about,
        "title": "Delete this data set?",
        "text": f"“{dataset.name}”{with_it} will be removed from the workspace. This cannot be undone.",
        "yes": "Delete it",
        "no": "Keep it",
    }


def confirmed(services: Services, about: Mapping[str, str], changed: str | None) -> dict[str, Any]:
    """Do what was asked about; `changed` becomes another value, so that the lists are read again."""
    item_id = about["id"]
    if about["what"] == view.CANCEL:
        services.jobs.cancel(item_id)
    elif any(job.params.get("dataset_id") == item_id for job in services.jobs.active()):
        return {"open": False, "changed": no_update, "message": view.message(
            "This data set is being analysed right now. Wait for that, or cancel it, then delete it.")}  # fmt: skip
    else:
        services.store.delete_dataset(item_id)
    return {"open": False, "changed": f"{changed or ''},-{item_id}", "message": None}


# Registration


def in_words(work: Callable[[], dict[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """The answer of `work` with an empty message, or its error as the message and nothing else."""
    try:
        return {"message": None, **work()}
    except LapwingError as error:
        return {**dict.fromkeys(keys, no_update), "message": view.message(str(error))}


def clicked() -> tuple[str, str]:
    """Type and id of the listed button that was clicked; a button that only appeared is no click."""
    trigger = ctx.triggered_id
    if not trigger or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    return str(trigger["type"]), str(trigger["id"])


def changed_field(
    roles: Mapping[str, str], fields: Mapping[str, str], answers: Sequence[str | None]
) -> tuple[str, str] | None:
    """Which role or option of the form changed, and its value; None for a new upload."""
    trigger = ctx.triggered_id
    if isinstance(trigger, dict):
        position = [item["id"]["key"] for item in ctx.inputs_list[-1]].index(trigger["key"])
        if not answers[position]:
            raise PreventUpdate
        return str(trigger["key"]), str(answers[position])
    by_id = {form.role_id(role): (role, value) for role, value in roles.items()}
    by_id |= {form.option_id(key): (key, value) for key, value in fields.items()}
    key, value = by_id.get(str(trigger), ("", ""))
    return (key, value or "") if key else None


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the data page, and its upload and download addresses, to `app`."""
    register_routes(app, services)
    uploads_of(services).clean(in_use={str(job.params.get("path")) for job in services.jobs.active()})
    _register_form(app, services)
    _register_starts(app, services)
    _register_jobs(app, services)
    _register_datasets(app, services)


def _register_form(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "hidden": Output(form.MAPPING, "hidden"),
            "file": Output(form.MAPPING_FILE, "children"),
            "questions": Output(form.QUESTIONS, "children"),
            "roles": {
                role: {
                    "options": Output(form.role_id(role), "options"),
                    "value": Output(form.role_id(role), "value"),
                }
                for role in form.ROLES
            },
            "fields": {
                key: {
                    "options": Output(form.option_id(key), "options"),
                    "value": Output(form.option_id(key), "value"),
                    "hidden": Output(form.option_row_id(key), "hidden"),
                }
                for key in form.CHOICES
            },
            "findings": Output(form.FINDINGS, "children"),
            "preview": Output(form.PREVIEW, "children"),
            "name": Output(form.NAME, "value"),
            "ready": Output(form.READINESS, "children"),
            "disabled": Output(form.IMPORT, "disabled"),
            "options": Output(form.OPTIONS, "data"),
            "asked": Output(form.ASKED, "data"),
            "upload": Output(form.UPLOAD_DONE, "data"),
            "message": Output(view.MESSAGE, "children"),
        },
        inputs={
            "upload": Input(form.UPLOAD_DONE, "data"),
            "roles": {role: Input(form.role_id(role), "value") for role in form.ROLES},
            "fields": {key: Input(form.option_id(key), "value") for key in form.CHOICES},
            "answers": Input({"type": form.ANSWER, "key": ALL}, "value"),
        },
        state={"options": State(form.OPTIONS, "data"), "asked": State(form.ASKED, "data")},
        # Locked while the file is read again: a choice made meanwhile would be lost to the answer.
        running=[
            (Output(form.READING, "hidden"), False, True),
            (Output(form.FIELDS, "disabled"), True, False),
        ],
    )
    def _(upload: Any, roles: Any, fields: Any, answers: Any, options: Any, asked: Any) -> dict[str, Any]:
        changed = changed_field(roles, fields, answers)
        return read_upload(services, changed, upload, options, asked, isinstance(ctx.triggered_id, dict))


def _starts(**inputs: Any) -> dict[str, Any]:
    return {
        "output": {
            "job": Output(view.JOB, "data", allow_duplicate=True),
            "upload": Output(form.UPLOAD_DONE, "data", allow_duplicate=True),
            "message": Output(view.MESSAGE, "children", allow_duplicate=True),
        },
        "inputs": inputs,
        "prevent_initial_call": True,
    }


def _register_starts(app: Dash, services: Services) -> None:
    keys = ("job", "upload")

    @app.callback(
        **_starts(_clicks=Input(form.IMPORT, "n_clicks")),
        state={
            "upload": State(form.UPLOAD_DONE, "data"),
            "options": State(form.OPTIONS, "data"),
            "name": State(form.NAME, "value"),
        },
    )
    def _(_clicks: int, upload: Any, options: Any, name: str | None) -> dict[str, Any]:
        if not upload or not options:
            raise PreventUpdate
        return in_words(lambda: start_import(services, upload, options, name), keys)

    @app.callback(
        **_starts(_clicks=Input(form.DISCARD, "n_clicks")), state={"upload": State(form.UPLOAD_DONE, "data")}
    )
    def _(_clicks: int, upload: Any) -> dict[str, Any]:
        if not upload:
            raise PreventUpdate
        return in_words(lambda: discard(services, upload), keys)

    @app.callback(**_starts(_clicks=Input(form.SAMPLE, "n_clicks")))
    def _(_clicks: int) -> dict[str, Any]:
        return in_words(lambda: start_sample(services), keys)

    @app.callback(
        **_starts(_clicks=Input(view.ANALYSE_START, "n_clicks")),
        state={
            "dataset_id": State(view.SELECTED, "data"),
            "cutoff": State(view.CUTOFF, "value"),
            "horizon": State(view.HORIZON, "value"),
            "seed": State(view.SEED, "value"),
        },
    )
    def _(_clicks: int, dataset_id: Any, cutoff: Any, horizon: Any, seed: Any) -> dict[str, Any]:
        return in_words(lambda: start_analysis(services, str(dataset_id), cutoff, horizon, seed), keys)

    @app.callback(
        **_starts(
            _remap=Input({"type": view.REMAP, "id": ALL}, "n_clicks"),
            _again=Input({"type": view.AGAIN, "id": ALL}, "n_clicks"),
            _close=Input({"type": view.DISMISS, "id": ALL}, "n_clicks"),
        )
    )
    def _(_remap: Any, _again: Any, _close: Any) -> dict[str, Any]:
        kind, job_id = clicked()
        if kind == view.DISMISS:
            return {"job": None, "upload": no_update, "message": None}
        start = remap if kind == view.REMAP else repeat
        return in_words(lambda: start(services, job_id), keys)


def _register_jobs(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "panel": Output(view.JOB_PANEL, "children"),
            "jobs": Output(view.JOBS, "children"),
            "announce": Output(view.ANNOUNCE, "children"),
            "interval": Output(view.POLL, "interval"),
            "seen": Output(view.SEEN, "data"),
            "changed": Output(view.CHANGED, "data"),
            "job": Output(view.JOB, "data"),
            "selected": Output(view.SELECTED, "data", allow_duplicate=True),
        },
        inputs={"_tick": Input(view.POLL, "n_intervals"), "job_id": Input(view.JOB, "data")},
        state={"seen": State(view.SEEN, "data"), "changed": State(view.CHANGED, "data")},
        prevent_initial_call="initial_duplicate",
    )
    def _(_tick: int, job_id: str | None, seen: str | None, changed: str | None) -> dict[str, Any]:
        return follow_jobs(services, job_id, seen, changed)

    # A copy in the frame, which outlives this page. No output: other pages have no store to read it from.
    app.clientside_callback(ClientsideFunction("lapwing", "started"), Input(view.JOB, "data"))


def _register_datasets(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "list": Output(view.DATASETS, "children"),
            "detail": Output(view.DETAIL, "children"),
            "hidden": Output(f"{view.DETAIL}-card", "hidden"),
            "analyse_hidden": Output(view.ANALYSE, "hidden"),
            "selected": Output(view.SELECTED, "data"),
        },
        inputs={"_changed": Input(view.CHANGED, "data"), "selected": Input(view.SELECTED, "data")},
        prevent_initial_call=True,
    )
    def _(_changed: str, selected: str | None) -> dict[str, Any]:
        return show_datasets(services, selected)

    @app.callback(
        Output(view.SELECTED, "data", allow_duplicate=True),
        Output(view.LOCATION, "search"),
        Output(ids.SHELL_DATASET, "value", allow_duplicate=True),
        Input({"type": view.OPEN, "id": ALL}, "n_clicks"),
        State(view.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _(_clicks: Any, search: str | None) -> tuple[str, str, Any]:
        return open_dataset(services, clicked()[1], search)

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
        },
        inputs={"_yes": Input(view.ASK_YES, "n_clicks"), "_no": Input(view.ASK_NO, "n_clicks")},
        state={"about": State(view.ASK_ABOUT, "data"), "changed": State(view.CHANGED, "data")},
        prevent_initial_call=True,
    )
    def _(_yes: Any, _no: Any, about: Any, changed: str | None) -> dict[str, Any]:
        if ctx.triggered_id != view.ASK_YES or not about:
            return {"open": False, "changed": no_update, "message": no_update}
        return {"open": False, **in_words(lambda: confirmed(services, about, changed), ("changed",))}
