"""Customers as points on metrics of choice and in space, the grid of scores, cut points and definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dash import no_update

from callbacks.segments_asked import Answer, Asked, drawn_words
from figures import segments as charts
from figures import words
from figures.theme import says
from pages._ui import explorer_parts as parts

POINTS: Final = 5000
SPACE_POINTS: Final = charts.MAX_POINTS


def customer_map(asked: Asked) -> Answer:
    """Customers on two metrics of choice, and by recency, frequency and money in space; cut points, definitions."""
    queries, chosen = asked.queries, asked.chosen
    known = queries.metrics
    x, y = asked.metric("x"), asked.metric("y")
    points = queries.points(chosen, x.key, y.key, limit=POINTS)
    region = chosen.region
    drawn = region.points if region and (region.x, region.y) == (x.key, y.key) else None
    flat = charts.scatter(
        points,
        queries.looks,
        x,
        y,
        asked.theme,
        currency=asked.currency,
        narrow=asked.narrow,
        revision=asked.revision,
        region=drawn,
    )
    sides = [key for key in ("recency_days", "frequency", "monetary") if key in known]
    if len(sides) == 3:
        cloud = queries.points(chosen, sides[0], sides[1], sides[2], limit=SPACE_POINTS)
        space = charts.space(
            cloud,
            queries.looks,
            [known[key] for key in sides],
            asked.theme,
            currency=asked.currency,
            narrow=asked.narrow,
            revision=queries.segmentation.id,
        )
        # Long ids leave room for fewer: what counts is what is drawn.
        there = sum(len(trace["x"]) for trace in space.data if trace["type"] == "scatter3d")
        told = drawn_words(there, queries.count(chosen)) + " A click selects a segment."
    else:
        space = says("These customers have no recency, frequency and money together.", asked.theme)
        told = ""
    report = queries.segmentation.report
    cells = queries.cells(asked.around) if report.get("method") == "rules" else None
    return {
        "grid": charts.grid_map(cells, asked.theme, narrow=asked.narrow, picked=chosen.segments)
        if cells is not None and len(cells)
        else no_update,
        "grid_box": cells is None or not len(cells),
        "figure": flat,
        "note": drawn_words(len(points), queries.count(chosen))
        + " Draw around points to select their customers.",
        "space": space,
        "space_note": told,
        "scores": parts.scores(cut_rows(report.get("scores"), asked.currency), queries.looks),
    }


def cut_rows(scores: Mapping[str, Any] | None, currency: str | None) -> list[tuple[str, list[str]]]:
    """The cut points of each score as ranges, the worst score first."""
    rows = []
    for key, item in (scores or {}).items():
        cuts = [float(cut) for cut in item["cuts"]]
        texts = [words.money(cut, currency) if key == "monetary" else words.number(cut) for cut in cuts]
        ranges = [
            f"up to {texts[0]}",
            # Between equal cut points lies nobody.
            *(
                f"over {texts[at]}, to {texts[at + 1]}" if cuts[at] < cuts[at + 1] else words.MISSING
                for at in range(len(texts) - 1)
            ),
            f"over {texts[-1]}",
        ]
        rows.append((str(item["label"]), ranges[::-1] if key == "recency_days" else ranges))
    return rows
