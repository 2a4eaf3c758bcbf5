"""How the segments were found: main directions, how many there are and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import no_update

from callbacks.segments_asked import Answer, Asked, drawn_words, own_height
from callbacks.segments_map import POINTS, SPACE_POINTS
from figures import segments as charts
from figures import words
from figures.theme import says
from pages._ui import explorer_parts as parts


def clusters(asked: Asked) -> Answer:
    """How the segments were found: main directions, their number, how stable they are."""
    queries, report = asked.queries, asked.queries.segmentation.report
    components = report.get("components")
    known = queries.metrics
    texts = cluster_words(report)
    choice = report.get("choice")
    answer: Answer = {
        "text": parts.sentences(texts),
        "elbow": charts.choice(
            choice["rows"], choice.get("recommended"), choice.get("chosen"), asked.theme, narrow=asked.narrow
        )
        if choice
        else no_update,
        "elbow_box": not choice,
        "stable_box": not report.get("stability"),
        "stable": charts.stability(report, queries.looks, asked.theme, narrow=asked.narrow)
        if report.get("stability")
        else no_update,
    }
    answer["elbow_style"] = own_height(answer["elbow"]) if choice else {}
    answer["stable_style"] = own_height(answer["stable"]) if report.get("stability") else {}
    if not components or not {"pc1", "pc2"} <= set(known):
        blank = says("There are no main directions for these segments.", asked.theme)
        return answer | {
            "figure": blank, "note": "", "space": no_update, "loadings": no_update, "loadings_style": {},
            "pca_box": True,
        }  # fmt: skip
    points = queries.points(asked.chosen, "pc1", "pc2", limit=POINTS)
    region = asked.chosen.region
    drawn = region.points if region and (region.x, region.y) == ("pc1", "pc2") else None
    loadings = charts.loadings(components, asked.theme, narrow=True)
    three = "pc3" in known
    space = (
        charts.space(
            queries.points(asked.chosen, "pc1", "pc2", "pc3", limit=SPACE_POINTS),
            queries.looks,
            [known[key] for key in ("pc1", "pc2", "pc3")],
            asked.theme,
            currency=asked.currency,
            components=components,
            narrow=asked.narrow,
            revision=queries.segmentation.id,
            # The map's is the first.
            scene_name="scene2",
        )
        if three
        else says("There are only two directions.", asked.theme)
    )
    return answer | {
        "figure": charts.plane(
            points,
            queries.looks,
            components,
            asked.theme,
            currency=asked.currency,
            narrow=asked.narrow,
            revision=asked.revision,
            arrows=True,
            region=drawn,
        ),
        "note": explained_words(components)
        + " "
        + drawn_words(len(points), queries.count(asked.chosen))
        + " Draw around points to select their customers.",
        "space": space,
        "loadings": loadings,
        "loadings_style": own_height(loadings),
        "pca_box": False,
    }


def explained_words(components: Mapping[str, Any]) -> str:
    """How much of the differences two and three directions tell."""
    shares = [float(share) for share in components.get("explained") or ()]
    if not shares:
        return ""
    text = f"Two directions tell {words.percent(sum(shares[:2]))} of how customers differ"
    return text + (f", three {words.percent(sum(shares[:3]))}." if len(shares) > 2 else ".")


def cluster_words(report: Mapping[str, Any]) -> list[str]:
    """How the segments were made and how far they can be trusted, in sentences."""
    texts = []
    features = [str(item["label"]) for item in report.get("features") or ()]
    if report.get("method") == "rules":
        texts.append(
            "These segments follow rules, so there is no number of clusters to choose: the RFM map has the "
            "cut points and definitions."
        )
    elif features:
        texts.append(f"{report.get('method_label')} by {', '.join(features)}.")
    texts += [str(text) for text in (report.get("choice") or {}).get("sentences") or ()]
    quality = report.get("quality") or {}
    if quality.get("silhouette") is not None and not report.get("choice"):
        texts.append(
            f"Silhouette {words.marks(format(quality['silhouette'], '.2f'))}: 1 would be clearly apart, 0 is no better than touching."
        )
    stability = report.get("stability") or {}
    if stability.get("sentence"):
        texts.append(str(stability["sentence"]))
    return texts
