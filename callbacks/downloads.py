"""The segment as a file: the customers on screen, by the same filter, streamed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dash import Dash
from flask import Response, request

from callbacks.filters import read_filter
from data.errors import LapwingError, NotFoundError
from data.exports import csv_chunks, write_xlsx
from data.queries import COLUMNS, CustomerFilter, CustomerQueries

if TYPE_CHECKING:
    from callbacks.services import Services

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def segment_file(services: Services, extension: str) -> Response:
    """Answer GET /download/segment.csv or .xlsx with the customers of the filter in the address.

    Status 404 for an unknown analysis and 400 for a filter that makes no sense, each in words.
    """
    try:
        analysis = services.analysis(request.args.get("analysis"))
        queries, chosen = services.queries(analysis.id), read_filter(request.args)
        answer = _csv(queries, chosen) if extension == "csv" else _xlsx(queries, chosen)
    except LapwingError as error:
        return Response(str(error), 404 if isinstance(error, NotFoundError) else 400, mimetype="text/plain")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{filename(analysis.name, chosen, extension)}"'
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def filename(name: str, chosen: CustomerFilter, extension: str) -> str:
    """Name of the file: plain letters only, since it goes into a header."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", Path(name).stem).strip("-").lower()[:60] or "data"
    return f"lapwing-{plain}-{chosen.window}-window-segment.{extension}"


def _csv(queries: CustomerQueries, chosen: CustomerFilter) -> Response:
    def chunks() -> Iterator[bytes]:
        empty = True
        for chunk in csv_chunks(queries.export(chosen)):
            empty = False
            yield chunk
        if empty:
            yield ("\ufeff" + ",".join(COLUMNS[chosen.window]) + "\n").encode()

    return Response(chunks(), mimetype="text/csv")


def _xlsx(queries: CustomerQueries, chosen: CustomerFilter) -> Response:
    with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
        path = Path(folder) / "segment.xlsx"
        write_xlsx(queries.export(chosen), path, "Segment", queries.summary(chosen).customers)
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
