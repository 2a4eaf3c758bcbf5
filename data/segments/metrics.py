"""What a segmented customer is measured by: names, units, and where a chart puts a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from data.errors import InputError

Unit = Literal["days", "count", "money", "share", "score", "number"]
NUMBER: Final = "number"
CATEGORY: Final = "category"


@dataclass(frozen=True)
class Metric:
    """One number a customer: its column, its name for people, its unit, and whether charts take its logarithm."""

    key: str
    label: str
    unit: Unit
    log: bool = False

    @property
    def plotted(self) -> str:
        """The column of its plotted coordinate."""
        return f"plot_{self.key}" if self.log else self.key

    def coordinate(self, values: Any) -> np.ndarray:
        """Plotted coordinates of raw values: log10(1 + max(v, 0)) of a logarithmic metric, else v itself."""
        raw = np.asarray(values, dtype=float)
        return np.log10(1.0 + np.maximum(raw, 0.0)) if self.log else raw

    def raw(self, coordinate: Any) -> np.ndarray:
        """The values that plotted coordinates stand for."""
        placed = np.asarray(coordinate, dtype=float)
        return 10.0**placed - 1.0 if self.log else placed


_KNOWN: Final = (
    Metric("recency_days", "Days since last order", "days"),
    Metric("frequency", "Orders", "count", log=True),
    Metric("monetary", "Spent so far", "money", log=True),
    Metric("mean_order_value", "Mean order value", "money", log=True),
    Metric("tenure_days", "Days a customer", "days"),
    Metric("pred_prob", "Chance to buy", "share"),
    Metric("pred_spend", "Expected spend", "money", log=True),
    Metric("churn_risk", "Churn risk", "share"),
    Metric("p_alive", "Chance still a customer", "share"),
    Metric("clv", "Customer lifetime value", "money", log=True),
    Metric("r", "Recency score", "score"),
    Metric("f", "Frequency score", "score"),
    Metric("m", "Monetary score", "score"),
    Metric("pc1", "Component 1", "number"),
    Metric("pc2", "Component 2", "number"),
    Metric("pc3", "Component 3", "number"),
)
METRICS: Final[dict[str, Metric]] = {metric.key: metric for metric in _KNOWN}
# What describes a segment: scores and components say the same in other units.
PROFILE: Final = tuple(metric.key for metric in _KNOWN if metric.unit != "score" and metric.key[:2] != "pc")


def metrics_of(columns: Collection[str], attributes: Sequence[Mapping[str, Any]]) -> dict[str, Metric]:
    """The metrics that a file with `columns` has; its numeric attributes (manifest) come last."""
    found = {key: metric for key, metric in METRICS.items() if key in columns}
    for attribute in attributes:
        if attribute["type"] == NUMBER and attribute["key"] in columns:
            found[attribute["key"]] = Metric(attribute["key"], str(attribute["label"]), "number")
    return found


def metric_named(metrics: Mapping[str, Metric], key: str) -> Metric:
    """The metric of that key; InputError where these customers do not have it."""
    if key not in metrics:
        raise InputError(f"These customers have no {str(key)[:60]!r}: choose among {', '.join(metrics)}.")
    return metrics[key]
