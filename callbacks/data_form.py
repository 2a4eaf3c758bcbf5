"""The mapping form of the data page: an uploaded file read as the form says, until it is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from callbacks.uploads import Upload, dataset_name, uploads_of
from data.errors import InputError, LapwingError, Question
from data.mending import is_quarantine
from data.names import (
    AMOUNT,
    CURRENCY,
    CUSTOMER_ID,
    CUSTOMERS,
    ORDERED_AT,
    QUANTITY,
    TRANSACTIONS,
    UNIT_PRICE,
)
from data.preview import PreviewCell, preview_rows
from data.reading import ImportOptions, Inspection
from data.reading.guard import Limits, inspect_guarded
from pages._ui import datasets as view
from pages._ui import upload as form

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Dataset

# What else must be found out anew when one option changes: it was found under the old one.
_LAYOUT_KEYS = ("header", "delimiter", "encoding", "sheet")
_DEPENDENT: Mapping[str, tuple[str, ...]] = {
    "ordered_at": ("date_order", "date_kind"),
    "amount": ("decimal", "amount_is"),
    "quantity": ("decimal", "amount_is"),
    "unit_price": ("decimal", "amount_is"),
}
# Roles without which a row of an order is worth nothing.
NEEDED = (ORDERED_AT, AMOUNT, QUANTITY, UNIT_PRICE)
_HEADER = {"yes": True, "no": False, "true": True, "false": False}


def read_upload(
    services: Services,
    changed: tuple[str, str] | None,
    upload: Mapping[str, Any] | None,
    options: Mapping[str, Any] | None,
    asked: Sequence[Mapping[str, Any]] | None,
    answered: bool = False,
    into: str | None = None,
) -> dict[str, Any]:
    """Fill the form from the uploaded file, read anew after `changed` = (option or role, value).

    `answered` says that the change was the answer to a question, not one in the form below it; `into`
    is where the file is to go so far, which stays while it can.
    A file that cannot be used at all is discarded; a choice that cannot be used leaves the file.
    """
    if not isinstance(upload, Mapping) or not upload.get("token"):
        return {**unchanged(), "hidden": True}
    try:
        file = uploads_of(services).get(str(upload["token"]))
    except LapwingError as error:
        return {**unchanged(), "hidden": True, "upload": None, "message": view.message(str(error))}
    if changed is None:
        kept = options if options and options.get("token") == file.token else {}
        return first_reading(services, file, upload, kept, asked or () if kept else ())
    now = ImportOptions.from_dict((options or {}).get("chosen") or {})
    try:
        wanted = changed_options(now, *changed)
        if wanted == now:
            raise PreventUpdate
        # Questions about what is being found out anew are not those that were asked before.
        gone = _DEPENDENT.get(changed[0], ())
        anew = changed[0] in (*_LAYOUT_KEYS, "kind")
        earlier = () if anew else [each for each in asked or () if each["key"] not in gone]
        shown = form_values(services, file, wanted, looked_at(services, file, wanted), earlier, into)
        # A radio button that has just been set keeps its place, and with it the keyboard's.
        same = answered and shown["asked"] == earlier
        return {**shown, "questions": no_update} if same else shown
    except LapwingError as error:
        return {**unchanged(), "ready": str(error), "disabled": True, "message": view.message(str(error))}


def first_reading(
    services: Services,
    file: Upload,
    upload: Mapping[str, Any],
    kept: Mapping[str, Any],
    asked: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The form for a file that has just come, or that an import could not use as it was read.

    `kept` and `asked` are what was chosen and asked in this tab before it left the page.
    """
    try:
        given = kept.get("chosen") or upload.get("options")
        chosen = ImportOptions.from_dict(given or {})
        inspection = looked_at(services, file, chosen)
        before = None if given else known_columns(services, inspection)
        if before is not None and dict(before.mapping or {}) != inspection.mapping:
            chosen, inspection = before, looked_at(services, file, before)
        earlier = asked or upload.get("questions") or ()
        shown = form_values(services, file, chosen, inspection, earlier, upload.get("into"))
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
        settled = {name: getattr(options, name) for name in form.SETTLED}
        return ImportOptions(**{**kept, key: chosen}, **settled)
    if key == "kind":
        # Columns play other roles in a table of customers: they are found out anew.
        kept = {name: getattr(options, name) for name in (*_LAYOUT_KEYS, *form.SETTLED)}
        return ImportOptions(**kept, kind=value or None)
    if key in form.ROLES:
        forgotten: dict[str, Any] = dict.fromkeys(_DEPENDENT.get(key, ()))
        others = {
            role: column for role, column in (options.mapping or {}).items() if column != value or not column
        }
        return replace(options, mapping={**others, key: value}, **forgotten)
    only: dict[str, Any] = {CURRENCY if key == form.KEEP_CURRENCY else key: value or None}
    return replace(options, **only)


def looked_at(services: Services, file: Upload, chosen: ImportOptions) -> Inspection:
    """What the uploaded file is, found out in a process with limits."""
    limits = Limits(memory_mb=services.settings.read_memory_mb)
    return inspect_guarded(file.path, chosen, name=file.name, limits=limits, cache=file.path.parent)


def known_columns(services: Services, inspection: Inspection) -> ImportOptions | None:
    """How the columns were read before, where an earlier file of the workspace had just the same ones.

    Dates and decimal marks are told from the new file alone.
    """
    for dataset in services.store.datasets():
        for step in dataset.manifest.get("steps", ()):
            if step.get("columns") == list(inspection.columns):
                before = ImportOptions.from_dict(step["options"])
                return ImportOptions(mapping=before.mapping, kind=before.kind, amount_is=before.amount_is)
    return None


def targets(services: Services, inspection: Inspection) -> dict[str, str]:
    """Where the file can go, as value -> words: a new data set, or a new version of one there is."""
    found = {form.NEW: "A new data set"}
    mendable = is_quarantine(inspection.columns)
    for dataset in newest_versions(services):
        if inspection.kind == CUSTOMERS:
            found[f"join:{dataset.id}"] = f"“{dataset.name}”: join the columns by customer id"
        elif dataset.kind == TRANSACTIONS:
            if mendable and came_from(dataset, inspection):
                found = {f"mend:{dataset.id}": f"“{dataset.name}”: bring mended rows back", **found}
            found[f"append:{dataset.id}"] = f"“{dataset.name}”: add the rows it does not have yet"
    return found


def newest_versions(services: Services) -> list[Dataset]:
    """The newest version of each data set, newest first."""
    found: dict[str, Dataset] = {}
    for dataset in services.store.datasets():
        found.setdefault(dataset.series, dataset)
    return list(found.values())


def came_from(dataset: Dataset, inspection: Inspection) -> bool:
    """Whether a quarantine file has the columns that were mapped when `dataset` was imported."""
    steps = dataset.manifest.get("steps") or [{}]
    mapping = (steps[0].get("options") or {}).get("mapping") or {}
    return bool(mapping) and set(mapping.values()) <= set(inspection.columns)


def into_values(services: Services, inspection: Inspection, into: str | None) -> dict[str, Any]:
    """Choices and value of the select that says where the file goes."""
    found = targets(services, inspection)
    value = into if into in found else next(iter(found))
    return {"options": [{"label": words, "value": key} for key, words in found.items()], "value": value}


def form_values(
    services: Services,
    file: Upload,
    chosen: ImportOptions,
    inspection: Inspection,
    asked: Sequence[Mapping[str, Any]],
    into: str | None = None,
) -> dict[str, Any]:
    """Everything the form shows of `file`, inspected with what was `chosen`; `asked` are earlier questions."""
    open_keys = {form_key(question.key) for question in inspection.questions}
    questions = {question["key"]: question for question in asked} | {
        form_key(question.key): question_dict(question) for question in inspection.questions
    }
    current = current_values(inspection)
    answers = {key: current[key] for key in questions if key not in open_keys and current.get(key)}
    rows = preview_rows(inspection)
    unreadable = unreadable_role(inspection, rows)
    return {
        "hidden": False,
        "file": f"{file.name}, {form.size(file.bytes)}. {layout_words(inspection)}",
        "into": into_values(services, inspection, into),
        "groups": {group: kind != inspection.kind for group, kind in form.GROUPS.items()},
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
            [[(cell.text, cell.written, cell.readable) for cell in row] for row in rows],
            inspection.mapping,
        ),
        "name": no_update,
        "ready": readiness(len(open_keys), unreadable),
        "disabled": bool(open_keys) or unreadable is not None,
        "options": {
            "token": file.token,
            "chosen": chosen.to_dict(),
            "resolved": inspection.options.to_dict(),
        },
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
        "into": {"options": no_update, "value": no_update},
        "groups": dict.fromkeys(form.GROUPS, no_update),
        "roles": {role: {"options": no_update, "value": no_update} for role in form.ROLES},
        "fields": {key: dict(field) for key in form.CHOICES},
    }


def question_dict(question: Question) -> dict[str, Any]:
    """A question as JSON values, under the form's key."""
    return {
        "key": form_key(question.key),
        "text": question.text,
        "choices": [list(choice) for choice in question.choices],
    }


def form_key(key: str) -> str:
    """The form's key of a question or an option: `currency` is both the name of a role and of an option."""
    return form.KEEP_CURRENCY if key == CURRENCY else key


def current_values(inspection: Inspection) -> dict[str, str]:
    """What is in force now for each role and option, as the form's values; "" where undecided."""
    values = {form_key(key): value for key, value in inspection.options.to_dict().items() if key != "mapping"}
    header = {True: "yes", False: "no", None: ""}[values["header"]]
    return {key: str(value or "") for key, value in values.items()} | inspection.mapping | {"header": header}


def role_values(role: str, inspection: Inspection) -> dict[str, Any]:
    """Choices and value of a role's select."""
    numbered = role == CUSTOMER_ID and inspection.kind == CUSTOMERS
    options = form.column_options(inspection.columns, role in form.REQUIRED_ROLES, numbered)
    return {"options": options, "value": inspection.mapping.get(role) or form.NONE}


def field_values(key: str, questions: Mapping[str, Any], current: Mapping[str, str]) -> dict[str, Any]:
    """Choices and value of an option's select, and whether it has no bearing on this file."""
    value = current.get(key, "")
    asked = [tuple(choice) for choice in questions.get(key, {}).get("choices", ())]
    choices = dict([*form.CHOICES[key][1], *asked])
    if value and value not in choices:
        choices[value] = value
    first = [] if key in form.SETTLED else [form.DETECT]
    options = [*first, *({"label": words, "value": choice} for choice, words in choices.items())]
    matters = key in questions or key in ("duplicates", "kind") or (value and len(choices) > 1)
    if key == "unpaid":
        matters = bool(current.get("status"))
    return {"options": options, "value": value or form.NONE, "hidden": not matters}


def layout_words(inspection: Inspection) -> str:
    """What the file was recognised as."""
    layout = inspection.detected.get("layout")
    money = f" Amounts are in {inspection.currency}." if inspection.currency else ""
    if layout is not None:
        return f"Recognised as {layout.value}.{money}"
    return f"{len(inspection.columns)} columns; check which is which.{money}"


def unreadable_role(inspection: Inspection, rows: Sequence[Sequence[PreviewCell]]) -> str | None:
    """A needed role of whose column no value of the preview can be read as it is set, as the form calls it."""
    needed = NEEDED if inspection.kind == TRANSACTIONS else ()
    for role in needed:
        if role not in inspection.mapping:
            continue
        place = inspection.columns.index(inspection.mapping[role])
        filled = [row[place] for row in rows if row[place].written.strip()]
        if filled and not any(cell.readable for cell in filled):
            return form.ROLES[role]
    return None


def readiness(open_questions: int, unreadable: str | None = None) -> str:
    """What is left to do before the import, in words."""
    if unreadable is not None:
        return (
            f"No value of “{unreadable}” can be read this way: choose another column, or how it is written."
        )
    if open_questions == 0:
        return "Ready to import. Every row will be kept or put in quarantine with its reason."
    many = "one question" if open_questions == 1 else f"{open_questions} questions"
    return f"Answer {many} above, then import."


def start_import(
    services: Services,
    upload: Mapping[str, Any],
    options: Mapping[str, Any],
    name: str | None,
    into: str | None = None,
) -> dict[str, Any]:
    """Ask for the import of the uploaded file as the form reads it, to where the form says."""
    file = uploads_of(services).get(str(upload["token"]))
    title = " ".join((name or "").split()) or dataset_name(file.name)
    params = {
        "path": str(file.path),
        "file": file.name,
        "name": title[:120],
        "options": options["resolved"],
        "analyse": True,
    }
    if into and into != form.NEW:
        how, _, dataset_id = into.partition(":")
        if how not in form.INTO_WORDS:
            raise InputError("The file cannot go there: choose again where to put it.")
        dataset = services.store.dataset(dataset_id)
        params |= {"into": {"how": how, "dataset_id": dataset.id}, "name": dataset.name}
    return {"job": services.jobs.submit("import", params), "upload": None}


def discard(services: Services, upload: Mapping[str, Any]) -> dict[str, Any]:
    """Remove the uploaded file and close the form."""
    uploads_of(services).discard(str(upload["token"]))
    return {"job": no_update, "upload": None}


def changed_field(
    roles: Mapping[str, str], fields: Mapping[str, str], answers: Sequence[str | None]
) -> tuple[str, str] | None:
    """Which role or option of the form changed, and its value; None for a new upload."""
    trigger = ctx.triggered_id
    if isinstance(trigger, dict):
        position = [item["id"]["key"] for item in ctx.inputs_list[-1]].index(trigger["key"])
        if answers[position] is None:
            raise PreventUpdate
        return str(trigger["key"]), str(answers[position])
    by_id = {form.role_id(role): (role, value) for role, value in roles.items()}
    by_id |= {form.option_id(key): (key, value) for key, value in fields.items()}
    key, value = by_id.get(str(trigger), ("", ""))
    return (key, value or "") if key else None


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the mapping form to `app`."""

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
            "into": {"options": Output(form.INTO, "options"), "value": Output(form.INTO, "value")},
            "groups": {group: Output(group, "hidden") for group in form.GROUPS},
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
        state={
            "options": State(form.OPTIONS, "data"),
            "asked": State(form.ASKED, "data"),
            "into": State(form.INTO, "value"),
        },
        # Locked while the file is read again: a choice made meanwhile would be lost to the answer.
        running=[
            (Output(form.READING, "hidden"), False, True),
            (Output(form.FIELDS, "disabled"), True, False),
        ],
    )
    def _(
        upload: Any, roles: Any, fields: Any, answers: Any, options: Any, asked: Any, into: Any
    ) -> dict[str, Any]:
        changed = changed_field(roles, fields, answers)
        by_answer = isinstance(ctx.triggered_id, dict)
        return read_upload(services, changed, upload, options, asked, by_answer, into)

    @app.callback(
        Output(form.INTO_HELP, "children"), Output(form.NAME_ROW, "hidden"), Input(form.INTO, "value")
    )
    def _(into: str | None) -> tuple[str, bool]:
        how = (into or form.NEW).partition(":")[0]
        return form.INTO_WORDS[how], how != form.NEW
