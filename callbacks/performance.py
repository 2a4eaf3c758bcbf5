"""The performance page: the metrics of an analysis as words, tables and charts, and the choice of who serves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate
from flask import Response, request

from callbacks.answers import clicked
from callbacks.facts import Facts
from callbacks.waiting import show
from data.errors import InputError, LapwingError, NotFoundError
from figures import card, measures, performance, words
from models.params import AnalysisParams
from pages._ui import ids
from pages._ui import performance as view
from pages._ui.controls import problem

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from callbacks.services import Services
    from data.store import Analysis

Metrics = Mapping[str, Any]
CURVES = ("calibration", "roc", "pr", "gains", "lift")
CHARTS = (
    "backtest",
    "bias",
    "residuals",
    "spend_gains",
    "gain_prob",
    "permutation_prob",
    "gain_spend",
    "permutation_spend",
)
FIRST = performance.FIRST


def describe(
    services: Services,
    analysis_id: str | None,
    start: Mapping[str, Any] | None,
    shown: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """All words and tables of the page for an analysis; an older one has its headline and a way to renew it."""  # fmt: skip
    if not analysis_id:
        raise PreventUpdate
    try:
        facts, metrics = Facts.of(services, analysis_id), services.analysis(analysis_id).metrics
    except LapwingError as error:
        return _nothing(problem(str(error)))
    if not measures.is_current(metrics):
        return _nothing(view.older(metrics.get("warnings") or ()))
    chances = metrics["propensity"]
    serving = measures.serving(chances)["name"]
    wished = (start or {}).get("model") if not shown else None
    return {
        "headline": headline(metrics, facts),
        "message": None,
        "hidden": False,
        "link": f"/download/model-card.html?analysis={analysis_id}",
        "link_class": "btn btn-primary",
        "board": board(metrics, measures.PROBABILITY, facts.currency),
        "board_spend": board(metrics, measures.AMOUNT, facts.currency),
        "choice": choice(metrics),
        "models": view.model_options(
            [(row["name"], row["label"], role(row)) for row in chances["leaderboard"]]
        ),
        "model": wished if wished in chances["curves"] else serving,
        "backtest_text": backtest_text(metrics.get("backtest")),
        "backtest_table": backtest_table(metrics.get("backtest"), facts.currency),
        "claims": claims(metrics, facts.currency),
        "card": view.card_view(sections(services, analysis_id)),
        "shown": {"analysis": analysis_id, "serving": serving},
    }


def _nothing(said: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        (
            "message",
            "board",
            "board_spend",
            "choice",
            "backtest_text",
            "backtest_table",
            "claims",
            "card",
            "model",
            "shown",
        )
    )
    return {
        **empty,
        "headline": said,
        "hidden": True,
        "link": "",
        "link_class": "btn btn-primary lw-hidden",
        "models": [],
    }


def role(row: Metrics) -> str:
    """What a row of the leaderboard is beside a candidate."""
    return "serves" if row.get("serving") else "baseline" if row.get("kind") == "baseline" else ""


def headline(metrics: Metrics, facts: Facts) -> list[Component]:
    """What serves and how good it is, what the file can answer, and what to be careful with."""
    chances, amounts, counts = metrics["propensity"], metrics["spend"], metrics["counts"]
    served, spend, base = measures.serving(chances), measures.serving(amounts), counts["base_rate"]
    people = [
        part
        for part, found in (("the probability", chances), ("the spend", amounts))
        if found.get("chosen_by") == "person"
    ]
    title = f"Who will buy: {served['label']}. How much they will spend: {spend['label']}."
    by = (
        f"A person chose the model of {' and that of '.join(people)}."
        if people
        else "Both chosen by the rule below."
    )
    return view.headline(
        title,
        _in_short(metrics, served),
        (
            f"{by} Scored on {words.count(counts['customers'])} customers, each by models that never saw them; cutoff "
            f"{words.day(facts.cutoff)}; window from {facts.dates('past')}, in which {words.count(counts['buyers'])} of them "
            f"bought (base rate {words.percent(base, 1)})."
        ),
        (
            view.Figure(
                "AUC", measures.figure(served["auc"], "auc"), measures.interval(served, "auc"),
                f"A buyer is ranked above one who does not buy {words.percent(served['auc'])} of the time. Chance is 0.5.",
            ),
            view.Figure(
                "Brier score", measures.figure(served["brier"], "brier"), measures.interval(served, "brier"),
                f"{measures.skill(served, base).capitalize()} ({measures.figure(served['brier_reference'], 'brier')}).",
            ),
            view.Figure(
                "Log loss", measures.figure(served["log_loss"], "log_loss"), measures.interval(served, "log_loss"),
                f"{_base_log_loss(chances)}",
            ),
            view.Figure(
                "Gini of spend",
                measures.figure(spend["gini"], "gini"),
                measures.interval(spend, "gini"),
                "Chance is 0, perfect order 1. The tenth of customers with the highest predicted spend brought "
                f"{words.percent(spend['top_decile_share'])} of it all.",
            ),
        ),
        [view.Answer(one["question"], bool(one["can"]), measures.sentence(one["because"])) for one in metrics.get("answers") or ()],
        metrics.get("warnings") or (),
    )  # fmt: skip


def _in_short(metrics: Metrics, served: Metrics) -> str:
    """How good the probabilities are for choosing whom to contact, in plain words; first of all, whether they are."""
    curve = metrics["propensity"]["curves"].get(served["name"]) or {}
    tested = (metrics.get("backtest") or {}).get("verdict") or {}
    warning = ""
    if served["auc_low"] <= 0.5:
        warning = "No better than chance: do not choose customers by these probabilities."
    elif tested.get("signal") is False:
        warning = str(tested["sentence"])
    return " ".join(
        filter(None, (warning, _lift_note(curve.get("lift") or []), _gains_note(curve.get("gains"))))
    )


def _base_log_loss(chances: Metrics) -> str:
    row = next((row for row in chances["leaderboard"] if row["name"] == "base_rate"), None)
    return f"The base rate for everybody has {measures.figure(row['log_loss'], 'log_loss')}." if row else ""


def board(metrics: Metrics, told: measures.Board, currency: str | None) -> list[Component]:
    """A leaderboard as words, with a button for each candidate that does not serve."""
    part = metrics["propensity" if told.which == "prob" else "spend"]
    by_person = part.get("chosen_by") == "person"
    places = measures.PLACES[told.decides]

    def line(row: Metrics) -> view.BoardLine:
        serving, baseline = bool(row.get("serving")), row.get("kind") == "baseline"
        marks = ("Serves", *(("Chosen by a person",) if by_person else ())) if serving else ()
        return view.BoardLine(
            label=row["label"],
            marks=(*marks, *(("Baseline",) if baseline else ())),
            cells=tuple(
                (measures.figure(row.get(key), key, currency), measures.interval(row, key, currency))
                for key, _ in told.columns
            ),
            behind=("–", "")
            if row.get("best")
            else measures.difference(row["behind"], row["behind_low"], row["behind_high"], places),
            verdict=measures.verdict(row, part, told),
            use="" if serving or baseline else f"{told.which}:{row['name']}",
            serving=serving,
        )

    return view.board(
        told.title,
        [head for _, head in told.columns],
        [line(row) for row in part["leaderboard"]],
        measures.chosen(part, told),
        f"{told.which}:" if by_person else "",
    )


def choice(metrics: Metrics) -> Any:
    """The explainable model against the accurate one; nothing where both did not compete."""
    found = metrics.get("choice")
    if not found:
        return None
    rows = {row["name"]: row for row in metrics["propensity"]["leaderboard"]}
    labels = {name: row["label"] for name, row in rows.items()}
    names = (found["simple"], found["complex"])
    lines: list[tuple[str | tuple[str, str], ...]] = [
        (
            measures.MEASURE_WORDS[key],
            *(
                (measures.figure(row.get(key), key), measures.interval(row, key))
                for row in (rows.get(name, {}) for name in names)
            ),
            measures.difference(each["difference"], each["low"], each["high"], measures.PLACES[key]),
        )
        for key in ("log_loss", "brier", "auc")
        if (each := found.get(key))
    ]
    heads = ("Measure", *(labels.get(name, name) for name in names), "Difference")
    return view.panel(
        "Explainable or accurate?",
        measures.choice_words(found, labels),
        view.text_table("The difference between the explainable and the accurate model", heads, lines),
    )


def backtest_text(tested: Metrics | None) -> Any:
    """The verdict of the backtest, and what it lacks."""
    found = (tested or {}).get("verdict") or {}
    missing = (tested or {}).get("missing")
    texts = [text for text in (found.get("sentence"), missing) if text] or ["No backtest was made."]
    return view.verdict(" ".join(texts), good=bool(found.get("signal") and found.get("beats_baselines")))


def backtest_table(tested: Metrics | None, currency: str | None) -> Any:
    """Every model at every cutoff, with intervals and bias of level."""
    origins = (tested or {}).get("origins") or ()
    if not origins:
        return None
    rows: list[tuple[Any, ...]] = []
    groups: list[tuple[str, int]] = []
    for origin in origins:
        lead = (
            f"{words.day(origin['cutoff'])}: {words.count(origin['customers'])} customers, {words.count(origin['buyers'])} "
            f"bought. Models learned at {words.day(origin.get('trained_at'))}."
        )
        groups.append((lead, len(origin["rows"])))
        rows += [
            (
                f"{row['label']}{' (serves)' if row['role'] == 'champion' else ''}",
                (measures.figure(row["auc"], "auc"), measures.interval(row, "auc")),
                (measures.figure(row.get("brier"), "brier"), measures.interval(row, "brier")),
                _level(row.get("predicted_buyers"), origin["buyers"], row.get("buyers_bias"), words.count),
                _level(
                    row.get("predicted_spend"), origin["actual_spend"], row.get("spend_bias"),
                    lambda value: words.money_short(value, currency),
                ),
            )
            for row in origin["rows"]
        ]  # fmt: skip
    heads = ("Model", "AUC", "Brier score", "Level of buyers", "Level of spend")
    return view.panel(
        "Every cutoff in figures", "", view.text_table("Backtest by cutoff and model", heads, rows, groups)
    )


def _level(predicted: float | None, actual: float, bias: float | None, text: Any) -> tuple[str, str]:
    if predicted is None:
        return words.MISSING, ""
    return measures.bias(bias), f"{text(predicted)} predicted, {text(actual)} came"


def claims(metrics: Metrics, currency: str | None) -> Any:
    """What scoring the training rows would have claimed, beside the honest figures."""
    found = metrics.get("in_sample")
    if not found:
        return None
    texts, rows = [], []
    for which, part, words_of in (("prob", "propensity", "Probability"), ("spend", "spend", "Spend")):
        if part not in found:
            continue
        each = found[part]
        labels = {row["name"]: row["label"] for row in metrics[part]["leaderboard"]}
        label = labels.get(each["model"], each["model"])
        texts.append(measures.claims(each, label, which))
        rows += [
            (
                f"{words_of}: {measures.MEASURE_WORDS[key]}",
                measures.figure(each["in_sample"][key], key, currency),
                measures.figure(each["out_of_fold"][key], key, currency),
            )
            for key in each["in_sample"]
        ]
    heads = ("Measure", "On the customers it learned from", "On customers it never saw")
    return view.panel(
        "What scoring the training rows would have claimed",
        f"{' '.join(texts)} Only the second kind of figure is used on this page.",
        view.text_table("In-sample against out-of-fold figures", heads, rows),
    )


def curves(
    services: Services, analysis_id: str | None, model: str | None, theme: str | None
) -> dict[str, Any]:
    """The five charts of one model's probabilities, each with a line of words."""
    if not analysis_id or not theme:
        raise PreventUpdate
    metrics = _metrics(services, analysis_id)
    if metrics is None:
        raise PreventUpdate
    chances, base = metrics["propensity"], metrics["counts"]["base_rate"]
    rows = {row["name"]: row for row in chances["leaderboard"]}
    served = measures.serving(chances)["name"]
    name = model if model and model in chances["curves"] else str(served)
    row, curve, labels = (
        rows[name],
        chances["curves"][name],
        {key: each["label"] for key, each in rows.items()},
    )
    gains, lift, label = curve.get("gains"), curve.get("lift") or [], labels[name]
    return {
        "calibration": performance.calibration_figure(curve.get("calibration") or [], label, theme),
        "roc": performance.roc_figure(chances["curves"], labels, name, served, theme),
        "pr": performance.pr_figure(chances["curves"], labels, name, served, base, theme),
        "gains": performance.gains_figure(gains, label, theme),
        "lift": performance.lift_figure(lift, label, theme),
        "calibration_note": measures.calibration_words(row, base),
        "roc_note": measures.ranking_words(row),
        "pr_note": f"Choosing at random, {words.percent(base, 1)} of those selected would buy, however many are selected.",
        "gains_note": _gains_note(gains),
        "lift_note": _lift_note(lift),
    }


def _gains_note(gains: Metrics | None) -> str:
    if not gains:
        return ""
    return (
        f"Contacting the likeliest {words.percent(FIRST)} of customers reaches {words.percent(measures.reach(gains, FIRST, 'buyers'))} of the "
        f"buyers and {words.percent(measures.reach(gains, FIRST, 'spend'))} of the spend; at random it would be {words.percent(FIRST)}."
    )


def _lift_note(lift: list[dict[str, Any]]) -> str:
    if not lift:
        return ""
    first = lift[0]
    return (
        f"In the likeliest tenth of customers {words.percent(first['rate'], 1)} bought: {words.marks(format(first['lift'], '.1f'))} times as many as by chance "
        + words.prose(f"(95 %: {first['lift_low']:.1f} to {first['lift_high']:.1f}).")
    )


def charts(services: Services, analysis_id: str | None, theme: str | None) -> dict[str, Any]:
    """The charts that do not depend on the chosen model: backtest, spend, importance."""
    if not analysis_id or not theme:
        raise PreventUpdate
    metrics = _metrics(services, analysis_id)
    if metrics is None:
        raise PreventUpdate
    origins = (metrics.get("backtest") or {}).get("origins") or ()
    amounts, important = metrics["spend"], metrics.get("importance") or {}
    served = measures.serving(amounts)
    gains = ((amounts.get("curves") or {}).get(served["name"]) or {}).get("gains")
    currency = Facts.of(services, analysis_id).currency
    found = {
        "backtest": performance.backtest_figure(origins, theme),
        "bias": performance.bias_figure(origins, currency, theme),
        "residuals": performance.residual_figure(amounts.get("residuals") or (), currency, theme),
        "spend_gains": performance.gains_figure(gains, served["label"], theme),
    }
    for which in ("prob", "spend"):
        for kind in ("gain", "permutation"):
            found[f"{kind}_{which}"] = performance.importance_figure(
                important.get(which) or (), kind, important.get(f"{which}_measure", ""), theme
            )
    return found


def _metrics(services: Services, analysis_id: str) -> Metrics | None:
    """The metrics of an analysis that has what the charts show, else None."""
    try:
        metrics = services.analysis(analysis_id).metrics
    except LapwingError:
        return None
    return metrics if measures.is_current(metrics) else None


def use_model(services: Services, analysis_id: str | None, asked: str) -> tuple[Any, Any]:
    """Ask for the same analysis with another model serving: (what is told, the job's id).

    `asked` is "prob:NAME" or "spend:NAME" (no name: the rule decides), or "again:" for the same as it was.
    """
    try:
        analysis = services.analysis(analysis_id)
        params = same_params(analysis)
        which, _, name = asked.partition(":")
        said = "The same analysis again."
        if which in ("prob", "spend"):
            params = replace(params, serve=name) if which == "prob" else replace(params, serve_spend=name)
            said = f"{label_of(analysis, which, name)} will serve." if name else "The rule will decide."
        dataset = services.store.dataset(analysis.dataset_id)
        job = services.jobs.submit(
            "analyse",
            {
                "dataset_id": dataset.id,
                "title": dataset.name,
                "params": params.to_dict(),
                "cutoff": analysis.manifest["cutoff"],
            },
        )
    except LapwingError as error:
        return problem(str(error)), no_update
    return view.started(said, dataset.name), job


def same_params(analysis: Analysis) -> AnalysisParams:
    """The parameters of an analysis; what an older one did not know has its default."""
    given, known = analysis.manifest.get("params") or {}, {each.name for each in fields(AnalysisParams)}
    return AnalysisParams(**{name: value for name, value in given.items() if name in known})


def label_of(analysis: Analysis, which: str, name: str) -> str:
    """The words of a model of the leaderboard; InputError where it is not there."""
    rows = analysis.metrics["propensity" if which == "prob" else "spend"]["leaderboard"]
    found = next((row for row in rows if row["name"] == name), None)
    if found is None:
        raise InputError("This model is not on the leaderboard of this analysis.")
    return str(found["label"])


def follow(services: Services, told: Any, started: str | None) -> Any:
    """What is told once the analysis that was asked for has come to nothing."""
    if not told or not started:
        raise PreventUpdate
    try:
        job = services.jobs.get(started)
    except LapwingError as error:
        return problem(str(error))
    if job.state == "failed":
        return problem(f"The new analysis failed: {job.error or 'no reason is known.'}")
    if job.state == "cancelled":
        return view.note("The new analysis was cancelled; nothing has changed.")
    raise PreventUpdate


def sections(services: Services, analysis_id: str) -> tuple[card.Section, ...]:
    """The model card of an analysis."""
    analysis, facts = services.analysis(analysis_id), Facts.of(services, analysis_id)
    try:
        ledger: Metrics | None = services.store.dataset(analysis.dataset_id).ledger
    except LapwingError:
        # The analysis outlives its data set.
        ledger = None
    told = card.CardFacts(
        name=analysis.name,
        analysis_id=analysis.id,
        made=f"{words.day(analysis.created_at)} {analysis.created_at[11:16]} UTC",
        cutoff=words.day(facts.cutoff),
        past_window=facts.dates("past"),
        next_window=facts.dates("next"),
        horizon_days=facts.horizon_days,
        currency=facts.currency,
    )
    return card.card(analysis.metrics, told, ledger)


def card_file(services: Services) -> Response:
    """Answer GET /download/model-card.html with the card of the analysis in the address; 404 where there is none."""
    try:
        analysis = services.analysis(request.args.get("analysis"))
        if not measures.is_current(analysis.metrics):
            raise InputError(
                "This analysis was made by an older Lapwing and has no model card: analyse again."
            )
        found = sections(services, analysis.id)
    except LapwingError as error:
        return Response(str(error), 404 if isinstance(error, NotFoundError) else 400, mimetype="text/plain")
    lead = f"{analysis.name}; cutoff {words.day(analysis.manifest['cutoff'])}; made by Lapwing, {words.day(analysis.created_at)}"
    answer = Response(card.to_html(found, f"Model card: {analysis.name}", lead), mimetype="text/html")
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename(analysis.name)}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def filename(name: str) -> str:
    """Name of the card's file: plain letters only, since it goes into a header."""
    plain = (
        re.sub(r"[^A-Za-z0-9]+", "-", re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name)).strip("-").lower()[:60]
        or "data"
    )
    return f"lapwing-{plain}-model-card.html"


def register(app: Dash, services: Services) -> None:
    """Add the callbacks and the download address of the performance page to `app`."""
    app.callback(
        Output(ids.PERFORMANCE_EMPTY, "children"),
        Output(ids.PERFORMANCE_BODY, "hidden"),
        Input(ids.SHELL_DATASET, "value"),
        Input(ids.SHELL_JOBS_STATE, "data"),
        State(ids.PERFORMANCE_BODY, "hidden"),
    )(partial(show, page="/performance"))
    _register_words(app, services)
    _register_charts(app, services)
    _register_jobs(app, services)
    _register_scripts(app)
    app.server.add_url_rule("/download/model-card.html", "model_card", lambda: card_file(services))


def _register_words(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "headline": Output(ids.PERFORMANCE_HEADLINE, "children"),
            "message": Output(ids.PERFORMANCE_MESSAGE, "children"),
            "hidden": Output(ids.PERFORMANCE_PARTS, "hidden"),
            "link": Output(ids.PERFORMANCE_CARD_LINK, "href"),
            "link_class": Output(ids.PERFORMANCE_CARD_LINK, "className"),
            "board": Output(ids.PERFORMANCE_BOARD, "children"),
            "board_spend": Output(ids.PERFORMANCE_BOARD_SPEND, "children"),
            "choice": Output(ids.PERFORMANCE_CHOICE, "children"),
            "models": Output(ids.PERFORMANCE_MODEL, "options"),
            "model": Output(ids.PERFORMANCE_MODEL, "value"),
            "backtest_text": Output(ids.PERFORMANCE_BACKTEST_TEXT, "children"),
            "backtest_table": Output(ids.PERFORMANCE_BACKTEST_TABLE, "children"),
            "claims": Output(ids.PERFORMANCE_CLAIMS, "children"),
            "card": Output(ids.PERFORMANCE_CARD, "children"),
            "shown": Output(ids.PERFORMANCE_SHOWN, "data"),
        },
        inputs={"analysis_id": Input(ids.SHELL_DATASET, "value")},
        state={"start": State(ids.PERFORMANCE_START, "data"), "shown": State(ids.PERFORMANCE_SHOWN, "data")},
    )
    def _describe(analysis_id: Any, start: Any, shown: Any) -> dict[str, Any]:
        return describe(services, analysis_id, start, shown)


def _register_charts(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            **{name: Output(f"performance-{name}", "figure") for name in CURVES},
            **{f"{name}_note": Output(f"performance-{name}-note", "children") for name in CURVES},
        },
        inputs={
            "model": Input(ids.PERFORMANCE_MODEL, "value"),
            "theme": Input(ids.SHELL_THEME_VALUE, "data"),
        },
        state={"shown": State(ids.PERFORMANCE_SHOWN, "data")},
    )
    def _curves(model: Any, theme: Any, shown: Any) -> dict[str, Any]:
        return curves(services, (shown or {}).get("analysis"), model, theme)

    @app.callback(
        output={name: Output(f"performance-{name.replace('_', '-')}", "figure") for name in CHARTS},
        inputs={"shown": Input(ids.PERFORMANCE_SHOWN, "data"), "theme": Input(ids.SHELL_THEME_VALUE, "data")},
    )
    def _charts(shown: Any, theme: Any) -> dict[str, Any]:
        return charts(services, (shown or {}).get("analysis"), theme)


def _register_jobs(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.PERFORMANCE_MESSAGE, "children", allow_duplicate=True),
        Output(ids.SHELL_JOB_STARTED, "data", allow_duplicate=True),
        Input({"type": view.USE, "id": ALL}, "n_clicks"),
        State(ids.SHELL_DATASET, "value"),
        prevent_initial_call=True,
    )
    def _use(_clicks: Any, analysis_id: Any) -> tuple[Any, Any]:
        return use_model(services, analysis_id, clicked()[1])

    @app.callback(
        Output(ids.PERFORMANCE_MESSAGE, "children", allow_duplicate=True),
        Input(ids.SHELL_JOBS_STATE, "data"),
        State(ids.PERFORMANCE_MESSAGE, "children"),
        State(ids.SHELL_JOB_STARTED, "data"),
        prevent_initial_call=True,
    )
    def _follow(_jobs: Any, told: Any, started: Any) -> Any:
        return follow(services, told, started)


def _register_scripts(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("performance", "address"),
        Input(ids.PERFORMANCE_MODEL, "value"),
        Input(ids.PERFORMANCE_SHOWN, "data"),
    )
