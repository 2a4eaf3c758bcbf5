"""What charts draw of segmented customers, as small frames: one row a segment, or a sample of customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from data import names
from data.errors import InputError
from data.segments.filter import MISSING_WORDS, SegmentFilter
from data.segments.grouping import Grouping, frame_of
from data.segments.looks import GREY, NEW, NEW_NAME
from data.segments.metrics import METRICS, PROFILE, metric_named
from data.segments.relation import fitting, lead, relation

POINTS: Final = 5000
OTHER: Final = "Other"
_RFM: Final = ("recency_days", "frequency", "monetary")
_MEANS: Final = (*_RFM, "mean_order_value", names.CHURN_RISK, names.CLV)


class SegmentViews(Grouping):
    """Frames by segment, with the key, name and colour that people see, in the order of the looks.

    A column that these customers do not have is left out of the frames; a figure that nobody of a segment
    has is None. Where quantiles come of a sample, `frame.attrs["sampled"]` is True.
    """

    def totals(self, chosen: SegmentFilter) -> pd.DataFrame:
        """Customers and revenue of each segment, zeros included, and their shares of the filter's.

        Columns: key, name, colour, customers, customer_share and, where money is known, revenue and
        revenue_share (None where there is no revenue at all). Segments that the filter leaves out have no row.
        """
        return self._totals(chosen, self._sums(chosen))

    def _sums(self, chosen: SegmentFilter) -> dict[str, dict[str, Any]]:
        """`customers`, and `sum_` and `count_` of what most answers are made of: one question for them all."""
        known = [key for key in _MEANS if key in self.file.columns]
        sums = {f"sum_{key}": f"sum({key})" for key in known}
        return self._by_segment(chosen, sums | {f"count_{key}": f"count({key})" for key in known})

    def _totals(self, chosen: SegmentFilter, found: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
        sums = "monetary" in self.file.columns
        kept = fitting(self.file, self.looks, chosen).segments
        rows = [self._named(look) for look in self.looks if not kept or look.key in kept]
        everyone = sum(row["customers"] for row in found.values())
        revenue = sum(row.get("sum_monetary") or 0.0 for row in found.values())
        for row in rows:
            mine = found.get(row["key"], {})
            row["customers"] = int(mine.get("customers", 0))
            row["customer_share"] = row["customers"] / everyone if everyone else 0.0
            if sums:
                row["revenue"] = float(mine.get("sum_monetary") or 0.0)
                row["revenue_share"] = row["revenue"] / revenue if revenue > 0 else None
        columns = ["key", "name", "colour", "customers", "customer_share"]
        return frame_of(rows, [*columns, *(["revenue", "revenue_share"] if sums else [])])

    def compare(self, chosen: SegmentFilter) -> pd.DataFrame:
        """The segments side by side: `totals` without the empty ones, and means and medians.

        `mean_` and `median_` of recency_days, frequency and monetary, `mean_` of mean_order_value, churn_risk
        and clv, and `sum_clv`, as far as known. Medians of more than `SAMPLE` customers are a sample's.
        """
        known = [key for key in _MEANS if key in self.file.columns]
        medians = {f"median_{key}": f"median({key})" for key in _RFM if key in known}
        means = self._sums(chosen)
        for row in means.values():
            row |= {
                f"mean_{key}": row[f"sum_{key}"] / (row[f"count_{key}"] or 1)
                for key in known
                if row[f"sum_{key}"] is not None
            }
        totals = self._totals(chosen, means)
        middles, sampled = self._sampled(chosen, medians)
        order = [
            name
            for key in known
            for name in (f"mean_{key}", f"median_{key}")
            if name in medians or name.startswith("mean_")
        ]
        order += ["sum_clv"] if names.CLV in known else []
        rows = [
            row | {name: {**means[row["key"]], **middles.get(row["key"], {})}.get(name) for name in order}
            for row in totals.to_dict(orient="records")
            if row["customers"]
        ]
        frame = frame_of(rows, [*totals.columns, *order])
        frame.attrs["sampled"] = sampled
        return frame

    def points(
        self, chosen: SegmentFilter, x: str, y: str, z: str | None = None, limit: int = POINTS
    ) -> pd.DataFrame:
        """A sample of about `limit` customers, stratified by segment, the same at each call.

        Everybody where there are no more. Columns: customer_id, key, name, colour, `x`, `y` (and `z`) in
        plotted coordinates of these metrics, and recency_days, frequency and monetary as far as known.
        Customers without one of the coordinates are left out. InputError for a metric that is not known.
        """
        axes = dict(zip("xyz", (x, y, z) if z else (x, y), strict=False))
        plotted = {axis: metric_named(self.metrics, key).plotted for axis, key in axes.items()}
        there = self._known(axes.values())
        shown = [key for key in _RFM if key in self.file.columns]
        bound = self._bound(self._sizes(chosen, there), limit)
        columns = [f"{column} AS {axis}" for axis, column in plotted.items()]
        source, params = relation(self.file, self.looks, chosen, (*there, *bound))
        text = (
            f"SELECT {', '.join([names.CUSTOMER_ID, f'{self._lead} AS lead', *columns, *shown])}"
            f" FROM {source} ORDER BY shuffle, place"
        )
        frame = self.file.reader.frame(text, params)
        looks = [self._look_of[code] for code in frame.pop("lead").tolist()]
        for place, part in enumerate(("key", "name", "colour"), start=1):
            frame.insert(place, part, [getattr(look, part) for look in looks])
        frame.attrs["sampled"] = bool(bound)
        return frame

    def boxes(self, chosen: SegmentFilter, metric: str) -> pd.DataFrame:
        """How a metric spreads in each segment that has values: key, name, colour, customers with a value,
        low (5 %), q1, median, q3, high (95 %) and mean, as they are.

        Quantiles of more than `SAMPLE` customers are those of a sample, stratified by segment. InputError
        for a metric that is not known.
        """
        key = metric_named(self.metrics, metric).key
        there = self._known([key])
        means = self._by_segment(chosen, {"mean": f"avg({key})"}, there)
        cuts = f"quantile_cont({key}, [0.05, 0.25, 0.5, 0.75, 0.95])"
        spread, sampled = self._sampled(chosen, {"cuts": cuts}, there)
        parts = ("low", "q1", "median", "q3", "high")
        rows = [
            self._named(look)
            | {"customers": int(means[look.key]["customers"])}
            | dict(zip(parts, map(float, spread[look.key]["cuts"]), strict=True))
            | {"mean": float(means[look.key]["mean"])}
            for look in self.looks
            if look.key in spread
        ]
        frame = frame_of(rows, ["key", "name", "colour", "customers", *parts, "mean"])
        frame.attrs["sampled"] = sampled
        return frame

    def heat(self, chosen: SegmentFilter) -> pd.DataFrame:
        """The profile of each segment of the filter against all customers of the segmentation.

        A row for each segment and metric: key, name, colour, metric, label, unit, mean, average (of all
        customers) and z: (mean - average) / standard deviation of all. Metrics that do not vary are left out.
        """
        spread = {
            key: facts
            for key, facts in self.file.spread().items()
            if (key in PROFILE or key not in METRICS) and facts[1] > 0
        }
        means = self._by_segment(chosen, {key: f"avg({key})" for key in spread})
        rows = [
            self._named(look)
            | {"metric": key, "label": self.metrics[key].label, "unit": self.metrics[key].unit}
            | {"mean": float(mean), "average": average, "z": (float(mean) - average) / sd}
            for look in self.looks
            for key, (average, sd) in spread.items()
            if (mean := means.get(look.key, {}).get(key)) is not None
        ]
        columns = ["key", "name", "colour", "metric", "label", "unit", "mean", "average", "z"]
        return frame_of(rows, columns)

    def makeup(self, chosen: SegmentFilter, attribute: str, top: int = 12) -> pd.DataFrame:
        """How each segment is made up of the values of an attribute: the `top` commonest of the filter one by
        one, the rest as "Other", customers where it is not known as "Not known".

        Columns: key, name, colour, value, customers and share (of the segment's customers), the commonest
        value first. InputError for an attribute that there is not.
        """
        self._check_attribute(attribute)
        rows = self._counts(chosen, {"value": f"CAST({attribute} AS VARCHAR)"})
        found = pd.DataFrame(rows, columns=["lead", "value", "customers"])
        common = found.dropna().groupby("value")["customers"].sum().reset_index()
        kept = common.sort_values(["customers", "value"], ascending=[False, True])["value"].head(top)
        known = found["value"].notna()
        found["value"] = found["value"].where(found["value"].isin(kept), OTHER).where(known, MISSING_WORDS)
        found = found.groupby(["lead", "value"])["customers"].sum().reset_index()
        found["share"] = found["customers"] / found.groupby("lead")["customers"].transform("sum")
        order = {value: place for place, value in enumerate([*kept, OTHER, MISSING_WORDS])}
        return self._ordered(found, ["value", "customers", "share"], by="value", order=order)

    def cells(self, chosen: SegmentFilter) -> pd.DataFrame:
        """Customers by segment on the grid of scores: r, fm, key, name, colour, customers.

        fm is the mean of the scores of frequency and money rounded half up, or the one that is known. Empty
        where these customers have no scores.
        """
        columns = ["r", "fm", "customers"]
        values = [key for key in ("f", "m") if key in self.file.columns]
        if "r" not in self.file.columns or not values:
            return frame_of([], ["key", "name", "colour", *columns])
        fm = "CAST(floor((f + m + 1) / 2) AS TINYINT)" if len(values) == 2 else values[0]
        found = pd.DataFrame(self._counts(chosen, {"r": "r", "fm": fm}), columns=["lead", *columns])
        return self._ordered(found.dropna().astype({"r": int, "fm": int}), columns, by="r")

    def flows(self, chosen: SegmentFilter) -> pd.DataFrame:
        """Where the customers of the filter were at the earlier date and are now.

        Columns: was_key, was_name, was_colour (`NEW`: not yet a customer), key, name, colour, customers and,
        where money is known, revenue. Empty where there is no earlier date.
        """
        sums = ["revenue"] if "monetary" in self.file.columns else []
        columns = ["was_key", "was_name", "was_colour", "customers", *sums]
        if "was" not in self.file.columns:
            return frame_of([], [*columns[:3], "key", "name", "colour", *columns[3:]])
        extra = ["sum(monetary)"] if sums else []
        rows = self._counts(chosen, {"before": lead(self.looks, "was")}, extra)
        found = pd.DataFrame(rows, columns=["lead", "before", "customers", *sums])
        looks = [self._look_of.get(code) for code in found["before"].fillna(-32768).astype(int)]
        found["was_key"] = [look.key if look else NEW for look in looks]
        found["was_name"] = [look.name if look else NEW_NAME for look in looks]
        found["was_colour"] = [look.colour if look else GREY for look in looks]
        order = {key: place for place, key in enumerate([*(look.key for look in self.looks), NEW])}
        frame = self._ordered(found, columns, by="was_key", order=order)
        return frame[[*columns[:3], "key", "name", "colour", *columns[3:]]]

    def _check_attribute(self, attribute: str) -> None:
        if attribute not in {item["key"] for item in self.file.attributes}:
            raise InputError(f"These customers have no attribute {str(attribute)[:40]!r}.")
