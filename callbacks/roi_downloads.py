"""What can be taken away from the ROI page: lists, the calculation, the summary, and planned campaigns."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from dash import Dash
from flask import Response, request

from callbacks.downloads import XLSX_TYPE, file_answer, filename, refusal
from callbacks.roi_calculation import calculation_of
from callbacks.roi_exact import Asked
from callbacks.roi_sheet import sheet_of
from data.campaign.plans import batches_of, list_csv
from data.campaign.workbook import write_calculation
from data.errors import LapwingError, StoreError
from figures.roi_sheet import summary_page
from models.campaign.by_segment import DECIMALS
from models.campaign.params import CampaignParams

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Campaign

LIST_NAME: Final = "audience.csv"
# What a campaign's manifest says about the workspace, not about the campaign.
_INNER: Final = ("schema", "files")


def contacts(services: Services, extension: str) -> Response:
    """Answer GET /roi/contacts.csv or .xlsx with the customers contacted, best first.

    Status 404 for an analysis or audience that is not there, 400 for what makes no sense, each in words; the same
    for every address of this module.
    """

    def answer() -> Response:
        asked = Asked.of(services, request.args)
        rows = asked.answer.contacted
        return file_answer(
            asked.book.rows(asked.text, asked.params),
            (),
            extension,
            f"{_stem(asked)} contacts {asked.chosen.label} {rows}",
            "Contacts",
            lambda: rows,
        )

    return in_words(answer)


def calculation(services: Services) -> Response:
    """Answer GET /roi/calculation.xlsx with the workbook whose formulas work."""

    def answer() -> Response:
        asked = Asked.of(services, request.args)
        with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
            path = Path(folder) / "calculation.xlsx"
            write_calculation(calculation_of(asked), path)
            content = path.read_bytes()
        return attached(
            content, XLSX_TYPE, f"{_stem(asked)} calculation {asked.chosen.label} {asked.params.contacted}", "xlsx"
        )  # fmt: skip

    return in_words(answer)


def summary(services: Services) -> Response:
    """Answer GET /roi/summary.html with the page for the meeting."""

    def answer() -> Response:
        asked = Asked.of(services, request.args)
        found = Response(summary_page(sheet_of(asked)), mimetype="text/html")
        name = filename(f"{_stem(asked)} campaign", "html")
        found.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return found

    return in_words(answer)


def segments(services: Services) -> Response:
    """Answer GET /roi/segments.csv with the financials of the campaign for everybody of each segment."""

    def answer() -> Response:
        analysis = services.analysis(request.args.get("analysis"))
        book = services.campaign(analysis.id)
        given = {name: value for name, value in request.args.items() if name != "contacted"}
        params = CampaignParams.from_params(given, book.start)
        frame = book.segments(replace(params, contacted=len(book.customers))).round(DECIMALS)
        batches = pa.Table.from_pandas(frame, preserve_index=False).to_batches()
        name = f"{Path(analysis.name).stem} campaign by segment"
        return file_answer(iter(batches), list(frame.columns), "csv", name, "Segments", lambda: len(frame))

    return in_words(answer)


def campaign_file(services: Services, campaign_id: str, extension: str) -> Response:
    """Answer GET /campaigns/<id>/list.csv, .xlsx or .zip with the customers of a planned campaign and their arms."""

    def answer() -> Response:
        found = services.store.campaign(campaign_id)
        name = f"campaign {found.name}"
        if extension == "zip":
            return attached(campaign_zip(found), "application/zip", name, "zip")
        rows = int(found.manifest["customers"])
        return file_answer(batches_of(found), (), extension, name, "Audience", lambda: rows)

    return in_words(answer)


def campaign_zip(campaign: Campaign) -> bytes:
    """audience.csv and manifest.json, which says what it is and has its SHA-256; the same bytes each time."""
    made = (1980, 1, 1, 0, 0, 0)
    with tempfile.TemporaryFile(prefix="lapwing-") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            digest = hashlib.sha256()
            # The size is not known before: large enough for any.
            with archive.open(_entry(LIST_NAME, made), "w", force_zip64=True) as member:
                for chunk in list_csv(campaign):
                    digest.update(chunk)
                    member.write(chunk)
            if digest.hexdigest() != campaign.manifest["sha256"]:
                raise StoreError(f"The list of the campaign {campaign.name} is not the one that was planned.")
            told = manifest_of(campaign)
            archive.writestr(
                _entry("manifest.json", made), json.dumps(told, indent=2, ensure_ascii=False) + "\n"
            )
        file.seek(0)
        return file.read()


def manifest_of(campaign: Campaign) -> dict[str, Any]:
    """What was planned, when, by what rule, and the SHA-256 of its list."""
    facts = {key: value for key, value in campaign.manifest.items() if key not in _INNER}
    return {**facts, "id": campaign.id, "file": LIST_NAME}


def _entry(name: str, made: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, made)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def attached(content: bytes, kind: str, name: str, extension: str) -> Response:
    """A file to save under `name`."""
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename(name, extension)}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def in_words(answer: Callable[[], Response]) -> Response:
    """The file, or why there is none."""
    try:
        return answer()
    except LapwingError as error:
        return refusal(error)


def _stem(asked: Asked) -> str:
    return Path(asked.facts.name).stem


def register(app: Dash, services: Services) -> None:
    """Add the addresses of these files to `app`'s server."""
    add = app.server.add_url_rule
    for extension in ("csv", "xlsx"):
        add(
            f"/roi/contacts.{extension}",
            f"roi_contacts_{extension}",
            lambda extension=extension: contacts(services, extension),
        )
    add("/roi/calculation.xlsx", "roi_calculation", lambda: calculation(services))
    add("/roi/summary.html", "roi_summary", lambda: summary(services))
    add("/roi/segments.csv", "roi_segments", lambda: segments(services))
    for extension in ("csv", "xlsx", "zip"):
        add(
            f"/campaigns/<campaign_id>/list.{extension}",
            f"campaign_{extension}",
            lambda campaign_id, extension=extension: campaign_file(services, campaign_id, extension),
        )
