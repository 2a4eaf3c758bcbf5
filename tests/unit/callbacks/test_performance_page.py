from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dash import no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from app import create_app
from callbacks.performance import charts, curves, describe, filename, follow, same_params, use_model
from callbacks.services import Services
from data.store import ANALYSES, DATASETS, Manifest, Store, sha256, write_json
from figures import measures
from models.params import AnalysisParams
from settings import Settings
from tests.factories import customers, publish_analysis
from tests.layouts import text_of
from tests.performance_metrics import performance_metrics

SHOP = "Shop <b>x</b>"


def publish(home: Path, metrics: dict[str, Any], **given: Any) -> str:
    """An analysis with these metrics over a data set that is there; returns its id."""
    store = Store(home)

    def dataset(folder: Path) -> Manifest:
        ledger = {
            "rows": {"in": 10, "kept": 9, "quarantined": 1},
            "source": {"name": "shop.csv", "bytes": 99, "sha256": "cd" * 32},
            "understood": {"currency": "EUR"},
            "first_date": "2023-01-01",
            "last_date": "2025-12-31",
            "customers": 9,
        }
        write_json(folder / "ledger.json", ledger)
        return {"kind": "transactions", "first_date": "2023-01-01", "last_date": "2025-12-31"}

    dataset_id = store.publish(DATASETS, SHOP, dataset)

    def fill(folder: Path) -> Manifest:
        write_json(folder / "metrics.json", metrics)
        return {
            "kind": "analysis",
            "dataset_id": dataset_id,
            "cutoff": "2025-09-01",
            "last_date": "2025-12-31",
            "horizon_days": 60,
            "params": AnalysisParams(horizon_days=60, seed=7).to_dict(),
            **given,
        }

    return store.publish(ANALYSES, SHOP, fill)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("performance")


@pytest.fixture(scope="module")
def analysis(home: Path) -> str:
    return publish(home, performance_metrics())


@pytest.fixture(scope="module")
def services(home: Path, analysis: str) -> Services:
    return Services.create(Settings(home=home))


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Services, str]:
    """Services over a workspace of its own, in which no worker takes the jobs."""
    made = publish(tmp_path, performance_metrics())
    found = Services.create(Settings(home=tmp_path))
    monkeypatch.setattr("jobs.processes.start_worker", lambda *_args, **_more: None)
    return found, made


def every(component: Any) -> list[Component]:
    if isinstance(component, list | tuple):
        return [found for child in component for found in every(child)]
    if not isinstance(component, Component):
        return []
    return [component, *every(getattr(component, "children", None))]


def buttons(component: Any) -> dict[str, str]:
    """What each button of a component is called, by what it asks for."""
    return {
        part.id["id"]: getattr(part, "aria-label", text_of(part))
        for part in every(component)
        if isinstance(getattr(part, "id", None), dict)
    }


def test_the_headline_has_intervals_baselines_and_dates(services: Services, analysis: str) -> None:
    said = " ".join(text_of(describe(services, analysis, None, None)["headline"]).split())
    assert said.startswith("Who will buy: Logistic regression. How much they will spend: Mean of the three.")
    assert "Scored on 4,000 customers, each by models that never saw them; cutoff 1 Sep 2025" in said
    assert "window from 2 Sep 2025 to 31 Oct 2025, in which 929 of them bought (base rate 23.2 %)" in said
    assert (
        "AUC 0.805 95 %: 0.789 to 0.820. A buyer is ranked above one who does not buy 80 % of the time. Chance is 0.5."
        in said
    )
    assert "22 % better than giving everybody the base rate of 23.2 %" in said
    assert "The base rate for everybody has 0.54" in said
    assert "This file can answer Who is likely to buy in the next 90 days?" in said
    assert (
        "It cannot answer How much will each customer be worth in a year? The file reaches back 12 months only."
        in said
    )
    assert "The level of the next window came out 8 % too low" in said


def test_without_a_signal_the_headline_says_so_first(home: Path, services: Services) -> None:
    def lead(metrics: dict[str, Any]) -> str:
        parts = every(describe(services, publish(home, metrics), None, None)["headline"])
        return text_of(next(part for part in parts if getattr(part, "className", "") == "perf-lead"))

    metrics = performance_metrics()
    assert lead(metrics).startswith("In the likeliest tenth of customers ")
    metrics["backtest"]["verdict"] |= {"signal": False, "sentence": "No signal here."}
    assert lead(metrics).startswith("No signal here. In the likeliest tenth")
    measures.serving(metrics["propensity"])["auc_low"] = 0.49
    assert lead(metrics).startswith(
        "No better than chance: do not choose customers by these probabilities. In"
    )
    assert "signal" not in lead(metrics)


def test_candidates_can_be_chosen_and_baselines_cannot(services: Services, analysis: str) -> None:
    page = describe(services, analysis, None, None)
    assert buttons(page["board"]) == {
        "prob:logistic_lightgbm": "Use this model: Mean of logistic regression and LightGBM",
        "prob:lightgbm": "Use this model: LightGBM",
        "prob:xgboost": "Use this model: XGBoost",
        "prob:random_forest": "Use this model: Random forest",
        "prob:mbg_nbd": "Use this model: MBG/NBD, rescaled",
    }
    spend = buttons(page["board_spend"])
    assert "spend:hurdle" in spend
    assert not {"spend:mean", "spend:mean_spend", "spend:spend_90"} & set(spend)
    rows = [text_of(part) for part in every(page["board"]) if type(part).__name__ == "Tr"]
    assert len(rows) == 1 + 9
    assert rows[1].startswith("Mean of logistic regression and LightGBM 0.4251 0.4072 to 0.4431")
    assert "the difference lies within chance" in rows[1]
    assert any("Recency alone Baseline" in row and "beyond chance" in row for row in rows)


def test_a_choice_of_a_person_is_marked_and_can_be_undone(home: Path, services: Services) -> None:
    metrics = performance_metrics("mbg_nbd")
    metrics["propensity"]["chosen_by"] = "person"
    page = describe(services, publish(home, metrics), None, None)
    assert "A person chose the model of the probability." in text_of(page["headline"])
    assert "MBG/NBD, rescaled was chosen by a person, not by the rule." in text_of(page["board"])
    assert "MBG/NBD, rescaled Serves Chosen by a person" in text_of(page["board"])
    assert buttons(page["board"])["prob:"] == "Let the rule decide: Who will buy"
    assert "spend:" not in buttons(page["board_spend"])


def test_the_same_analysis_is_asked_for_with_another_model(queue: tuple[Services, str]) -> None:
    services, analysis = queue
    told, job_id = use_model(services, analysis, "prob:lightgbm")
    job = services.jobs.get(job_id)
    assert job.kind == "analyse"
    wanted = AnalysisParams(horizon_days=60, seed=7, serve="lightgbm").to_dict()
    assert AnalysisParams(**job.params["params"]).to_dict() == wanted
    assert job.params["cutoff"] == "2025-09-01"
    assert job.params["title"] == SHOP
    said = text_of(told)
    assert "LightGBM will serve." in said
    assert f"A new analysis of {SHOP} has started" in said
    assert "The analysis you see now stays" in said
    _, spend = use_model(services, analysis, "spend:median")
    asked = services.jobs.get(spend).params["params"]
    assert (asked["serve"], asked["serve_spend"]) == ("", "median")
    _, again = use_model(services, analysis, "again:")
    assert services.jobs.get(again).params["params"]["serve"] == ""
    # The same once more is the same job.
    assert use_model(services, analysis, "prob:lightgbm")[1] == job_id


def test_a_choice_is_kept_for_one_and_given_back_for_the_other(queue: tuple[Services, str]) -> None:
    services, _ = queue
    params = AnalysisParams(serve="xgboost", serve_spend="mean").to_dict() | {"gone_since": 1}
    chosen = publish(services.store.home, performance_metrics("xgboost", "mean"), params=params)
    told, job_id = use_model(services, chosen, "prob:")
    asked = services.jobs.get(job_id).params["params"]
    assert (asked["serve"], asked["serve_spend"]) == ("", "mean")
    assert "The rule will decide." in text_of(told)
    assert same_params(services.analysis(chosen)) == AnalysisParams(serve="xgboost", serve_spend="mean")


def test_what_cannot_serve_is_said(queue: tuple[Services, str]) -> None:
    services, analysis = queue
    for asked, said in (
        ("prob:recency", "The model to serve is one of"),
        ("prob:nothing", "serve is one of"),
    ):
        told, job = use_model(services, analysis, asked)
        assert said in text_of(told)
        assert job is no_update
    assert services.jobs.list(5) == []
    services.store.delete_dataset(services.analysis(analysis).dataset_id)
    assert "There is no analysis" in text_of(use_model(services, analysis, "again:")[0])


def test_what_became_of_the_new_analysis_is_told(queue: tuple[Services, str]) -> None:
    services, analysis = queue
    told, job_id = use_model(services, analysis, "prob:lightgbm")
    with pytest.raises(PreventUpdate):
        follow(services, told, job_id)
    services.jobs.cancel(job_id)
    assert "cancelled; nothing has changed" in text_of(follow(services, told, job_id))
    with pytest.raises(PreventUpdate):
        follow(services, None, job_id)
    assert "does not exist" in text_of(follow(services, told, "gone"))


def test_the_chosen_model_changes_its_charts(services: Services, analysis: str) -> None:
    drawn = curves(services, analysis, "recency", "light")
    metrics = performance_metrics()["propensity"]
    assert list(drawn["calibration"].data[1].y) == pytest.approx(
        [one["actual"] for one in metrics["curves"]["recency"]["calibration"]], abs=1e-4
    )
    assert "AUC 0.735" in drawn["roc_note"]
    assert "Contacting the likeliest 20 % of customers reaches" in drawn["gains_note"]
    assert "times as many as by chance (95 %:" in drawn["lift_note"]
    # An unknown model is the serving one.
    assert curves(services, analysis, "gone", "dark")["roc"].data[1].name == "Logistic regression"
    with pytest.raises(PreventUpdate):
        curves(services, analysis, "recency", None)


def test_the_address_chooses_the_model_once(services: Services, analysis: str) -> None:
    first = describe(services, analysis, {"model": "recency"}, None)
    assert first["model"] == "recency"
    assert describe(services, analysis, {"model": "recency"}, first["shown"])["model"] == "logistic"
    assert describe(services, analysis, {"model": "<b>"}, None)["model"] == "logistic"
    assert {option["value"] for option in first["models"]} == set(
        performance_metrics()["propensity"]["curves"]
    )
    assert {"value": "logistic", "label": "Logistic regression (serves)"} in first["models"]


def test_the_other_charts_and_tables(services: Services, analysis: str) -> None:
    drawn = charts(services, analysis, "light")
    assert drawn["backtest"].data[1].name == "Logistic regression"
    assert drawn["residuals"].layout.yaxis.title.text == "Mean spend (€)"
    assert len(drawn["gain_spend"].data[0].x) == 15
    page = describe(services, analysis, None, None)
    assert "At every cutoff the ranking held" in text_of(page["backtest_text"])
    table = text_of(page["backtest_table"])
    assert "2 Oct 2025: 4,000 customers, 880 bought. Models learned at 4 Jul 2025." in table
    assert "−4 % €40,000 predicted, €38,000 came" in table
    assert "would have claimed an AUC of 0.856; on customers it never saw it reaches 0.834" in text_of(
        page["claims"]
    )
    assert "Take Logistic regression: as accurate, and it explains itself." in text_of(page["choice"])


def test_an_older_analysis_says_so_and_can_be_renewed(home: Path, services: Services) -> None:
    old = publish_analysis(home, customers(50)).id
    page = describe(services, old, None, None)
    assert "made by an older Lapwing: analyse again" in text_of(page["headline"])
    assert buttons(page["headline"]) == {"again:": "Analyse again"}
    assert page["hidden"] is True
    assert page["shown"] is None
    with pytest.raises(PreventUpdate):
        charts(services, old, "light")


def test_parts_that_were_not_measured_say_so(home: Path, services: Services) -> None:
    metrics = performance_metrics()
    for key in ("backtest", "importance", "choice", "in_sample", "answers"):
        metrics.pop(key)
    metrics["spend"].pop("residuals")
    bare = publish(home, metrics)
    page = describe(services, bare, None, None)
    assert (page["choice"], page["claims"], page["backtest_table"]) == (None, None, None)
    assert "No backtest was made." in text_of(page["backtest_text"])
    drawn = charts(services, bare, "light")
    assert "not measured" in drawn["gain_prob"].layout.annotations[0].text
    assert "no earlier cutoff" in drawn["backtest"].layout.annotations[0].text


def test_the_card_is_downloaded(home: Path, analysis: str) -> None:
    client = create_app(Settings(home=home, autosample=False)).server.test_client()
    answer = client.get(f"/download/model-card.html?analysis={analysis}")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert 'filename="lapwing-shop-b-x-b-model-card.html"' in answer.headers["Content-Disposition"]
    assert "Model card: Shop &lt;b&gt;x&lt;/b&gt;" in text
    assert "<b>" not in text
    assert "cd" * 32 in text
    assert client.get("/download/model-card.html?analysis=../x").status_code == 404
    old = publish_analysis(home, customers(50)).id
    older = client.get(f"/download/model-card.html?analysis={old}")
    assert older.status_code == 400
    assert "older Lapwing" in older.get_data(as_text=True)
    assert filename("…") == "lapwing-data-model-card.html"


def test_without_an_analysis_nothing_is_described(services: Services) -> None:
    with pytest.raises(PreventUpdate):
        describe(services, "", None, None)
    assert "There is no analysis" in text_of(describe(services, "gone", None, None)["headline"])


def test_metrics_are_read_as_they_were_published(home: Path, analysis: str) -> None:
    made = Store(home).analysis(analysis)
    assert made.manifest["files"]["metrics.json"]["sha256"] == sha256(made.path / "metrics.json")
