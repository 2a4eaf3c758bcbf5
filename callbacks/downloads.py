"""Customers on screen as a file: by the same filter, streamed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from dash import Dash
from flask import Response, request

from callbacks.filters import read_filter
from data.errors import LapwingError, NotFoundError
from data.exports import csv_chunks, write_xlsx
from data.overview.groups import Group
from data.queries import COLUMNS, CustomerFilter
from data.store import Analysis
from figures import words

if TYPE_CHECKING:
    from callbacks.services import Services

# Names of columns, or how to find them where it takes a question.
Heads = Sequence[str] | Callable[[], Sequence[str]]
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def segment_file(services: Services, extension: str) -> Response:
    """Answer GET /download/segment.csv or .xlsx with the customers of the filter in the address.

    Status 404 for an unknown analysis and 400 for a filter that makes no sense, each in words.
    """
    try:
        analysis = services.analysis(request.args.get("analysis"))
        queries, chosen = services.queries(analysis.id), read_filter(request.args)
        return file_answer(
            queries.export(chosen),
            COLUMNS[chosen.window],
            extension,
            f"{Path(analysis.name).stem} {_listed(chosen)}",
            "Segment",
            lambda: queries.summary(chosen).customers,
            _about(analysis, chosen),
        )
    except LapwingError as error:
        return refusal(error)


def _listed(chosen: CustomerFilter) -> str:
    """What a list is of, in the name of its file."""
    return Group.of(chosen.group).short() if chosen.group else f"{chosen.window} window segment"


def _about(analysis: Analysis, chosen: CustomerFilter) -> tuple[tuple[str, str], ...]:
    """What a workbook says of its list: nothing where the list is not of a group."""
    if not chosen.group:
        return ()
    return (
        ("Customers", Group.of(chosen.group).words()),
        ("Data", analysis.name),
        ("Last day", words.day(analysis.manifest["last_date"])),
        ("Filters", ", ".join(_filters(chosen)) or "none"),
    )


def _filters(chosen: CustomerFilter) -> Iterator[str]:
    if chosen.min_propensity > 0:
        yield f"propensity of {words.percent(chosen.min_propensity)} or more"
    if chosen.at_risk:
        yield "at risk only"
    if chosen.search:
        yield f"customer id with “{chosen.search}” in it"


def refusal(error: LapwingError) -> Response:
    """The answer where there is no file: its words, as 404 for what is not there and 400 for what makes no sense."""
    return Response(str(error), 404 if isinstance(error, NotFoundError) else 400, mimetype="text/plain")


def file_answer(
    batches: Iterator[pa.RecordBatch],
    columns: Heads,
    extension: str,
    name: str,
    sheet: str,
    rows: Callable[[], int],
    about: Sequence[tuple[str, str]] = (),
) -> Response:
    """A download of Arrow batches as "csv", streamed, or "xlsx" with one `sheet`.

    `columns` names what heads a file without a row; `rows` counts those to come, as only a workbook must know;
    `about` goes on a sheet of its own there. The first batch is read at once: what is wrong with the question is an InputError here, not half a file.
    """
    first = next(batches, None)
    read = iter(()) if first is None else chain([first], batches)
    answer = _csv(read, columns) if extension == "csv" else _xlsx(read, sheet, rows(), about)
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename(name, extension)}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def filename(name: str, extension: str) -> str:
    """Name of the file: plain letters only, since it goes into a header."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:80].strip("-") or "data"
    return f"lapwing-{plain}.{extension}"


def _csv(batches: Iterator[pa.RecordBatch], columns: Heads) -> Response:
    def chunks() -> Iterator[bytes]:
        empty = True
        for chunk in csv_chunks(batches):
            empty = False
            yield chunk
        if empty:
            names = columns() if callable(columns) else columns
            head = pa.RecordBatch.from_pydict({name: pa.array([], pa.string()) for name in names})
            yield from csv_chunks([head])

    return Response(chunks(), mimetype="text/csv")


def _xlsx(
    batches: Iterator[pa.RecordBatch], sheet: str, rows: int, about: Sequence[tuple[str, str]]
) -> Response:
    with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
        path = Path(folder) / "customers.xlsx"
        write_xlsx(batches, path, sheet, rows, about)
        content = path.read_bytes()
    return Response(content, mimetype=XLSX_TYPE)


def register(app: Dash, services: Services) -> None:
    """Add the download addresses of the segment to `app`'s server."""
    for extension in ("csv", "xlsx"):
        app.server.add_url_rule(
            f"/download/segment.{extension}",
            f"segment_{extension}",
            lambda extension=extension: segment_file(services, extension),
        )
