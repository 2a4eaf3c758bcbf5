"""The predict page: what can be scored, what is asked for, and what is told of the outcome."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from dash import Dash, html, no_update
from dash.development.base_component import Component
from flask import Flask

from callbacks import predict as page
from callbacks import predict_results as results
from callbacks import predict_source as sources
from callbacks.data import ask_first as ask_before
from callbacks.services import Services
from callbacks.shell import watch_jobs
from callbacks.uploads import uploads_of
from data import names
from data.errors import InputError, NotFoundError
from data.store import ANALYSES, DATASETS, PREDICTIONS, SCORED, Store, write_json
from jobs.queue import Job, JobQueue, published_by
from pages._ui import ids
from pages._ui import predict as view
from pages._ui import predict_table as table
from pages._ui.datasets import DELETE
from pages._ui.scored import COLUMNS, REASONS, reason_text
from settings import Settings
from tests.factories import customers


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """Services whose jobs wait for ever: what is asked for is looked at, nothing runs."""
    store = Store(tmp_path / "home")
    return Services(Settings(home=store.home), store, JobQueue(store.home, workers=0))


def texts(component: Any) -> str:
    """All words of a component."""
    if isinstance(component, list | tuple):
        return " ".join(filter(None, map(texts, component)))
    if isinstance(component, Component):
        return texts(getattr(component, "children", None))
    return "" if component is None else str(component)


def publish_model(services: Services, name: str = "Shop <b>", *, usable: bool = True) -> str:
    def fill(folder: Path) -> dict[str, Any]:
        (folder / "models").mkdir()
        (folder / "models" / ("probe.json" if usable else "old.json")).write_text("{}")
        write_json(folder / "metrics.json", {"propensity": {"label": "Logistic regression"}})
        return {
            "dataset_id": "none",
            "cutoff": "2025-10-02",
            "last_date": "2025-12-31",
            "horizon_days": 60,
            "customers": 1072,
        }

    return services.store.publish(ANALYSES, name, fill)


def publish_data(services: Services, name: str, kind: str = names.TRANSACTIONS) -> str:
    def fill(folder: Path) -> dict[str, Any]:
        return {"kind": kind, "customers": 40, "first_date": "2025-01-01", "last_date": "2025-12-31"}

    return services.store.publish(DATASETS, name, fill)


def publish_scores(
    services: Services,
    count: int = 5,
    name: str = "new <i>.csv",
    more: dict[str, list[str]] | None = None,
    **facts: Any,
) -> str:
    frame = customers(count).assign(**(more or {}))
    frame.loc[0, names.CUSTOMER_ID] = "=1+2"
    frame.loc[1, names.CUSTOMER_ID] = "007"
    frame[names.PRED_SPEND] = [float(place) for place in range(count)]

    def fill(folder: Path) -> dict[str, Any]:
        frame.to_parquet(folder / SCORED, index=False)
        told = {
            "dataset_id": None,
            "cutoff": "2025-12-31",
            "horizon_days": 60,
            "customers": count,
            "without_purchase": 2,
            "expected_buyers": 1.5,
            "expected_spend": 1234.5,
            "currency": "EUR",
            "caution": "Read the sum with care.",
            "warnings": ["Amounts here are in USD <b>."],
            "model": {"name": "Shop <b>", "cutoff": "2025-10-02", "last_date": "2025-12-31"},
        }
        return told | facts

    return services.store.publish(PREDICTIONS, name, fill)


def uploaded(services: Services, name: str = "new.csv") -> dict[str, str]:
    file = uploads_of(services).receive(io.BytesIO(b"a,b\n1,2\n"), 8, name)
    return {"token": file.token, "name": file.name}


def source(services: Services, trigger: str, upload: Any, dataset_id: str, model: str) -> dict[str, Any]:
    return sources.choose_source(services, trigger, upload, dataset_id, model)


def test_the_model_is_that_of_the_picker_until_another_is_chosen(services: Services) -> None:
    first, second = publish_model(services, "One"), publish_model(services, "Two")
    options, value = sources.choose_model(services, first, None, follow=True)
    assert [option["value"] for option in options] == [second, first]
    assert value == first
    assert sources.choose_model(services, second, first, follow=True)[1] == second
    assert sources.choose_model(services, second, first, follow=False)[1] is no_update
    assert sources.choose_model(services, second, "gone", follow=False)[1] == second


def test_the_model_is_told_in_words(services: Services) -> None:
    told = texts(sources.describe_model(services, publish_model(services)))
    assert "Shop <b>" in told
    assert "1,072 customers as they stood on 2 Oct 2025" in told
    assert "until 31 Dec 2025" in told
    assert "the 60 days after" in told
    assert "predicted by: Logistic regression." in told


def test_a_model_of_an_older_version_cannot_score(services: Services) -> None:
    old, data = publish_model(services, usable=False), publish_data(services, "Data")
    assert "made by an older version of Lapwing" in texts(sources.describe_model(services, old))
    assert source(services, ids.PREDICT_DATASET, None, data, old)["disabled"] is True
    with pytest.raises(InputError, match="older version"):
        page.start(services, old, None, data)
    assert services.jobs.list(5) == []


def test_only_orders_are_offered_and_a_choice_stays(services: Services) -> None:
    orders = publish_data(services, "Orders")
    publish_data(services, "People", names.CUSTOMERS)
    options, value = sources.dataset_options(services, orders)
    assert [option["value"] for option in options] == [view.NONE, orders]
    assert value == orders
    assert options[1]["label"] == "Orders · 40 customers · to 31 Dec 2025"
    assert sources.dataset_options(services, "gone")[1] == view.NONE


def test_what_was_chosen_last_is_scored(services: Services) -> None:
    model, data = publish_model(services), publish_data(services, "Orders")
    nothing = source(services, "", None, view.NONE, model)
    assert (nothing["disabled"], nothing["ready"]) == (True, "Choose a file or a data set first.")
    by_data = source(services, ids.PREDICT_DATASET, None, data, model)
    assert (by_data["disabled"], by_data["ready"], by_data["dataset"]) == (False, "", no_update)
    upload = uploaded(services)
    by_file = source(services, ids.PREDICT_UPLOAD_DONE, upload, data, model)
    assert by_file["dataset"] == view.NONE
    assert (by_file["disabled"], by_file["no_file"], by_file["upload"]) == (False, False, no_update)
    assert by_file["file"] == "new.csv, 1 kB"
    back = source(services, ids.PREDICT_DATASET, upload, data, model)
    assert (back["disabled"], back["no_file"], back["upload"]) == (False, True, None)
    # What is no longer needed does not stay on the disk.
    assert list((services.store.home / "uploads").iterdir()) == []


def test_a_file_can_be_taken_back(services: Services) -> None:
    model, upload = publish_model(services), uploaded(services)
    gone = source(services, ids.PREDICT_REMOVE, upload, view.NONE, model)
    assert (gone["disabled"], gone["no_file"], gone["upload"]) == (True, True, None)
    told = source(services, ids.PREDICT_UPLOAD_DONE, upload, view.NONE, model)
    assert told["ready"] == "The uploaded file is no longer here. Upload it again."


def test_a_scoring_is_asked_for(services: Services) -> None:
    model, data = publish_model(services), publish_data(services, "Orders")
    upload = uploaded(services, "spring.csv.gz")
    path = str(uploads_of(services).get(upload["token"]).path)
    job = services.jobs.get(page.start(services, model, upload, view.NONE)["job"])
    assert (job.kind, job.label) == ("predict", "Scoring spring")
    assert job.params == {"analysis_id": model, "path": path, "name": "spring.csv.gz", "title": "spring"}
    # It is not to be scored twice at once.
    told = source(services, ids.PREDICT_JOB, upload, view.NONE, model)
    assert (told["disabled"], told["no_file"], told["upload"]) == (True, True, no_update)
    assert "is being scored" in told["ready"]
    other = services.jobs.get(page.start(services, model, None, data)["job"])
    assert other.params == {"analysis_id": model, "dataset_id": data, "title": "Orders"}
    with pytest.raises(InputError, match="Choose a file"):
        page.start(services, model, None, view.NONE)


def test_a_job_is_followed_whoever_asked_for_it(services: Services) -> None:
    assert page.follow(services, None, None)["panel"] is None
    model, data = publish_model(services), publish_data(services, "Orders")
    job_id = page.start(services, model, None, data)["job"]
    for asked in (job_id, None):
        assert "Waiting for its turn" in texts(page.follow(services, asked, None)["panel"])
    services.jobs.cancel(job_id)
    assert "cancelled Nothing was stored." in texts(page.follow(services, job_id, None)["panel"])
    forgotten = page.follow(services, "unknown", None)
    assert (forgotten["panel"], forgotten["job"]) == (None, None)


def test_a_file_whose_scoring_came_to_nothing_is_offered_again(services: Services) -> None:
    model, data, upload = publish_model(services), publish_data(services, "Orders"), uploaded(services)
    job_id = page.start(services, model, upload, view.NONE)["job"]
    # Another choice meanwhile takes nothing away from the job.
    meanwhile = source(services, ids.PREDICT_DATASET, upload, data, model)
    assert (meanwhile["disabled"], meanwhile["upload"], meanwhile["ready"]) == (False, None, "")
    source(services, ids.PREDICT_REMOVE, upload, view.NONE, model)
    assert uploads_of(services).get(upload["token"]).name == "new.csv"
    services.jobs.cancel(job_id)
    again = source(services, ids.SHELL_JOBS_STATE, upload, view.NONE, model)
    assert (again["disabled"], again["file"], again["upload"]) == (False, "new.csv, 1 kB", no_update)


def test_the_file_of_a_question_goes_to_the_data_page(services: Services) -> None:
    model, upload = publish_model(services), uploaded(services, "spring.csv.gz")
    job_id = page.start(services, model, upload, view.NONE)["job"]
    handed = page.hand_over(services, job_id)
    assert handed == {**upload, "title": "spring", "questions": []}
    uploads_of(services).discard(upload["token"])
    with pytest.raises(NotFoundError):
        page.hand_over(services, job_id)


def job(state: Any, **more: Any) -> Job:
    return Job("1", "predict", {"title": "Orders <b>"}, state=state, **more)


def test_an_error_is_told_and_a_question_sends_to_the_data_page() -> None:
    failed = view.panel(page.work_of(job("failed", error="orders.csv has no dates.")))
    assert "orders.csv has no dates." in texts(failed)
    assert "Data page" not in texts(failed)
    question = {"key": "date_order", "text": "Day or month first?", "choices": [], "option": ""}
    asked = view.panel(page.work_of(job("failed", error="Day or month first?", questions=[question])))
    assert "Day or month first? Import the file on the Data page and answer there" in texts(asked)
    running = view.panel(page.work_of(job("running", progress=0.42, text="Reading")))
    assert "42% · Reading" in texts(running)


def test_no_message_pops_up_where_the_page_tells_it(services: Services) -> None:
    done = page.start(services, publish_model(services), None, publish_data(services, "Orders"))["job"]
    services.jobs.cancel(done)
    state = {"active": [], "seen": 0.0}
    assert watch_jobs(services, state, "/predict")["toasts"] is no_update
    assert watch_jobs(services, state, "/propensity")["toasts"] is not no_update


def test_a_result_is_told_in_words_with_its_first_customers(services: Services) -> None:
    prediction = publish_scores(services)
    shown = results.show_result(services, prediction)
    told = texts(shown["summary"])
    for words in (
        "new <i>.csv, scored",
        "5 as they stood on 31 Dec 2025",
        "30 % of them, in the 60 days after 31 Dec 2025",
        "€1,234",
        "Read the sum with care. 2 more customers without a purchase could not be scored.",
        "Amounts here are in USD <b>.",
    ):
        assert words in told
    assert [row["customer_id"] for row in shown["rows"]][-2:] == ["007", "=1+2"]
    assert [row["pred_spend"] for row in shown["rows"]] == ["€4", "€3", "€2", "€1", "€0"]
    assert shown["note"] == "All 5 customers, the highest expected spend first."
    assert shown["hidden"] is False
    assert {column["field"] for column in table.columns()} == set(shown["rows"][0])


def test_a_result_with_segments_shows_them_and_an_older_one_opens(services: Services, client: Any) -> None:
    split = {
        "segment": [
            {"name": "Best <b>", "colour": 1, "customers": 3},
            {"name": "Lost", "colour": 11, "customers": 2},
        ]
    }
    belong = {"segment": ["Best <b>"] * 3 + ["Lost"] * 2, "recommendation": ["=Call"] * 5}
    prediction = publish_scores(services, more=belong, segments=split)
    shown = results.show_result(services, prediction)
    assert "By segment Best <b> 3 60 % Lost 2 40 %" in " ".join(texts(shown["summary"]).split())
    # The words stand before the figures that only few look at.
    fields = [column["field"] for column in shown["columns"]]
    assert fields[:7] == [*table.LEADING, "segment", "recommendation", table.REASON]
    assert fields[7:] == ["clv", "frequency", "recency_days", "monetary"]
    assert {column["field"] for column in shown["columns"]} == set(shown["rows"][0])
    assert [row["segment"] for row in shown["rows"]] == ["Lost"] * 2 + ["Best <b>"] * 3
    rows = list(
        csv.reader(io.StringIO(client.get(f"/predictions/{prediction}/scored.csv").data.decode("utf-8-sig")))
    )
    assert rows[0] == [*COLUMNS, *REASONS, "segment", "recommendation"]
    assert rows[1][-2:] == ["Best <b>", "'=Call"]
    before = results.show_result(services, publish_scores(services))
    assert before["columns"] == table.columns()
    assert "By segment" not in texts(before["summary"])


def test_a_result_that_is_gone_is_told(services: Services) -> None:
    for wrong in ("gone", "../../etc"):
        shown = results.show_result(services, wrong)
        assert shown["hidden"] is True
        assert "There is no prediction" in texts(shown["message"])
    assert results.show_result(services, None)["message"] is no_update
    damaged = services.store.prediction(publish_scores(services))
    size = damaged.scored.stat().st_size
    damaged.scored.write_bytes(b"x" * size)
    assert "cannot be read" in texts(results.show_result(services, damaged.id)["message"])


def test_results_are_listed_and_deleted_after_a_question(services: Services) -> None:
    assert "Nothing has been scored yet." in texts(results.list_results(services, None))
    first, second = publish_scores(services, name="one.csv"), publish_scores(services, name="two.csv")
    told = texts(results.list_results(services, first))
    assert told.index("two.csv") < told.index("one.csv")
    opened, words, about = results.ask_first(services, first)
    assert (opened, about) == (True, first)
    assert "The scores of one.csv" in words
    done = results.delete(services, first, shown=first, changed=3)
    assert (done["shown"], done["changed"]) == (None, 4)
    assert results.delete(services, second, shown=first, changed=None)["shown"] is no_update
    assert services.store.predictions() == []
    with pytest.raises(NotFoundError):
        results.ask_first(services, first)


def test_what_was_predicted_of_a_data_set_goes_with_it(services: Services) -> None:
    data = publish_data(services, "Orders")
    publish_scores(services, dataset_id=data)
    other = publish_scores(services)
    assert (
        "“Orders” and the scores of its customers will be removed"
        in ask_before(services, DELETE, data)["text"]
    )
    services.store.delete_dataset(data)
    assert [each.id for each in services.store.predictions()] == [other]


def test_a_job_that_died_after_it_had_published_is_done(services: Services) -> None:
    prediction = publish_scores(services, job_id="abc")
    assert published_by(services.store.home, "abc") == {"prediction_id": prediction}


@pytest.fixture
def client(services: Services) -> Any:
    app = Dash("test", server=Flask("test"))
    app.layout = html.Div()
    page.register(app, services)
    return app.server.test_client()


def test_the_file_has_every_customer_and_runs_nothing(services: Services, client: Any) -> None:
    prediction = publish_scores(services, 30)
    answer = client.get(f"/predictions/{prediction}/scored.csv")
    assert answer.status_code == 200
    assert "lapwing-new-i-scored.csv" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert list(rows[0]) == [*COLUMNS, *REASONS]
    assert len(rows) == 30
    assert [row["customer_id"] for row in rows[:2]] == ["'=1+2", "007"]
    assert rows[0]["reason_1"].startswith("for: last order ")
    sheet = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/predictions/{prediction}/scored.xlsx").data)
    ).active
    lines = list(sheet.iter_rows(values_only=True))
    assert len(lines) == 31
    assert lines[0] == (*COLUMNS, *REASONS)
    assert lines[1][0] == "=1+2"
    assert sheet.cell(2, 1).data_type == "s"
    assert lines[2][0] == "007"
    assert lines[2][5] == 1.0


def test_a_file_that_is_gone_is_told(client: Any) -> None:
    answer = client.get("/predictions/gone/scored.csv")
    assert answer.status_code == 404
    assert answer.text == "There is no prediction gone in this workspace."


def test_the_columns_are_those_of_the_next_window() -> None:
    assert set(names.NEXT_WINDOW_COLUMNS) <= set(COLUMNS)
    assert COLUMNS[1:4] == ("recency_days", "frequency", "monetary")
    assert len(REASONS) == names.REASONS


@pytest.mark.parametrize(
    ("effect", "words"),
    [(0.4, "for: only one order so far"), (-0.4, "against: only one order so far"), (0.0, ""), (None, "")],
)
def test_a_reason_says_which_way_it_speaks(effect: float | None, words: str) -> None:
    row = {"frequency": 1, "reason_1": "frequency", "reason_1_effect": effect}
    assert reason_text(row, 1, "EUR") == words
