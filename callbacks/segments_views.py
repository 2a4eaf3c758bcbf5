"""The views of the segments page: what is asked of the open one, and its charts and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dash import Dash, Input, Output, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from data.errors import InputError, LapwingError
from data.segments.filter import SegmentFilter, join_values
from data.segments.looks import NEW
from data.segments.metrics import metric_named
from figures import segments as charts
from figures import words
from figures.theme import says
from pages._ui import explorer_parts as parts
from pages._ui import ids
from pages._ui.controls import problem

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.segments.queries import SegmentQueries

POINTS: Final = 5000
SPACE_POINTS: Final = 3000
FLOWS_LISTED: Final = 12
# A chart that brings no height of its own.
HEIGHT: Final = "24rem"
Answer = dict[str, Any]
Drawn = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a view is asked to show: whose segments, which of them, and how it is looked at."""

    queries: SegmentQueries
    chosen: SegmentFilter
    theme: str
    narrow: bool
    options: Mapping[str, Any]

    @classmethod
    def read(cls, services: Services, data: Mapping[str, Any] | None) -> Asked:
        """The question in a view's store; nothing to do where there is none."""
        if not data:
            raise PreventUpdate
        params = data["filter"]
        return cls(
            queries=services.segments(params["segmentation"]),
            chosen=SegmentFilter.from_params(params),
            theme=str(data["theme"]),
            narrow=bool(data.get("narrow")),
            options=data,
        )

    @property
    def currency(self) -> str | None:
        """Code of the account currency."""
        found = self.queries.manifest.get("currency")
        return found if isinstance(found, str) else None

    @property
    def revision(self) -> str:
        """The same while a chart stays the same but for its customers."""
        return " ".join([self.queries.segmentation.id, *(str(self.options.get(key)) for key in ("x", "y"))])


def own_height(figure: Any) -> dict[str, str]:
    """The style of a chart whose figure brings its height."""
    height = figure.layout.height
    return {"height": f"{height:.0f}px" if height else HEIGHT}


def sizes(asked: Asked) -> Answer:
    """Customers and revenue by segment, and all segments compared."""
    totals = asked.queries.totals(asked.chosen)
    compared = asked.queries.compare(asked.chosen)
    bars = charts.sizes(totals, asked.currency, asked.theme, narrow=asked.narrow)
    measure = "revenue" if "revenue" in totals else "customers"
    some = int((totals["customers"] > 0).sum()) if len(totals) else 0
    few = 2 <= some <= charts.DONUT_MOST and not (totals[measure] < 0).any()
    ring = charts.donut(totals, measure, asked.currency, asked.theme) if few else no_update
    return {
        "figure": bars,
        "style": own_height(bars),
        "ring": ring,
        "ring_box": not few,
        "table": comparison(compared, asked.currency),
    }


# Column of the comparison -> its head and how its values read; those that a frame lacks are left out.
COMPARED: Final[tuple[tuple[str, str, str], ...]] = (
    ("customers", "Customers", "count"),
    ("customer_share", "Share", "share"),
    ("revenue", "Revenue", "money"),
    ("revenue_share", "Share of revenue", "share"),
    ("mean_recency_days", "Days since, mean", "number"),
    ("median_recency_days", "median", "number"),
    ("mean_frequency", "Orders, mean", "number"),
    ("median_frequency", "median", "number"),
    ("mean_monetary", "Spent, mean", "money"),
    ("median_monetary", "median", "money"),
    ("mean_mean_order_value", "Order value", "money"),
    ("mean_churn_risk", "Risk of churn", "share"),
    ("mean_clv", "Lifetime value, mean", "money"),
    ("sum_clv", "Lifetime value, sum", "money"),
)


def comparison(frame: Any, currency: str | None) -> Any:
    """Every segment in figures, side by side."""
    shown = [item for item in COMPARED if item[0] in frame]
    rows = [
        (
            parts.named(row["colour"], row["name"]),
            *(value_text(row[column], kind, currency) for column, _, kind in shown),
        )
        for row in frame.to_dict("records")
    ]
    return parts.text_table("Segments compared", ("Segment", *(head for _, head, _ in shown)), rows)


def value_text(value: Any, kind: str, currency: str | None) -> str:
    """A number of a table by its kind."""
    if value is None or value != value:  # noqa: PLR0124  # not a number
        return words.MISSING
    if kind == "money":
        return words.money_short(value, currency)
    if kind == "share":
        return words.percent(value, 1)
    return words.count(value) if kind == "count" else words.number(round(float(value), 1))


def customer_map(asked: Asked) -> Answer:
    """Customers on two metrics of choice, and by recency, frequency and money in space; cut points, definitions."""
    queries, chosen = asked.queries, asked.chosen
    known = queries.metrics
    x, y = metric_named(known, str(asked.options.get("x"))), metric_named(known, str(asked.options.get("y")))
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
        told = _drawn_words(len(cloud), queries.count(chosen)) + " A click selects a segment."
    else:
        space = says("These customers have no recency, frequency and money together.", asked.theme)
        told = ""
    report = queries.segmentation.report
    return {
        "figure": flat,
        "note": _drawn_words(len(points), queries.count(chosen))
        + " Draw around points to select their customers.",
        "space": space,
        "space_note": told,
        "scores": parts.scores(cut_rows(report.get("scores"), asked.currency), queries.looks),
    }


def _drawn_words(drawn: int, total: int) -> str:
    if not total:
        return ""
    if drawn >= total:
        return f"All {words.plural(total, 'customer')} are drawn." if total > 1 else "One customer is drawn."
    return (
        f"{words.count(drawn)} of {words.count(total)} customers are drawn, some of every segment, "
        "so that small ones are seen."
    )


def cut_rows(scores: Mapping[str, Any] | None, currency: str | None) -> list[tuple[str, list[str]]]:
    """The cut points of each score as ranges, the worst score first."""
    rows = []
    for key, item in (scores or {}).items():
        cuts = [float(cut) for cut in item["cuts"]]
        texts = [words.money(cut, currency) if key == "monetary" else words.number(cut) for cut in cuts]
        ranges = [
            f"up to {texts[0]}",
            *(f"over {texts[at]}, to {texts[at + 1]}" for at in range(len(texts) - 1)),
            f"over {texts[-1]}",
        ]
        rows.append((str(item["label"]), ranges[::-1] if key == "recency_days" else ranges))
    return rows


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
        + _drawn_words(len(points), queries.count(asked.chosen))
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
            f"Silhouette {quality['silhouette']:.2f}: 1 would be clearly apart, 0 is no better than touching."
        )
    stability = report.get("stability") or {}
    if stability.get("sentence"):
        texts.append(str(stability["sentence"]))
    return texts


def profiles(asked: Asked) -> Answer:
    """How one metric spreads by segment, and how the segments differ from the average in all of them."""
    queries = asked.queries
    metric = metric_named(queries.metrics, str(asked.options.get("metric")))
    frame = queries.boxes(asked.chosen, metric.key)
    boxes = charts.boxes(frame, metric, asked.currency, asked.theme, narrow=asked.narrow)
    heat = queries.heat(asked.chosen)
    # The segments that were asked for, else the largest ones.
    largest = sorted(queries.looks, key=lambda look: -look.customers)
    keys = asked.chosen.segments or tuple(look.key for look in largest)
    warm = charts.heat(heat, asked.theme, currency=asked.currency, narrow=asked.narrow)
    sampled = bool(getattr(frame, "attrs", {}).get("sampled"))
    return {
        "figure": boxes,
        "style": own_height(boxes),
        "note": "From a fair sample of 100,000 customers." if sampled else "",
        "heat": warm,
        "heat_style": own_height(warm),
        "radar": charts.radar(
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


def movement(asked: Asked) -> Answer:
    """Between which segments customers moved since the earlier date."""
    queries, manifest = asked.queries, asked.queries.manifest
    if not manifest.get("earlier") or not manifest.get("as_of"):
        return {
            "text": parts.sentences(
                ["Movement needs dates: an analysis of transactions knows where each customer was before."]
            ),
            "figure": no_update,
            "style": {},
            "table": None,
            "hidden": True,
        }
    # A flow that is on lists its customers; the chart goes on to show them all.
    frame = queries.flows(_without_flow(asked.chosen))
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


def _without_flow(chosen: SegmentFilter) -> SegmentFilter:
    return chosen.without("flow")


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


# View -> its store, what it shows, its outputs by name, of which the first is its main chart.
Places = dict[str, tuple[str, str]]
VIEWS: Final[dict[str, tuple[str, Callable[[Asked], Answer], Places]]] = {
    "sizes": (
        ids.SEGMENTS_DRAW_SIZES,
        sizes,
        {
            "figure": (ids.SEGMENTS_SIZES, "figure"),
            "style": (ids.SEGMENTS_SIZES, "style"),
            "ring": (ids.SEGMENTS_DONUT, "figure"),
            "ring_box": (ids.SEGMENTS_DONUT_BOX, "hidden"),
            "table": (ids.SEGMENTS_COMPARE, "children"),
        },
    ),
    "map": (
        ids.SEGMENTS_DRAW_MAP,
        customer_map,
        {
            "figure": (ids.SEGMENTS_MAP, "figure"),
            "note": (ids.SEGMENTS_MAP_NOTE, "children"),
            "space": (ids.SEGMENTS_SPACE, "figure"),
            "space_note": (ids.SEGMENTS_SPACE_NOTE, "children"),
            "scores": (ids.SEGMENTS_SCORES, "children"),
        },
    ),
    "clusters": (
        ids.SEGMENTS_DRAW_CLUSTERS,
        clusters,
        {
            "figure": (ids.SEGMENTS_PCA, "figure"),
            "text": (ids.SEGMENTS_CLUSTERS_TEXT, "children"),
            "note": (ids.SEGMENTS_PCA_NOTE, "children"),
            "space": (ids.SEGMENTS_PCA_SPACE, "figure"),
            "loadings": (ids.SEGMENTS_LOADINGS, "figure"),
            "loadings_style": (ids.SEGMENTS_LOADINGS, "style"),
            "pca_box": (ids.SEGMENTS_CLUSTERS_CHARTS, "hidden"),
            "elbow": (ids.SEGMENTS_ELBOW, "figure"),
            "elbow_style": (ids.SEGMENTS_ELBOW, "style"),
            "elbow_box": (ids.SEGMENTS_CLUSTERS_K, "hidden"),
            "stable": (ids.SEGMENTS_STABILITY, "figure"),
            "stable_style": (ids.SEGMENTS_STABILITY, "style"),
            "stable_box": (ids.SEGMENTS_STABILITY_BOX, "hidden"),
        },
    ),
    "profiles": (
        ids.SEGMENTS_DRAW_PROFILES,
        profiles,
        {
            "figure": (ids.SEGMENTS_BOXES, "figure"),
            "style": (ids.SEGMENTS_BOXES, "style"),
            "note": (ids.SEGMENTS_BOXES_NOTE, "children"),
            "heat": (ids.SEGMENTS_HEAT, "figure"),
            "heat_style": (ids.SEGMENTS_HEAT, "style"),
            "radar": (ids.SEGMENTS_RADAR, "figure"),
        },
    ),
    "makeup": (
        ids.SEGMENTS_DRAW_MAKEUP,
        makeup,
        {
            "figure": (ids.SEGMENTS_MAKEUP, "figure"),
            "style": (ids.SEGMENTS_MAKEUP, "style"),
            "note": (ids.SEGMENTS_MAKEUP_NOTE, "children"),
        },
    ),
    "movement": (
        ids.SEGMENTS_DRAW_MOVEMENT,
        movement,
        {
            "figure": (ids.SEGMENTS_FLOWS, "figure"),
            "style": (ids.SEGMENTS_FLOWS, "style"),
            "text": (ids.SEGMENTS_FLOWS_TEXT, "children"),
            "table": (ids.SEGMENTS_FLOWS_TABLE, "children"),
            "hidden": (ids.SEGMENTS_FLOWS_CHARTS, "hidden"),
        },
    ),
}


def without_legend(shown: Answer) -> Answer:
    """On a phone the page has one legend for all charts: in them it would take half the room."""
    for name in ("figure", "space"):
        figure: Any = shown.get(name)
        if hasattr(figure, "update_layout"):
            figure.update_layout(showlegend=False, margin_t=36, overwrite=False)
    return shown


def apart(figure: Any) -> Any:
    """A figure whose scene is called otherwise: plotly makes an id of the name, and the page has two of them."""
    if not hasattr(figure, "to_dict"):
        return figure
    drawn: dict[str, Any] = figure.to_dict()
    if "scene" in drawn["layout"]:
        drawn["layout"]["scene2"] = drawn["layout"].pop("scene")
        drawn["data"] = [trace | {"scene": "scene2"} for trace in drawn["data"]]
    return drawn


def answer(services: Services, view: str, data: Mapping[str, Any] | None) -> Answer:
    """What a view shows, or in words why it cannot."""
    _, work, places = VIEWS[view]
    try:
        asked = Asked.read(services, data)
        shown = work(asked)
        shown = without_legend(shown) if asked.narrow and view in ("map", "clusters") else shown
        return shown | {"space": apart(shown["space"])} if view == "clusters" else shown
    except LapwingError as error:
        text = (
            str(error)
            if isinstance(error, InputError)
            else "This view cannot be shown: the segments are gone."
        )
        theme = str((data or {}).get("theme"))
        told: Answer = dict.fromkeys(places, no_update) | {
            "figure": says("This view cannot be drawn.", theme)
        }
        for name in ("table", "note", "text"):
            if name in places:
                return told | {name: problem(text)}
        return told


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the views to `app`."""
    for view, (store, _, places) in VIEWS.items():

        def draw(data: Any, view: str = view) -> Answer:
            return answer(services, view, data)

        app.callback(
            output={name: Output(*place) for name, place in places.items()},
            inputs={"data": Input(store, "data")},
            prevent_initial_call=True,
        )(draw)
    app.clientside_callback(
        ClientsideFunction("segments", "drawn"),
        *(Input(*places["figure"]) for _, _, places in VIEWS.values()),
        prevent_initial_call=True,
    )
