"""The data page: how a file is read, what is asked for, and what is told of jobs and data sets."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dash import no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks import data as page
from callbacks import data_form as reading
from callbacks import data_jobs as work
from callbacks.answers import in_words
from callbacks.services import Services
from callbacks.uploads import Upload, uploads_of
from data.errors import InputError, NotFoundError
from data.names import CUSTOMER_ROLES, OPTIONAL_ROLES, REQUIRED_ROLES, ROLES
from data.reading import ImportOptions
from data.store import ANALYSES, DATASETS, SCENARIOS, Store, write_json
from jobs.queue import Job, JobQueue
from jobs.records import State
from models.params import AnalysisParams
from pages._ui import analysis_form as settings_form
from pages._ui import datasets as view
from pages._ui import upload as form
from settings import Settings

CLEAR = "customer_id,order,date,amount,country\n" + "".join(
    f"c{number % 7},o{number},2021-{number % 12 + 1:02d}-{number % 28 + 1:02d},{number}.5,UK\n"
    for number in range(1, 60)
)
AMBIGUOUS = 'customer_id,date,amount\na,01/02/2021,"1,250"\nb,03/04/2021,"2,500"\nc,05/06/2021,"3,500"\n'
LEDGER: dict[str, Any] = {
    "rows": {"in": 12000, "kept": 11990, "quarantined": 10},
    "amount": {"in": "2500315.63", "kept": "2500300.00", "quarantined": "15.63"},
    "reasons": [{"reason": "no customer id", "rows": 10, "amount": "15.63"}],
    "notes": [
        {"kind": "duplicates", "rows": 255, "text": "255 rows repeat another row exactly; they are kept."}
    ],
    "first_date": "1997-01-01",
    "last_date": "1998-06-30",
    "customers": 2357,
}


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """Services whose jobs wait for ever: what is asked for is looked at, nothing runs."""
    store = Store(tmp_path / "home")
    return Services(Settings(home=store.home), store, JobQueue(store.home, workers=0))


def uploaded(services: Services, text: str | bytes, name: str = "shop.csv") -> dict[str, Any]:
    content = text.encode() if isinstance(text, str) else text
    file = uploads_of(services).receive(io.BytesIO(content), len(content), name)
    return {"token": file.token, "name": file.name}


def waiting(services: Services) -> list[str]:
    return [path.name for path in (services.store.home / "uploads").glob("*")]


def publish(services: Services, name: str = "Shop <b>", ledger: dict[str, Any] = LEDGER) -> str:
    def fill(folder: Path) -> dict[str, Any]:
        write_json(folder / "ledger.json", ledger)
        dates = {name: ledger[name] for name in ("first_date", "last_date") if name in ledger}
        return {"kind": "transactions", **dates}

    return services.store.publish(DATASETS, name, fill)


def analysed(services: Services, dataset_id: str) -> str:
    def fill(folder: Path) -> dict[str, Any]:
        write_json(folder / "metrics.json", {})
        return {"dataset_id": dataset_id}

    return services.store.publish(ANALYSES, "Shop", fill)


def ended(services: Services, job_id: str, state: State, **facts: Any) -> Job:
    job = replace(services.jobs.get(job_id), state=state, finished_at=1_600_000_000.0, **facts)
    services.jobs.records.change(lambda records: records.put(job))
    return job


def parts(component: Any) -> Iterator[Component]:
    """A component and all that is in it."""
    if isinstance(component, list | tuple):
        for item in component:
            yield from parts(item)
    elif isinstance(component, Component):
        yield component
        yield from parts(getattr(component, "children", None))


def text(component: Any) -> str:
    """What a person reads of a component."""
    if isinstance(component, Component):
        return text(getattr(component, "children", None))
    if isinstance(component, list | tuple):
        return "".join(text(item) for item in component)
    return "" if component is None else str(component)


def button(component: Any, kind: str) -> Component:
    found = [part for part in parts(component) if isinstance(getattr(part, "id", None), dict)]
    return next(part for part in found if part.id["type"] == kind)


# The mapping form


def test_the_form_has_every_role_and_every_option() -> None:
    assert set(form.ROLES) == {*ROLES, *CUSTOMER_ROLES}
    assert set(form.REQUIRED_ROLES) == set(REQUIRED_ROLES)
    assert set(form.VALUE_ROLES) | set(form.OPTIONAL_ROLES) == set(OPTIONAL_ROLES)
    # What needs the whole file to be told is chosen in the quality report.
    later = {"service_lines", "cancelled_pairs", "partial_month"}
    options = {reading.form_key(key) for key in ImportOptions().to_dict()}
    assert set(form.CHOICES) == options - {"mapping", "date_kind"} - later
    for key, (_, choices) in form.CHOICES.items():
        for value, _words in choices:
            reading.changed_options(ImportOptions(), key, value)


def test_a_clear_file_fills_the_form_and_can_be_imported(services: Services) -> None:
    shown = reading.read_upload(services, None, uploaded(services, CLEAR), None, None)
    assert shown["hidden"] is False
    assert shown["disabled"] is False
    assert shown["name"] == "shop"
    assert shown["roles"]["customer_id"]["value"] == "customer_id"
    assert shown["roles"]["ordered_at"]["value"] == "date"
    assert shown["roles"]["amount"]["value"] == "amount"
    assert shown["roles"]["country"]["value"] == "country"
    assert shown["roles"]["discount"]["value"] == form.NONE
    assert [item["label"] for item in shown["roles"]["discount"]["options"]] == [
        "Not in this file", "customer_id", "order", "date", "amount", "country",
    ]  # fmt: skip
    assert shown["fields"]["delimiter"]["value"] == ","
    assert shown["fields"]["header"]["value"] == "yes"
    assert shown["fields"]["sheet"]["hidden"] is True
    assert shown["questions"] == []
    assert "2 Feb 2021" in text(shown["preview"])
    assert "Comma" in text(shown["findings"])


def test_questions_hold_the_import_back_until_they_are_answered(services: Services) -> None:
    upload = uploaded(services, AMBIGUOUS)
    shown = reading.read_upload(services, None, upload, None, None)
    assert shown["disabled"] is True
    assert shown["ready"] == "Answer 2 questions above, then import."
    assert [question["key"] for question in shown["asked"]] == ["date_order", "decimal"]

    shown = reading.read_upload(
        services, ("date_order", "mdy"), upload, shown["options"], shown["asked"], answered=True
    )
    assert shown["disabled"] is True
    assert shown["ready"] == "Answer one question above, then import."
    assert shown["questions"] is no_update  # the radio button keeps the keyboard
    assert shown["fields"]["date_order"]["value"] == "mdy"

    shown = reading.read_upload(services, ("decimal", "."), upload, shown["options"], shown["asked"])
    assert shown["disabled"] is False
    assert "2 Jan 2021" in text(shown["preview"])
    assert "1,250.00" in text(shown["preview"])
    answers = {
        part.id["key"]: part.value
        for part in parts(shown["questions"])
        if "value" in part.to_plotly_json()["props"]
    }
    assert answers == {"date_order": "mdy", "decimal": "."}


def test_the_same_choice_again_changes_nothing(services: Services) -> None:
    upload = uploaded(services, AMBIGUOUS)
    first = reading.read_upload(services, ("decimal", "."), upload, None, None)
    with pytest.raises(PreventUpdate):
        reading.read_upload(services, ("decimal", "."), upload, first["options"], first["asked"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"customer_id,date,amount\n", "no rows below it"),
        (b"date,amount\n2021-01-02,5.5\n2021-02-03,6.5\n", "the customer"),
        (b"customer_id,date,amount\na,foo,5.5\nb,bar,6.5\n", "no date in the column 'date' can be read"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "PNG image"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03K.", "cut short"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence_and_is_gone(
    services: Services, content: bytes, words: str
) -> None:
    shown = reading.read_upload(services, None, uploaded(services, content, "<b>bad.csv"), None, None)
    assert words in text(shown["message"])
    assert text(shown["message"]).startswith("<b>bad.csv")
    assert shown["hidden"] is True
    assert shown["upload"] is None
    assert waiting(services) == []
    assert services.jobs.list() == []


def test_a_choice_that_cannot_be_used_leaves_the_file(services: Services) -> None:
    upload = uploaded(services, CLEAR)
    first = reading.read_upload(services, None, upload, None, None)
    shown = reading.read_upload(services, ("ordered_at", "country"), upload, first["options"], ())
    assert "country" in text(shown["message"])
    assert shown["disabled"] is True
    assert shown["hidden"] is no_update
    assert waiting(services) == [upload["token"]]


def test_an_upload_that_is_gone_closes_the_form(services: Services) -> None:
    shown = reading.read_upload(services, None, {"token": "x" * 22, "name": "a.csv"}, None, None)
    assert (shown["hidden"], shown["upload"]) == (True, None)
    assert "Upload it again" in text(shown["message"])
    assert reading.read_upload(services, None, None, None, None)["hidden"] is True


def test_names_and_cells_are_text_not_markup(services: Services) -> None:
    hostile = "customer_id,date,amount,<img src=x>\n" + "".join(
        f"<script>{number}</script>,2021-01-{number:02d},5.5,[x](javascript:1)\n" for number in range(1, 9)
    )
    shown = reading.read_upload(services, None, uploaded(services, hostile), None, None)
    kinds = {type(part).__name__ for part in parts(shown["preview"])}
    assert kinds == {"Table", "Thead", "Tbody", "Tr", "Th", "Td", "Span"}
    assert "<script>1</script>" in text(shown["preview"])
    assert text(form.marked("a `<b>` c")) == "a <b> c"


def test_a_column_has_one_role() -> None:
    options = ImportOptions(mapping={"product_id": "sku", "category": ""})
    assert reading.changed_options(options, "category", "sku").mapping == {"category": "sku"}
    assert reading.changed_options(options, "product_id", form.NONE).mapping == {
        "product_id": "",
        "category": "",
    }


def test_what_depended_on_a_choice_is_found_anew() -> None:
    options = ImportOptions(mapping={"amount": "a"}, date_order="dmy", decimal=",", duplicates="drop")
    assert reading.changed_options(options, "ordered_at", "when").date_order is None
    assert reading.changed_options(options, "amount", "b").decimal is None
    assert reading.changed_options(options, "amount", "b").date_order == "dmy"
    assert reading.changed_options(options, "header", "no") == ImportOptions(header=False, duplicates="drop")
    assert reading.changed_options(options, "decimal", form.NONE).decimal is None


# What is asked for


def test_import_asks_for_what_the_form_shows(services: Services) -> None:
    upload = uploaded(services, AMBIGUOUS)
    shown = reading.read_upload(services, ("date_order", "dmy"), upload, None, None)
    shown = reading.read_upload(services, ("decimal", ","), upload, shown["options"], shown["asked"])
    asked = reading.start_import(services, upload, shown["options"], "  My   shop ")
    job = services.jobs.get(asked["job"])
    assert asked["upload"] is None
    assert (job.kind, job.label) == ("import", "Importing My shop")
    assert job.params["name"] == "My shop"
    assert job.params["analyse"] is True
    assert Path(job.params["path"]).read_text() == AMBIGUOUS
    options = ImportOptions.from_dict(job.params["options"])
    assert (options.date_order, options.decimal, options.encoding) == ("dmy", ",", "utf-8")
    assert options.mapping == {"customer_id": "customer_id", "ordered_at": "date", "amount": "amount"}
    assert reading.start_import(services, upload, shown["options"], "My shop")["job"] == job.id


def test_an_import_without_its_file_is_refused(services: Services) -> None:
    with pytest.raises(NotFoundError, match="Upload it again"):
        reading.start_import(services, {"token": "x" * 22}, {"resolved": {}}, "a")


def test_discard_removes_the_file(services: Services) -> None:
    upload = uploaded(services, CLEAR)
    assert reading.discard(services, upload)["upload"] is None
    assert waiting(services) == []


def test_the_sample_is_the_one_the_settings_say(services: Services) -> None:
    job = services.jobs.get(work.start_sample(services)["job"])
    assert job.kind == "sample"
    assert job.params == {"customers": 5000, "seed": 42, "analyse": True}
    table = services.jobs.get(work.start_sample(services, "customers")["job"])
    assert table.params == {"customers": 500, "seed": 42, "analyse": True, "table": "customers"}


FORM = {"horizon_days": 90, "margin": 30, "seed": 42}


def asked_for(services: Services, dataset_id: str, **settings: Any) -> dict[str, Any]:
    return services.jobs.get(work.start_analysis(services, dataset_id, **settings)["job"]).params


def test_an_analysis_is_asked_for_with_the_settings_of_the_form(services: Services) -> None:
    dataset_id = publish(services)
    settings: dict[str, Any] = {"horizon_days": 60, "seed": 7, "margin": 45.5, "tune": False}
    asked = asked_for(services, dataset_id, cutoff="1998-01-01", models=["lightgbm", "mbg_nbd"], **settings)
    assert (asked["dataset_id"], asked["cutoff"]) == (dataset_id, "1998-01-01")
    params = AnalysisParams(**asked["params"])
    assert (params.horizon_days, params.seed, params.margin, params.tune) == (60, 7, 0.455, False)
    assert params.learners == ("mbg_nbd", "lightgbm")


def test_the_form_starts_with_the_defaults_of_an_analysis(services: Services) -> None:
    dataset_id, start = publish(services), settings_form.defaults()
    told = {parameter: start[control] for control, (_, parameter) in settings_form.NUMBERS.items()}
    assert told == FORM
    asked = asked_for(
        services,
        dataset_id,
        cutoff=start[settings_form.CUTOFF],
        models=start[settings_form.MODELS],
        tune=start[settings_form.TUNE],
        **told,
    )
    assert AnalysisParams(**asked["params"]) == AnalysisParams()
    assert "cutoff" not in asked
    controls = {part.id: part for part in parts(settings_form.analyse_form()) if getattr(part, "id", None)}
    for control, value in start.items():
        assert getattr(controls[control], "value", None) == value
    margin = controls[settings_form.MARGIN]
    assert (margin.min, margin.max) == (0, 100)
    assert "From 7 to 365." in text(settings_form.analyse_form())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        # A browser gives nothing for what its field does not allow.
        ({"horizon_days": None}, "Days to predict must be a whole number from 7 to 365"),
        ({"horizon_days": 5000}, "Days to predict must be a whole number from 7 to 365"),
        ({"horizon_days": 30.5}, "Days to predict must be a whole number"),
        ({"horizon_days": "x"}, "Days to predict must be a whole number"),
        ({"seed": None}, "Seed must be a whole number from 0 to 2,147,483,647"),
        ({"seed": float("nan")}, "Seed must be"),
        ({"margin": None}, "Margin must be a number from 0 to 100 %"),
        ({"margin": 100.5}, "Margin must be a number from 0 to 100 %"),
        ({"margin": -1}, "Margin must be a number from 0 to 100 %"),
        ({"models": []}, "Choose at least one model"),
        ({"models": ["oracle"]}, "no model 'oracle'"),
        ({"tune": "yes"}, "tune must be true or false"),
        ({"cutoff": "soon"}, "not a date"),
        ({"cutoff": "1996-12-31"}, "must be from 1 Jan 1997 to 1 Apr 1998"),
        ({"cutoff": "1998-04-02"}, "must be from 1 Jan 1997 to 1 Apr 1998"),
        ({"cutoff": "1998-05-02", "horizon_days": 60}, "1 May 1998: history is needed before it, and 60 days after"),
    ],
)  # fmt: skip
def test_what_is_out_of_its_limits_is_refused_in_words(
    services: Services, settings: dict[str, Any], words: str
) -> None:
    dataset_id = publish(services)
    with pytest.raises(InputError, match=words):
        work.start_analysis(services, dataset_id, **FORM | settings)
    assert services.jobs.list() == []


def test_only_a_data_set_that_is_there_is_analysed(services: Services) -> None:
    with pytest.raises(NotFoundError):
        work.start_analysis(services, "nothing", **FORM)


def test_a_failed_import_can_be_read_otherwise(services: Services) -> None:
    upload = uploaded(services, AMBIGUOUS)
    shown = reading.read_upload(services, None, upload, None, None)
    job_id = reading.start_import(services, upload, shown["options"], "Shop")["job"]
    question = {
        "key": "decimal",
        "text": "Which?",
        "choices": [[".", "point"], [",", "comma"]],
        "option": "x",
    }
    ended(services, job_id, "failed", error="Answer first.", questions=[question])

    opened = work.remap(services, job_id)
    assert opened["job"] is None
    assert opened["upload"]["token"] == upload["token"]
    shown = reading.read_upload(services, None, opened["upload"], None, None)
    assert shown["name"] == "Shop"
    assert {question["key"] for question in shown["asked"]} == {"date_order", "decimal"}
    uploads_of(services).discard(upload["token"])
    assert work.remap(services, job_id) == {"job": no_update, "upload": no_update}


def test_an_ended_job_can_be_asked_for_again(services: Services) -> None:
    job_id = work.start_sample(services)["job"]
    services.jobs.cancel(job_id)
    again = services.jobs.get(work.repeat(services, job_id)["job"])
    assert again.id != job_id
    assert again.params == services.jobs.get(job_id).params


# Jobs


def test_a_running_job_shows_progress_and_can_be_cancelled(services: Services) -> None:
    job_id = work.start_sample(services)["job"]
    running = replace(services.jobs.get(job_id), state="running", progress=0.27, text="Reading rows")
    services.jobs.records.change(lambda records: records.put(running))
    shown = work.follow_jobs(services, None, None, None)
    assert shown["job"] is no_update  # what runs is shown to everybody, and stays the one's who asked
    bar = next(part for part in parts(shown["panel"]) if type(part).__name__ == "Progress")
    assert bar.value == "0.270"
    assert "27% · Reading rows" in text(shown["panel"])
    assert button(shown["panel"], view.CANCEL).id["id"] == job_id
    assert shown["interval"] == work.BUSY_MS
    again = work.follow_jobs(services, job_id, shown["seen"], shown["changed"])
    assert (again["panel"], again["jobs"], again["changed"]) == (no_update, no_update, no_update)


def test_an_import_leads_to_its_analysis_and_to_the_list(services: Services) -> None:
    dataset_id = publish(services)
    first, second = (work.start_analysis(services, dataset_id, seed=seed)["job"] for seed in (1, 2))
    ended(services, first, "done", result={"dataset_id": dataset_id, "next_job": second})
    shown = work.follow_jobs(services, first, None, "none")
    assert (shown["job"], shown["selected"]) == (second, dataset_id)

    analysis_id = analysed(services, dataset_id)
    ended(services, second, "done", result={"dataset_id": dataset_id, "analysis_id": analysis_id})
    shown = work.follow_jobs(services, second, shown["seen"], shown["changed"])
    links = [part.href for part in parts(shown["panel"]) if type(part).__name__ == "Link"]
    assert links == [f"/propensity?analysis={analysis_id}"]
    assert "11,990 of 12,000 rows of 2,357 customers are in “Shop <b>”" in text(shown["panel"])
    assert "1 Jan 1997 to 30 Jun 1998; 10 rows are in quarantine." in text(shown["panel"])
    assert shown["announce"] == "Analysing Shop <b>: done"
    assert shown["interval"] == work.IDLE_MS


def test_a_failure_is_an_alert_that_says_what_to_do(services: Services) -> None:
    upload = uploaded(services, CLEAR)
    shown = reading.read_upload(services, None, upload, None, None)
    job_id = reading.start_import(services, upload, shown["options"], "Shop")["job"]
    ended(services, job_id, "failed", error="Row 214, `amount`: '1,250' may be 1.25 or 1250.")
    panel = work.follow_jobs(services, job_id, None, None)["panel"]
    assert panel.role == "alert"
    assert "Row 214, amount: '1,250' may be 1.25 or 1250. Nothing was stored." in text(panel)
    assert button(panel, view.REMAP).id["id"] == job_id
    uploads_of(services).discard(upload["token"])
    panel = work.follow_jobs(services, job_id, None, None)["panel"]
    with pytest.raises(StopIteration):
        button(panel, view.REMAP)


def test_a_job_that_is_gone_is_no_longer_followed(services: Services) -> None:
    shown = work.follow_jobs(services, "gone", None, None)
    assert shown["panel"] is None
    assert text(shown["jobs"]) == "Nothing has run yet."


# Data sets


def test_without_data_the_page_says_what_to_do(services: Services) -> None:
    shown = page.show_datasets(services, None)
    assert "Upload a file of transactions" in text(shown["list"])
    assert (shown["hidden"], shown["analyse_hidden"], shown["selected"]) == (True, True, None)


def test_the_ledger_accounts_for_every_row(services: Services) -> None:
    older, newer = publish(services), publish(services, "Other")
    analysis_id = analysed(services, older)
    shown = page.show_datasets(services, older)
    assert shown["selected"] == older
    rows = [text(part).replace(",", "") for part in parts(shown["ledger"]) if type(part).__name__ == "Tr"]
    assert rows == [
        "RowsNumberAmount",
        "In the file120002500315.63",
        "Kept119902500300.00",
        "Quarantined1015.63",
        "No customer id1015.63",
    ]
    assert "255 rows repeat another row exactly; they are kept." in text(shown["ledger"])
    addresses = [part.href for part in parts(shown["detail"]) if getattr(part, "href", None)]
    assert addresses == [f"/propensity?analysis={analysis_id}", f"/data/{older}/quarantine.csv"]
    assert "Shop <b>" in text(shown["list"])
    assert "1 analysis" in text(shown["list"])
    assert page.show_datasets(services, None)["selected"] == newer
    assert page.show_datasets(services, "gone")["selected"] == newer


def versions(services: Services) -> tuple[str, str]:
    """Ids of two versions of a data set, the second with a quality report and the file it came from."""
    first = publish(services)
    choice = {"option": "duplicates", "value": "keep", "choices": [["keep", "Keep"], ["drop", "Leave out"]]}
    told = {"rows": 5, "amount": None, "does": "It keeps them.", "examples": ["<b>x</b>"]}
    findings = [
        {"key": "duplicates", "level": "warning", "title": "Rows repeat", "text": "5 rows repeat.", "choice": choice, **told},
        {"key": "gaps", "level": "good", "title": "No gaps", "text": "Sales on every day.", "choice": None, **told},
    ]  # fmt: skip
    accounts = [{key: LEDGER[key] for key in ("rows", "amount", "reasons")}] * 2

    def fill(folder: Path) -> dict[str, Any]:
        write_json(folder / "ledger.json", {**LEDGER, "files": accounts, "understood": {"currency": "EUR"}})
        write_json(folder / "quality.json", {"findings": findings})
        (folder / "source-1").write_text("a")
        steps = [{"how": how, "name": name, "source": "source-1", "options": {}}
                 for how, name in (("import", "old.csv"), ("append", "new.csv"))]  # fmt: skip
        return {"kind": "transactions", "version": 2, "series": first, "steps": steps, "rows": LEDGER["rows"]}

    return first, services.store.publish(DATASETS, "Shop <b>", fill)


def test_versions_are_one_line_in_the_list_and_can_be_opened(services: Services) -> None:
    first, second = versions(services)
    shown = page.show_datasets(services, None)
    assert shown["selected"] == second
    assert len([part for part in parts(shown["list"]) if type(part).__name__ == "Li"]) == 1
    opened = [part.id["id"] for part in parts(shown["detail"]) if isinstance(getattr(part, "id", None), dict)
              and part.id["type"] == view.VERSION]  # fmt: skip
    assert opened == [second, first]
    assert "Version 2: 11,990 rows, rows added from new.csv" in text(shown["detail"])
    assert "Amount, EUR" in text(shown["ledger"])
    assert "Imported: old.csv" in text(shown["ledger"])
    assert "Added: new.csv" in text(shown["ledger"])
    hrefs = [str(getattr(part, "href", None) or "") for part in parts(shown["ledger"])]
    addresses = [href for href in hrefs if href and not href.startswith("#glossary-")]
    assert addresses == [f"/data/{second}/quarantine.csv?file={number}" for number in (1, 2)]
    earlier = page.show_datasets(services, first)
    assert earlier["selected"] == first
    assert "Transactions, version 1" in text(earlier["detail"])


def test_the_quality_report_has_its_switches(services: Services) -> None:
    first, second = versions(services)
    shown = page.show_datasets(services, second)
    told = text(shown["quality"])
    assert "1 thing is worth a look" in told
    assert "5 rows repeat." in told
    assert "<b>x</b>" in told
    assert "Checked and in orderSales on every day." in told
    switches = [part for part in parts(shown["quality"]) if type(part).__name__ == "RadioItems"]
    assert [(part.id["option"], part.value) for part in switches] == [("duplicates", "keep")]
    assert shown["apply_hidden"] is False
    assert page.show_datasets(services, first)["apply_hidden"] is True
    # A job that ends elsewhere must not take back what is being chosen here.
    assert page.show_datasets(services, second, second)["quality"] is no_update
    assert page.show_datasets(services, second, first)["quality"] is not no_update
    assert page.chosen_changes(services, second, ["duplicates"], ["keep"]) == {}
    changes = page.chosen_changes(services, second, ["duplicates"], ["drop"])
    assert changes == {"duplicates": "drop"}
    assert page.change_words({})[1] is True
    assert page.change_words(changes) == (
        "The files are read again with one other choice; this version stays as it is.", False,
    )  # fmt: skip
    job = services.jobs.get(page.start_reread(services, second, changes)["job"])
    assert (job.kind, job.params["changes"], job.params["dataset_id"]) == ("reread", changes, second)
    assert job.label == "Reading again Shop <b>"


def test_a_file_can_go_into_a_data_set_of_its_kind(services: Services) -> None:
    _first, second = versions(services)
    shown = reading.read_upload(services, None, uploaded(services, CLEAR), None, None)
    assert [option["value"] for option in shown["into"]["options"]] == [form.NEW, f"append:{second}"]
    assert shown["into"]["value"] == form.NEW
    assert shown["groups"]["data-group-table"] is True
    people = uploaded(services, "customer_id,age,recency,frequency\n" + "".join(
        f"c{number},{20 + number},{number},{number % 5}\n" for number in range(40)), "people.csv")  # fmt: skip
    shown = reading.read_upload(services, None, people, None, None)
    assert shown["fields"]["kind"]["value"] == "customers"
    assert [option["value"] for option in shown["into"]["options"]] == [form.NEW, f"join:{second}"]
    assert (shown["groups"]["data-group-when"], shown["groups"]["data-group-table"]) == (True, False)
    assert shown["roles"]["recency_days"]["value"] == "recency"
    started = reading.start_import(services, people, shown["options"], "ignored", f"join:{second}")
    params = services.jobs.get(started["job"]).params
    assert params["into"] == {"how": "join", "dataset_id": second}
    assert (params["name"], params["file"]) == ("Shop <b>", "people.csv")
    with pytest.raises(NotFoundError):
        reading.start_import(services, people, shown["options"], "", "append:gone")


def test_a_file_of_several_currencies_goes_in_after_one_answer(services: Services) -> None:
    rows = [f"c{n % 9},2024-01-{n % 28 + 1:02d},{n}.50,{'USD' if n % 3 else 'EUR'}" for n in range(90)]
    upload = uploaded(services, "customer_id,order_date,amount,currency\n" + "\n".join(rows) + "\n")
    shown = reading.read_upload(services, None, upload, None, None)
    assert [question["key"] for question in shown["asked"]] == ["keep_currency"]
    assert shown["disabled"] is True
    answered = reading.read_upload(
        services, ("keep_currency", "EUR"), upload, shown["options"], shown["asked"], True
    )
    assert answered["disabled"] is False
    assert answered["fields"]["keep_currency"]["value"] == "EUR"
    assert answered["roles"]["currency"]["value"] == "currency"
    assert answered["options"]["resolved"]["currency"] == "EUR"
    # Another page and back: what was answered is still there.
    again = reading.read_upload(services, None, upload, answered["options"], answered["asked"])
    assert again["fields"]["keep_currency"]["value"] == "EUR"
    assert again["disabled"] is False
    # Another file in the same tab begins anew.
    other = reading.read_upload(
        services, None, uploaded(services, CLEAR), answered["options"], answered["asked"]
    )
    assert other["asked"] == []
    assert other["options"]["chosen"]["currency"] is None


def test_a_way_of_reading_that_reads_nothing_is_not_ready(services: Services) -> None:
    rows = [f"c{n % 9},{n % 28 + 1:02d}/{n % 12 + 1:02d}/2024,{n}.50" for n in range(90)]
    upload = uploaded(services, "customer_id,order_date,amount\n" + "\n".join(rows) + "\n")
    shown = reading.read_upload(services, None, upload, None, None)
    assert shown["disabled"] is False
    wrong = reading.read_upload(services, ("date_order", "ymd"), upload, shown["options"], shown["asked"])
    assert wrong["disabled"] is True
    assert "No value of “Date” can be read this way" in wrong["ready"]


def test_a_short_file_is_in_though_it_cannot_be_analysed(services: Services) -> None:
    dataset_id = publish(services)
    job_id = services.jobs.submit("import", {"path": "x", "name": "Shop"})
    result = {"dataset_id": dataset_id, "not_analysed": "Its 40 days are too few to predict 90."}
    told = work.summary(services, ended(services, job_id, "done", result=result))
    assert told.startswith("11,990 of 12,000 rows of 2,357 customers are in")
    assert told.endswith("It was not analysed. Its 40 days are too few to predict 90.")


def test_a_failure_of_the_data_is_not_to_be_tried_again(services: Services) -> None:
    job_id = services.jobs.submit("analyse", {"dataset_id": "x"})
    assert not work.may_go_better(ended(services, job_id, "failed", error="There are 12 customers."))
    assert work.may_go_better(ended(services, job_id, "failed", error="worker lost: it is gone."))


def test_a_damaged_ledger_is_named_and_the_others_work(services: Services) -> None:
    good, bad = publish(services), publish(services, "Broken")
    path = services.store.dataset(bad).path / "ledger.json"
    path.write_text("x" * path.stat().st_size)
    shown = page.show_datasets(services, good)
    assert "11,990 rows" in text(shown["list"])
    assert "Broken" in text(shown["list"])
    assert "Its ledger is damaged" in text(shown["list"])
    assert page.show_datasets(services, bad)["analyse_hidden"] is True
    path.write_text("cut")
    shown = page.show_datasets(services, None)
    assert shown["selected"] == good
    assert f"{bad}: the file ledger.json is damaged" in text(shown["list"])


def test_the_picker_and_the_page_show_the_same_data_set(services: Services) -> None:
    dataset_id, other = publish(services), publish(services)
    analysis_id = analysed(services, dataset_id)
    assert page.open_dataset(services, dataset_id) == (dataset_id, analysis_id)
    assert page.open_dataset(services, other) == (other, no_update)
    assert page.follow_picker(services, analysis_id, other) == dataset_id
    for known in ((analysis_id, dataset_id), ("gone", other), (None, other)):
        with pytest.raises(PreventUpdate):
            page.follow_picker(services, *known)


def test_what_cannot_be_undone_is_asked_first(services: Services) -> None:
    dataset_id = publish(services)
    analysed(services, dataset_id)
    asked = page.ask_first(services, view.DELETE, dataset_id)
    assert asked["text"] == (
        "“Shop <b>” and its analysis will be removed from the workspace. This cannot be undone."
    )
    assert len(services.store.datasets()) == 1
    done = page.confirmed(services, asked["about"], "a")
    assert (done["open"], done["message"]) == (False, None)
    assert done["changed"] != "a"
    assert services.store.datasets() == []
    assert services.store.analyses() == []


def test_campaigns_that_go_with_a_data_set_are_named(services: Services) -> None:
    dataset_id = publish(services)
    services.store.publish(SCENARIOS, "Deep", lambda _folder: {"series": dataset_id})
    asked = page.ask_first(services, view.DELETE, dataset_id)
    assert asked["text"] == (
        "“Shop <b>” and the campaigns planned for its customers will be removed from the workspace."
        " This cannot be undone."
    )
    page.confirmed(services, asked["about"], "a")
    assert services.store.scenarios() == []


def test_a_data_set_at_work_is_not_deleted(services: Services) -> None:
    dataset_id = publish(services)
    job_id = work.start_analysis(services, dataset_id)["job"]
    about = {"what": view.DELETE, "id": dataset_id}
    assert "being worked on right now" in text(page.confirmed(services, about, None)["message"])
    assert len(services.store.datasets()) == 1
    asked = page.ask_first(services, view.CANCEL, job_id)
    assert asked["title"] == "Stop this work?"
    page.confirmed(services, asked["about"], None)
    assert services.jobs.get(job_id).state == "cancelled"
    page.confirmed(services, about, None)
    assert services.store.datasets() == []


def test_an_error_becomes_the_message_and_changes_nothing_else(services: Services) -> None:
    shown = in_words(lambda: page.ask_first(services, view.DELETE, "gone"), ("open", "about"))
    assert (shown["open"], shown["about"]) == (no_update, no_update)
    assert "There is no data set gone" in text(shown["message"])


def test_a_file_is_called_by_its_owners_name(services: Services) -> None:
    file: Upload = uploads_of(services).get(uploaded(services, CLEAR, "März 2021.csv")["token"])
    shown = reading.read_upload(services, None, {"token": file.token}, None, None)
    assert shown["file"].startswith("März 2021.csv, 2 kB.")
