"""The `lapwing` command: the same work as the pages, without a browser."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import os
import shutil
import sys
import tempfile
import traceback
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from pydantic import ValidationError

import cli_campaign
from cli_tools import (
    File,
    Json,
    Seed,
    beside,
    check_address,
    check_folder,
    check_list,
    existing,
    move_files,
    progress,
    reads_a_file,
    show,
    takes,
    workplace,
    writing,
)
from data import names
from data.errors import InputError, LapwingError, QuestionError, StoreError
from data.store import Dataset, Store, write_json
from jobs.queue import JobQueue
from models.params import LIMITS, AnalysisParams
from models.segmentation.params import KMEANS, METHODS, SCALINGS, SegmentParams
from settings import Settings

# The engine and the learners are imported by the commands that use them: `lapwing serve` and
# `lapwing --help` shall not wait for them.
if TYPE_CHECKING:
    import pandas as pd

    from data.reading import ImportOptions
    from jobs.scoring import SavedModel
    from models.segmentation.segmenter import Segmenter

EXIT_UNEXPECTED, EXIT_UNUSABLE, EXIT_QUESTIONS = 1, 2, 3

app = typer.Typer(
    name="lapwing",
    help="Who buys next, who is slipping away, whom to win back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RESULT_FILES = (
    "ledger.json",
    "rejected.csv",
    "customers.csv",
    "predictions.csv",
    "next_window.csv",
    "importance_spend.csv",
    "importance_prob.csv",
    "segments.csv",
    "roi.csv",
    "metrics.json",
)
SEGMENT_FILES = ("customers.csv", "segments.csv", "segmentation.json", "report.json")

Horizon = Annotated[int, typer.Option(help="Days to predict.")]
Margin = Annotated[float, typer.Option(help="Share of spend left after the cost of the goods, 0 to 1.")]
Models = Annotated[
    str | None,
    typer.Option(
        help=f"Models that compete, by comma, of {', '.join(AnalysisParams.learners)} (default: all)."
    ),
]
Tune = Annotated[
    bool,
    typer.Option("--tune/--no-tune", help="Choose learning rates on a holdout of the training customers."),
]
Cutoff = Annotated[str | None, typer.Option(help="End of the history, YYYY-MM-DD (default: last - horizon).")]


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port (default: LAPWING_PORT or 8050).")] = None,
    host: Annotated[str | None, typer.Option(help="Address (default: LAPWING_HOST or 127.0.0.1).")] = None,
) -> None:
    """Serve the dashboard."""
    chosen = {"LAPWING_PORT": port, "LAPWING_HOST": host}
    os.environ.update({name: str(value) for name, value in chosen.items() if value is not None})
    settings = Settings()
    check_address(settings.host, settings.port)
    sys.stderr.write(f"Lapwing on http://{settings.host}:{settings.port}  (Ctrl+C stops it)\n")
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "app"])  # noqa: S606  # our own interpreter


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="File to write, .csv or .parquet.")],
    customers: Annotated[
        int | None, typer.Option(help="Customers to make (default: 5000; 500 for --table customers).")
    ] = None,
    seed: Seed = 42,
    table: Annotated[
        str, typer.Option(help="transactions (order lines) or customers (one row each).")
    ] = names.TRANSACTIONS,
    truth: Annotated[bool, typer.Option(help="Write the truth it was made from beside it.")] = True,
) -> None:
    """Write the data of a made-up shop, and beside it the truth it was made from."""
    from data.sample import write_table

    if out.is_dir():
        raise InputError(f"{out} is a folder; --out names a file here.")
    with beside(out) as work:
        rows = write_table(table, work / out.name, customers, seed, truth)
        made = sorted(path.name for path in work.iterdir())
        for name in made:
            if (out.parent / name).is_dir():
                raise InputError(f"{out.parent / name} is a folder, where a file goes: choose another --out.")
        for name in made:
            (work / name).replace(out.parent / name)
    others = ", ".join(name for name in made if name != out.name)
    sys.stderr.write(f"{rows:,} rows in {out}{f'; beside it {others}' if others else ''}\n")


class Asked(NamedTuple):
    """What an analysis is asked for."""

    params: AnalysisParams
    cutoff: dt.date | None


def _analysis_settings(
    cutoff: Cutoff = None,
    horizon: Horizon = int(LIMITS["horizon_days"].default),
    margin: Margin = LIMITS["margin"].default,
    models: Models = None,
    tune: Tune = True,
    seed: Seed = int(LIMITS["seed"].default),
) -> Asked:
    """The settings of an analysis, as told on the command line."""
    named = None if models is None else tuple(name.strip() for name in models.split(",") if name.strip())
    learners = AnalysisParams.learners if named is None else named
    params = AnalysisParams(horizon_days=horizon, margin=margin, learners=learners, tune=tune, seed=seed)
    return Asked(params, _day(cutoff))


_takes_settings = takes("asked", _analysis_settings)


@app.command("import")
@reads_a_file
def import_(
    file: File,
    options: ImportOptions,
    append: Annotated[
        str | None, typer.Option(metavar="ID", help="Data set to add the rows to that it does not have yet.")
    ] = None,
    join: Annotated[
        str | None, typer.Option(metavar="ID", help="Data set to join the columns to, by customer id.")
    ] = None,
    mend: Annotated[
        str | None, typer.Option(metavar="ID", help="Data set whose mended quarantine this is.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import a file into the workspace and print its id and ledger."""
    from jobs import importing

    settings = Settings()
    store = Store(settings.home)
    ways = {importing.APPEND: append, importing.JOIN: join, importing.MEND: mend}
    into = [(how, store.dataset(dataset_id)) for how, dataset_id in ways.items() if dataset_id]
    if len(into) > 1:
        raise InputError("A file goes to one place: give one of --append, --join and --mend.")
    with workplace(settings, store) as place, progress() as report:
        dataset_id = importing.import_file(
            place, existing(file), file.name, options, report, into=into[0] if into else None
        )
    dataset = place.store.dataset(dataset_id)
    show(
        {"dataset_id": dataset_id, "kind": dataset.kind, "ledger": dataset.ledger},
        as_json,
        [dataset_id, *_ledger_lines(dataset)],
    )


@app.command()
@_takes_settings
def analyse(
    asked: Asked,
    dataset: Annotated[str | None, typer.Argument(help="Data set id (default: the newest).")] = None,
    as_json: Json = False,
) -> None:
    """Analyse a data set of the workspace and print the analysis' id."""
    from jobs import pipeline

    settings = Settings()
    store = Store(settings.home)
    sets = store.datasets()
    if dataset is None and not sets:
        raise InputError("The workspace holds no data set yet: import one first.")
    chosen = store.dataset(dataset) if dataset else sets[0]
    with workplace(settings, store) as place, progress() as report:
        analysis_id = pipeline.analyse_dataset(place, chosen, asked.params, asked.cutoff, report)
    told = _prediction_lines(store.analysis(analysis_id).metrics)
    show({"dataset_id": chosen.id, "analysis_id": analysis_id}, as_json, [analysis_id, *told])


@app.command()
@_takes_settings
@reads_a_file
def run(
    file: File,
    options: ImportOptions,
    asked: Asked,
    out: Annotated[Path, typer.Option(help="Folder the result files are written to.")],
    as_json: Json = False,
) -> None:
    """Do the whole main job for one file and write its result files to a folder."""
    import pandas as pd

    from data.exports import write_frame_csv
    from jobs import campaign_files, importing, pipeline, segment_files
    from jobs.workplace import part
    from models.campaign.by_segment import DECIMALS as OF_ROI

    file = existing(file)
    check_folder(out, RESULT_FILES, models=True)
    with beside(out) as work, progress() as report:
        settings = Settings(keep_sources=False)
        with workplace(settings, Store(work / "workspace")) as place:
            dataset = place.store.dataset(
                importing.import_file(place, file, file.name, options, part(report, 0.0, 0.25))
            )
            lines = _ledger_lines(dataset)
            result, facts = pipeline.run_models(
                place, dataset, asked.params, asked.cutoff, part(report, 0.25, 0.93)
            )
        divided = segment_files.segments_of_run(result.past, asked.params.seed, part(report, 0.93, 0.97))
        rules = divided.files.get(segment_files.RULES_FILE)
        roi, lacking = campaign_files.roi_of_run(result.score, asked.params, rules)
        report(0.97, "Writing the files")
        ready = work / "out"
        (ready / "models").mkdir(parents=True)
        for name in ("ledger.json", "rejected.csv"):
            shutil.copyfile(dataset.file(name), ready / name)
        for frame in (result.past, result.score):
            frame[list(names.COUNTS)] = frame[list(names.COUNTS)].astype("int64")
        write_frame_csv(pd.concat([result.past, divided.columns], axis=1), ready / "customers.csv")
        write_frame_csv(divided.table, ready / "segments.csv")
        write_frame_csv(roi, ready / "roi.csv", OF_ROI)
        write_frame_csv(result.past[list(names.PREDICTION_COLUMNS)], ready / "predictions.csv")
        write_frame_csv(result.score[list(names.NEXT_WINDOW_COLUMNS)], ready / "next_window.csv")
        write_frame_csv(result.importance_spend, ready / "importance_spend.csv")
        write_frame_csv(result.importance_prob, ready / "importance_prob.csv")
        write_json(ready / "metrics.json", facts | result.metrics)
        for name, content in {**result.files, **divided.files}.items():
            (ready / "models" / name).write_bytes(content)
        _remove_old_models(out / "models", ready / "models")
        written = move_files(ready, out)
        report(1.0, "Done")
    show(
        {"out": str(out), "files": written, "rows": dataset.manifest["rows"], **facts},
        as_json,
        [
            *lines,
            *_prediction_lines(result.metrics),
            *(f"  {text}" for text in (*divided.notes, *lacking)),
            f"{len(written)} files in {out}",
        ],
    )


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="File to write, .csv or .xlsx.")],
    analysis: Annotated[str | None, typer.Argument(help="Analysis id (default: the newest).")] = None,
    window: Annotated[str, typer.Option(help="past or next.")] = "past",
    min_propensity: Annotated[float, typer.Option(help="Smallest probability of a purchase, 0 to 1.")] = 0.0,
    shortfall: Annotated[float | None, typer.Option(help="Shortfall threshold, account currency.")] = None,
    performance: Annotated[str, typer.Option(help="Colours, by comma: under, as_expected, over.")] = ",".join(
        names.PERFORMANCES
    ),
    group: Annotated[str, typer.Option(help="A group of the overview: lost:90, with --window next.")] = "",
) -> None:
    """Write the customers that the propensity page would show under the same filter."""
    from data.accounting import counted
    from data.exports import csv_chunks, write_xlsx
    from data.queries import CustomerFilter, CustomerQueries

    check_list(out)
    if window not in ("past", "next"):
        raise InputError(f"The window is past or next, not {window!r}.")
    params = {
        "window": window,
        "min_propensity": f"{min_propensity}",
        "performances": performance,
        "group": group,
    }
    if shortfall is not None:
        params["shortfall_threshold"] = f"{shortfall}"
    chosen = CustomerFilter.from_params(params)
    settings = Settings()
    store = Store(settings.home)
    found = store.analysis(analysis) if analysis else store.latest_analysis()
    if found is None:
        raise InputError("The workspace holds no analysis yet: run `lapwing analyse` first.")
    queries = CustomerQueries(found, threads=settings.threads, memory_mb=settings.memory_mb)
    rows = queries.summary(chosen).customers
    with writing(out) as partial:
        if out.suffix.lower() == ".xlsx":
            write_xlsx(queries.export(chosen), partial, "Segment", rows)
        else:
            with partial.open("wb") as target:
                target.writelines(csv_chunks(queries.export(chosen)))
    sys.stderr.write(f"{counted(rows, 'customer')} in {out}\n")


@app.command()
@reads_a_file
def predict(
    file: File,
    options: ImportOptions,
    out: Annotated[Path, typer.Option(help="File to write, .csv or .xlsx.")],
    analysis: Annotated[
        str | None, typer.Option(metavar="ID", help="Analysis whose model scores (default: the newest).")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of models instead, as `run` writes it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score the customers of a file with a saved model, as they stand on the file's last date."""
    from data.accounting import counted
    from jobs import scoring
    from jobs.workplace import part

    file = existing(file)
    check_list(out)
    if out.resolve() == file.resolve():
        raise InputError(f"{out} is the file to score itself: choose another --out.")
    if analysis and model:
        raise InputError("One model scores: give --analysis or --model, not both.")
    with beside(out) as work, progress() as report:
        settings = Settings(keep_sources=False)
        saved = scoring.model_of_folder(model) if model else _saved_model(Store(settings.home), analysis)
        with workplace(settings, Store(work / "workspace")) as place:
            dataset = scoring.read_file(place, file, file.name, options, saved, part(report, 0.05, 0.6))
            frame, facts = scoring.score_dataset(place, dataset, saved, part(report, 0.6, 0.95))
        report(0.95, "Writing the file")
        _write_scored(frame, facts["currency"], work / f"partial{out.suffix.lower()}")
        (work / f"partial{out.suffix.lower()}").replace(out)
        report(1.0, "Done")
    for text in (facts["caution"], *facts["warnings"]):
        sys.stderr.write(f"  {text}\n")
    sys.stderr.write(f"{counted(facts['customers'], 'customer')} in {out}\n")
    if as_json:
        show({"out": str(out), **facts}, as_json, [])


class AskedSegments(NamedTuple):
    """How customers shall be divided."""

    params: SegmentParams
    features: tuple[str, ...]
    told: bool


def _segment_settings(
    method: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(METHODS)} (default: {KMEANS}).")
    ] = None,
    k: Annotated[
        int | None, typer.Option(help="Number of segments (default 0: the recommended one).")
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            help="Columns to cluster by, by comma (default: recency, frequency, money where known, else all)."
        ),
    ] = None,
    scaling: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(SCALINGS)} (default: auto).")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random (default: 42).")] = None,
) -> AskedSegments:
    """The settings of a segmentation, as told on the command line."""
    told = {"method": method, "k": k, "scaling": scaling, "seed": seed}
    given = {name: value for name, value in told.items() if value is not None}
    named = tuple(name.strip() for name in (features or "").split(",") if name.strip())
    params = SegmentParams.from_dict({"method": KMEANS, **given})
    return AskedSegments(params, named, bool(given or named))


_takes_segments = takes("asked", _segment_settings)


@app.command()
@_takes_segments
@reads_a_file
def segment(
    file: File,
    options: ImportOptions,
    asked: AskedSegments,
    out: Annotated[Path, typer.Option(help="Folder the result files are written to.")],
    model: Annotated[
        Path | None,
        typer.Option(metavar="SAVED.json", help="Saved segmentation to apply, instead of making one."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Divide the customers of a file, of orders or one row each, into segments."""
    from data.accounting import counted
    from data.exports import write_frame_csv
    from jobs import importing, segment_files
    from jobs.workplace import part

    file = existing(file)
    check_folder(out, SEGMENT_FILES)
    if model and asked.told:
        raise InputError(
            "A saved segmentation is applied as it is: give --model, or how to make one, not both."
        )
    saved = _saved_segmentation(model) if model else None
    with beside(out) as work, progress() as report:
        settings = Settings(keep_sources=False)
        with workplace(settings, Store(work / "workspace")) as place:
            # With a saved segmentation nothing is learned from the file: one customer will do.
            least = 1 if saved else importing.MIN_CUSTOMERS
            reading = part(report, 0.0, 0.6)
            made = importing.import_file(place, file, file.name, options, reading, least_customers=least)
            customers = segment_files.customers_of_file(place, place.store.dataset(made))
        if saved:
            found = segment_files.apply_segments(customers, saved)
        else:
            chosen = segment_files.named_features(customers, asked.features)
            params = replace(asked.params, features=chosen)
            found = segment_files.fit_segments(customers, params, part(report, 0.6, 0.97))
        report(0.97, "Writing the files")
        ready = work / "out"
        ready.mkdir()
        write_frame_csv(found.customers, ready / "customers.csv")
        write_frame_csv(found.table, ready / "segments.csv")
        (ready / "segmentation.json").write_bytes(found.model)
        write_json(ready / "report.json", found.report)
        written = move_files(ready, out)
        report(1.0, "Done")
    segments = [each for each in found.report["segments"] if each["customers"]]
    show(
        {
            "out": str(out),
            "files": written,
            "title": found.title,
            "segments": segments,
            "notes": list(found.notes),
        },
        as_json,
        [
            f"{found.title}: {counted(len(found.customers), 'customer')} of {file.name}",
            *(f"  {each['name']}: {each['customers']:,}. {each['definition']}" for each in segments),
            *(f"  {text}" for text in found.notes),
            f"{len(written)} files in {out}",
        ],
    )


cli_campaign.register(app)


@app.command()
def jobs(
    cancel: Annotated[str | None, typer.Option(help="Cancel the job of this id.")] = None,
    as_json: Json = False,
) -> None:
    """List the jobs of the workspace, or cancel one."""
    settings = Settings()
    queue = JobQueue(Store(settings.home).home, settings.job_workers)
    if cancel:
        queue.cancel(cancel)
    found = queue.list()
    lines = [
        f"{job.id}  {job.state:9}  {job.progress:4.0%}  {job.label}  {job.error or job.text}" for job in found
    ]
    show({"jobs": [asdict(job) for job in found]}, as_json, lines or ["No jobs yet."])


def main() -> None:
    """Run the command line; whatever happens, the user reads one line and gets an exit code."""
    try:
        app()
    except QuestionError as error:
        _print_questions(error)
        raise SystemExit(EXIT_QUESTIONS) from None
    except LapwingError as error:
        raise SystemExit(_fail(str(error))) from None
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"LAPWING_{'_'.join(map(str, wrong['loc']))}".upper()
        raise SystemExit(_fail(f"The setting {name} cannot be used: {wrong['msg']}.")) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise SystemExit(_fail(f"{where}{error.strerror or error}.")) from None
    except Exception:
        raise SystemExit(_fail_unexpectedly()) from None


def _fail(text: str) -> int:
    if "--json" in sys.argv:
        show({"error": text}, True, [])
    sys.stderr.write(f"lapwing: {text}\n")
    return EXIT_UNUSABLE


def _fail_unexpectedly() -> int:
    """Keep the details in a file of their own, so that the line can be sent on without them."""
    with tempfile.NamedTemporaryFile("w", prefix="lapwing-error-", suffix=".log", delete=False) as log:
        traceback.print_exc(file=log)
    sys.stderr.write(f"lapwing: Something went wrong that should not have; the details are in {log.name}.\n")
    return EXIT_UNEXPECTED


def _print_questions(error: QuestionError) -> None:
    if "--json" in sys.argv:
        show({"questions": [asdict(question) for question in error.questions]}, True, [])
        return
    for question in error.questions:
        sys.stderr.write(f"lapwing: {question.text}\n")
        for value, label in question.choices:
            sys.stderr.write(f"    {question.option.replace('{value}', value)}    {label}\n")


def _prediction_lines(metrics: dict[str, Any]) -> list[str]:
    """How good the predictions are, on customers the models had not seen, and what to be careful with."""
    buyers, spend, warnings = metrics["propensity"], metrics["spend"], metrics["warnings"]
    unanswered = [row for row in metrics["answers"] if not row["can"] and row["because"] not in warnings]
    return [
        f"Who buys: {buyers['label']}, AUC {buyers['auc']:.3f} ({buyers['auc_low']:.3f} to {buyers['auc_high']:.3f}), "
        f"Brier score {buyers['brier']:.4f} where the base rate has {buyers['brier_reference']:.4f}",
        f"How much: {spend['label']}, Gini {spend['gini']:.3f} ({spend['gini_low']:.3f} to {spend['gini_high']:.3f})",
        f"  {metrics['backtest']['verdict']['sentence']}",
        *(f"  {text}" for text in warnings),
        *(f"  Cannot answer: {row['question']} {row['because']}" for row in unanswered),
    ]


def _ledger_lines(dataset: Dataset) -> list[str]:
    from data.accounting import counted, spoken

    def amount(text: str) -> str:
        return spoken(decimal.Decimal(text))

    ledger = dataset.ledger
    rows, amounts = ledger["rows"], ledger["amount"]
    has_money = amounts["in"] is not None
    sums = (
        f" (amount {amount(amounts['in'])} = {amount(amounts['kept'])} + {amount(amounts['quarantined'])})"
        if has_money
        else ""
    )
    return [
        f"{counted(rows['in'], 'row')} in = {rows['kept']:,} kept + {rows['quarantined']:,} quarantined{sums}",
        *(
            f"  {item['reason']}: {counted(item['rows'], 'row')}"
            + (f", amount {amount(item['amount'])}" if has_money else "")
            for item in ledger["reasons"]
        ),
        *(f"  {note['text']}" for note in ledger["notes"]),
    ]


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"The cutoff is a date such as 2025-09-30, not {text!r}.") from None


def _saved_model(store: Store, analysis: str | None) -> SavedModel:
    from jobs import scoring

    found = store.analysis(analysis) if analysis else store.latest_analysis()
    if found is None:
        raise InputError("The workspace holds no analysis yet: run `lapwing analyse` first, or give --model.")
    return scoring.model_of_analysis(store, found)


def _saved_segmentation(path: Path) -> Segmenter:
    from models.segmentation.segmenter import Segmenter

    try:
        return Segmenter.from_json(existing(path).read_bytes())
    except StoreError as error:
        raise StoreError(f"{path}: {error}") from None


def _write_scored(frame: pd.DataFrame, currency: str | None, path: Path) -> None:
    import pyarrow as pa

    from data.exports import csv_chunks, write_xlsx
    from pages._ui.scored import export_batches

    table = pa.Table.from_pandas(frame, preserve_index=False)
    batches = export_batches(table.to_batches(max_chunksize=20_000), currency)
    if path.suffix == ".xlsx":
        write_xlsx(batches, path, "Scored customers", len(frame))
    else:
        with path.open("wb") as target:
            target.writelines(csv_chunks(batches))


def _remove_old_models(folder: Path, coming: Path) -> None:
    """Remove the model files of an earlier run in `folder` that no file in `coming` replaces; nothing else."""
    from jobs.segment_files import CLUSTERS_FILE, RULES_FILE

    try:
        listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        names_of_files = {RULES_FILE, CLUSTERS_FILE, *(Path(name).name for name in listed)}
    except (OSError, ValueError, KeyError, TypeError):
        return
    for name in names_of_files - {path.name for path in coming.iterdir()}:
        (folder / name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
