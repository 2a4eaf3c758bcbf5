"""How large the segments are, and all of them compared in figures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from dash import no_update

from callbacks.segments_asked import Answer, Asked, own_height
from figures import segments as charts
from figures import words
from pages._ui import explorer_parts as parts


def sizes(asked: Asked) -> Answer:
    """Customers and revenue by segment, and all segments compared."""
    queries, picked = asked.queries, asked.chosen.segments
    # All segments stay in sight: a click can add another one to those that are picked.
    around = asked.around
    compared = queries.compare(around)
    table = comparison(compared, asked.currency, picked, str(asked.options.get("sort") or ""))
    if asked.options.get("only") == "table":
        return dict.fromkeys(("figure", "style", "ring", "ring_box"), no_update) | {"table": table}
    totals = queries.totals(around)
    there = {look.key for look in queries.looks if look.customers}
    totals = totals[totals["key"].isin(there)]
    bars = charts.sizes(totals, asked.currency, asked.theme, narrow=asked.narrow, picked=picked)
    measure = "revenue" if "revenue" in totals else "customers"
    some = int((totals["customers"] > 0).sum()) if len(totals) else 0
    few = 2 <= some <= charts.DONUT_MOST and not (totals[measure] < 0).any()
    ring = charts.donut(totals, measure, asked.currency, asked.theme, picked=picked) if few else no_update
    return {
        "figure": bars,
        "style": own_height(bars),
        "ring": ring,
        "ring_box": not few,
        "table": table,
    }


# Column of the comparison -> its head and how its values read; those that a frame lacks are left out.
COMPARED: Final[tuple[tuple[str, str, str], ...]] = (
    ("customers", "Customers", "count"),
    ("customer_share", "Share", "share"),
    ("revenue", "Revenue", "money"),
    ("revenue_share", "Share of revenue", "share"),
    ("mean_recency_days", "Days since, mean", "number"),
    ("median_recency_days", "Days since, median", "number"),
    ("mean_frequency", "Orders, mean", "number"),
    ("median_frequency", "Orders, median", "number"),
    ("mean_monetary", "Spent, mean", "money"),
    ("median_monetary", "Spent, median", "money"),
    ("mean_mean_order_value", "Order value", "money"),
    ("mean_churn_risk", "Risk of churn", "share"),
    ("mean_clv", "Lifetime value, mean", "money"),
    ("sum_clv", "Lifetime value, sum", "money"),
)


def comparison(frame: Any, currency: str | None, picked: Collection[str] = (), sort: str = "") -> Any:
    """The segments in figures, side by side: all, or those that are `picked`.

    `sort` is "column:asc" or "column:desc"; without it they come best first. Unknown values stay last.
    """
    shown = [item for item in COMPARED if item[0] in frame]
    column, _, direction = sort.partition(":")
    records = [row for row in frame.to_dict("records") if not picked or row["key"] in picked]
    if column in {"name", *(item[0] for item in shown)}:
        known = [row for row in records if not missing(row[column])]
        known.sort(key=lambda row: str(row[column]).casefold() if column == "name" else row[column])
        known = known[::-1] if direction == "desc" else known
        records = [*known, *(row for row in records if missing(row[column]))]
    columns = [column_texts([row[name] for row in records], kind, currency) for name, _, kind in shown]
    rows = [
        (parts.named(row["colour"], row["name"]), *(texts[at] for texts in columns))
        for at, row in enumerate(records)
    ]
    heads = [
        parts.sorter(head, name, direction if name == column else "")
        for name, head in (("name", "Segment"), *(item[:2] for item in shown))
    ]
    orders = ["" if name != column else direction for name in ("name", *(item[0] for item in shown))]
    return parts.text_table("Segments compared", heads, rows, orders=orders)


def missing(value: Any) -> bool:
    """Whether a number of the comparison is not known."""
    return value is None or value != value  # noqa: PLR0124  # not a number


def column_texts(values: Sequence[Any], kind: str, currency: str | None) -> list[str]:
    """The numbers of a column of a table by its kind, one precision for all."""
    known = [None if missing(value) else float(value) for value in values]
    if kind == "money":
        return words.column(known, currency)
    if kind == "number":
        return words.numbers(known)
    return [words.percent(value, 1) if kind == "share" else words.count(value) for value in known]
