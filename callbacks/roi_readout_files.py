"""The figures of a readout as a file: CSV for a spreadsheet, JSON for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response

from callbacks.downloads import filename, refusal
from data.errors import LapwingError
from data.exports import BOM

if TYPE_CHECKING:
    from callbacks.services import Services

Params = Mapping[str, Any]


def readout_file(services: Services, readout_id: str, extension: str) -> Response:
    """The figures of a readout as CSV or JSON; 404 for one that is not there, in words."""
    try:
        found = services.store.readout(readout_id)
        facts = found.result
    except LapwingError as error:
        return refusal(error)
    if extension == "json":
        answer = Response(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", mimetype="application/json")
    else:
        answer = Response(BOM + csv_of(facts).encode(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{filename(f"result {found.name}", extension)}"'
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def csv_of(facts: Params) -> str:
    """The comparisons as a table, one figure a row: arm, measure, value and its interval."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(("arm", "control", "measure", "value", "low_95", "high_95"))
    control = _inert(facts["read"]["control"])
    for each in facts["read"]["comparisons"]:
        for measure, value, low, high in _figures(each):
            writer.writerow(
                (_inert(each["arm"]), control, measure, *(_cell(number) for number in (value, low, high)))
            )
    return sink.getvalue()


def _figures(each: Params) -> Sequence[tuple[str, Any, Any, Any]]:
    def row(measure: str, effect: Params | None) -> list[tuple[str, Any, Any, Any]]:
        return [(measure, effect["difference"], effect["low"], effect["high"])] if effect else []

    spend, conversion, profit = each["spend"], each["conversion"], each["profit"]
    return [
        ("customers", each["customers"], None, None),
        ("control_customers", each["control_customers"], None, None),
        ("conversion", conversion["treated"], None, None),
        ("control_conversion", conversion["control"], None, None),
        *row("conversion_difference", conversion),
        *row("conversion_difference_cuped", conversion["cuped"]),
        ("spend_per_customer", spend["treated"], None, None),
        ("control_spend_per_customer", spend["control"], None, None),
        *row("spend_difference", spend),
        *row("spend_difference_cuped", spend["cuped"]),
        *(
            line
            for one in spend["winsorised"]
            for line in row(f"spend_difference_winsorised_{100 * one['level']:g}", one)
        ),
        *row("incremental_orders", each["totals"]["incremental_orders"]),
        *row("incremental_spend", each["totals"]["incremental_spend"]),
        *(
            (name, profit[name], None, None)
            for name in ("incremental_margin", "discounts", "contact_cost", "fixed_cost")
        ),
        *row("net_profit", profit["total"]),
        *row("roi", profit["roi"]),
    ]


def _cell(number: Any) -> str:
    return "" if number is None else f"{number:.10g}"


def _inert(text: Any) -> str:
    # A spreadsheet would run a name like any other cell.
    told = str(text)
    return f"'{told}" if told[:1] in tuple("=+-@\t\r") else told
