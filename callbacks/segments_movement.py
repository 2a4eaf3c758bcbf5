"""Between which segments customers moved since the earlier date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from callbacks.segments_asked import Answer, Asked, own_height
from data.segments.filter import join_values
from data.segments.looks import NEW
from figures import segments as charts
from figures import words
from figures.theme import says
from pages._ui import explorer_parts as parts

FLOWS_LISTED: Final = 12


def movement(asked: Asked) -> Answer:
    """Between which segments customers moved since the earlier date."""
    queries, manifest = asked.queries, asked.queries.manifest
    if not manifest.get("earlier") or not manifest.get("as_of"):
        return {
            "text": parts.sentences(
                ["Movement needs dates: an analysis of transactions knows where each customer was before."]
            ),
            "figure": says("Movement needs dates.", asked.theme),
            "style": {},
            "table": None,
            "hidden": True,
        }
    # A flow that is on lists its customers; the chart goes on to show them all.
    frame = queries.flows(asked.chosen.without("flow"))
    figure = charts.flows(
        frame,
        manifest["earlier"],
        manifest["as_of"],
        asked.theme,
        currency=asked.currency,
        order=[look.key for look in queries.looks],
        narrow=asked.narrow,
    )
    rows = flow_rows(frame)
    shown = join_values(asked.chosen.flow or ())
    return {
        "text": parts.sentences(
            [flow_words(rows, frame, manifest, asked.currency)], icon_name="arrow-left-right"
        ),
        "figure": figure,
        "style": own_height(figure),
        "table": parts.flow_table(rows[:FLOWS_LISTED], asked.currency, shown),
        "hidden": False,
    }


def flow_rows(frame: Any) -> list[dict[str, Any]]:
    """Flows between different segments, the largest first."""
    rows: list[dict[str, Any]] = frame.to_dict("records")
    moved = [row for row in rows if row["was_key"] != row["key"] and row["customers"]]
    moved.sort(key=lambda row: -row["customers"])
    return [row | {"param": join_values((row["was_key"], row["key"]))} for row in moved]


def flow_words(
    rows: Sequence[Mapping[str, Any]], frame: Any, manifest: Mapping[str, Any], currency: str | None
) -> str:
    """How many stayed, and the largest movement, in a sentence."""
    total = int(frame["customers"].sum()) if len(frame) else 0
    known = frame[frame["was_key"] != NEW]
    stayed = int(known.loc[known["was_key"] == known["key"], "customers"].sum()) if len(known) else 0
    before = int(known["customers"].sum()) if len(known) else 0
    if not total:
        return "No customer matches these filters."
    text = (
        f"Between {words.day(manifest['earlier'])} and {words.day(manifest['as_of'])} "
        f"{words.percent(stayed / before) if before else words.MISSING} of {words.plural(before, 'customer')} "
        "stayed in their segment."
    )
    moves = [row for row in rows if row["was_key"] != NEW]
    if moves:
        top = moves[0]
        worth = (
            "" if top.get("revenue") is None else f", who spent {words.money_short(top['revenue'], currency)}"
        )
        text += (
            f" The largest movement: {words.plural(top['customers'], 'customer')} from {top['was_name']} "
            f"to {top['name']}{worth}."
        )
    new = total - before
    return text + (f" {words.plural(new, 'customer')} came new." if new else "")
