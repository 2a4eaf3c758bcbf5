"""How the segments differ: the spread of a metric, means against the average, and what they are made up of."""

from __future__ import annotations

from typing import Final

from callbacks.segments_asked import HEIGHT, Answer, Asked, own_height
from figures import segments as charts
from figures.theme import says

ALIKE: Final = "These customers have no numbers in which they differ."


def profiles(asked: Asked) -> Answer:
    """How one metric spreads by segment, and how the segments differ from the average in all of them."""
    queries = asked.queries
    metric = asked.metric("metric")
    frame = queries.boxes(asked.chosen, metric.key)
    boxes = charts.boxes(frame, metric, asked.currency, asked.theme, narrow=asked.narrow)
    heat = queries.heat(asked.chosen)
    # The segments that were asked for, else the largest ones.
    largest = sorted(queries.looks, key=lambda look: -look.customers)
    keys = asked.chosen.segments or tuple(look.key for look in largest)
    # Without numbers, or where all have the same ones, nobody is above or below an average.
    alike = len(frame) > 0 and not len(heat)
    warm = (
        says(ALIKE, asked.theme)
        if alike
        else charts.heat(heat, asked.theme, currency=asked.currency, narrow=asked.narrow)
    )
    sampled = bool(getattr(frame, "attrs", {}).get("sampled"))
    return {
        "figure": boxes,
        "style": own_height(boxes),
        "note": "From a fair sample of 100,000 customers." if sampled else "",
        "heat": warm,
        "heat_style": own_height(warm),
        "radar": says(ALIKE, asked.theme)
        if alike
        else charts.radar(
            heat, keys[: charts.RADAR_MOST], asked.theme, currency=asked.currency, narrow=asked.narrow
        ),
    }  # fmt: skip


def makeup(asked: Asked) -> Answer:
    """How each segment is made up of the values of a category."""
    by = str(asked.options.get("by") or "")
    if not by:
        return {
            "figure": says("These customers have no categories.", asked.theme),
            "style": {"height": HEIGHT},
            "note": "",
        }
    figure = charts.makeup(asked.queries.makeup(asked.chosen, by), asked.theme, narrow=asked.narrow)
    return {
        "figure": figure,
        "style": own_height(figure),
        "note": "The commonest values one by one, the rest together. A click on a bar selects its segment.",
    }
