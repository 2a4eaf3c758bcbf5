"""The filters of the segments page for a segmentation: what each offers, what it says, why one is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from data.segments.filter import SegmentFilter
from figures import words
from pages._ui import explorer_parts as parts
from pages._ui.explorer_words import ANY, CHURN_OPTIONS, CLV_WORDS, NOTHING

if TYPE_CHECKING:
    from data.segments.queries import SegmentQueries

NO_MONEY: Final = "These customers have no amounts, so there is no value to filter by."
NO_CHURN: Final = "Churn risk is known for analyses of transactions only."
NO_CATEGORY: Final = "These customers have no categories."
Params = Mapping[str, Any]


def value_bands(queries: SegmentQueries) -> tuple[str, Sequence[float]] | None:
    """What the filter of value goes by, lifetime value or else money so far, and its cut points."""
    column = queries.file.value_column
    return None if column is None else (column, queries.manifest["bands"][column])


def categories(queries: SegmentQueries) -> list[dict[str, Any]]:
    """The attributes of the customers that are categories, from the manifest."""
    return [item for item in queries.manifest.get("attributes") or () if item["type"] == "category"]


def controls(queries: SegmentQueries, chosen: SegmentFilter) -> dict[str, Any]:
    """The filters with the values of `chosen`; what cannot be answered is closed, with the reason."""
    manifest, found = queries.manifest, categories(queries)
    bands, churn = value_bands(queries), "churn" in queries.filters
    at_risk = queries.count(SegmentFilter(at_risk=True)) if "at_risk" in queries.filters else 0
    return {
        "pick": list(chosen.segments),
        "clv": chosen.clv or ANY,
        "clv_options": clv_options(bands, manifest.get("currency")),
        "clv_closed": bands is None,
        "clv_help": NO_MONEY if bands is None else clv_help(bands[0]),
        "churn": chosen.churn or ANY,
        "churn_options": CHURN_OPTIONS,
        "churn_closed": not churn,
        "churn_help": churn_help(manifest) if churn else NO_CHURN,
        "category": [{"label": item["label"], "value": item["key"]} for item in found]
        or [{"label": "None", "value": NOTHING}],
        "category_value": found[0]["key"] if found else NOTHING,
        "category_closed": not found,
        "category_help": "" if found else NO_CATEGORY,
        "search": chosen.search,
        "extra": {
            "where": {key: list(values) for key, values in chosen.where},
            **{
                name: text
                for name, text in chosen.to_params().items()
                if name in ("region", "flow", "at_risk")
            },
        },
        "at_risk": parts.at_risk_label(at_risk),
        "at_risk_closed": not at_risk,
        "at_risk_tip": at_risk_words(queries),
        "about": parts.about(
            manifest,
            [*(manifest.get("notes") or ()), *(queries.segmentation.report.get("notes") or ())],
            f"/segmentations/{queries.segmentation.id}/segmentation.json",
        ),
    }


def at_risk_words(queries: SegmentQueries) -> str:
    """Who the high-value customers at risk are, in words."""
    if "at_risk" not in queries.filters:
        return "It is not known when these customers bought last, or for how much."
    danger = (
        "are more likely than not to stay away"
        if "churn" in queries.filters
        else "have been away for longer than 6 of 10 others"
    )
    return (
        f"Downloads the customers who bought within a year, {danger}, and are in the quarter who spent "
        "most so far. The filters on this page do not change it."
    )


def clv_options(bands: tuple[str, Sequence[float]] | None, currency: str | None) -> list[dict[str, Any]]:
    """The bands of value with their amounts."""
    if bands is None:
        return [{"label": "Any", "value": ANY}]
    low, high, top = (words.money_short(value, currency) for value in bands[1])
    amounts = {
        "top10": f"{top} and more",
        "top25": f"{high} and more",
        "middle": f"{low} to {high}",
        "bottom25": f"under {low}",
    }
    return [
        {"label": "Any", "value": ANY},
        *({"label": f"{label}: {amounts[key]}", "value": key} for key, label in CLV_WORDS.items()),
    ]


def clv_help(key: str) -> str:
    """What the value is that the bands cut."""
    if key == "clv":
        return "Expected net spend over the next 12 months, discounted."
    return "By what they have spent so far: lifetime value needs an analysis of transactions."


def churn_help(manifest: Params) -> str:
    """What churn risk is the chance of."""
    days = manifest.get("horizon_days")
    return f"Chance of no purchase in the next {days} days." if days else "Chance of no further purchase."
