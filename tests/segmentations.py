"""Small made-up segmentations for tests, with every kind of column and values that mean harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data import names
from data.segments.frame import Attribute
from data.segments.serving import write_segments
from data.store import REPORT, SEGMENTATIONS, SEGMENTER, SEGMENTS, Store, write_json

HOSTILE = (
    "'; DROP TABLE customers; --",
    "<b>x</b>",
    "=1+1",
    'a,b\\"c',
    "Ünïcødé ☃ 中文",
)
COUNTRIES = ("United Kingdom", "Germany", "France", *HOSTILE)
ATTRIBUTES = (
    Attribute("a0", "Country", "category", len(COUNTRIES)),
    Attribute("a1", "<i>Age</i>", "number", 60),
    Attribute("a2", '=HYPERLINK("x")', "category", 2),
    Attribute("a3", "Satisfaction", "number", 5),
)
SEGMENTS_OF = {
    "rules": (
        ("champions", "Champions"),
        ("loyal", "Loyal"),
        ("new", "New"),
        ("at_risk", "At risk"),
        ("lost", "Lost"),
    ),
    "kmeans": (("champions", "Champions"), ("loyal", "Loyal"), ("loyal_lower_spend", "Loyal, lower spend")),
    "hdbscan": (("champions", "Champions"), ("loyal", "Loyal"), ("outliers", "Outliers")),
}
AS_OF, EARLIER, HORIZON = "2025-12-31", "2025-10-02", 90


def segmented_customers(customers: int, kind: str, codes: tuple[int, ...], seed: int = 0) -> pd.DataFrame:
    """Customers of all segments but the last few codes evenly; the same at each call."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({names.CUSTOMER_ID: [f"C{place:06d}" for place in range(customers)]})
    frame.loc[: len(HOSTILE) - 1, names.CUSTOMER_ID] = [f"{text} id" for text in HOSTILE][:customers]
    frame["code"] = draw.choice(codes, customers, p=_weights(len(codes)))
    frame["recency_days"] = draw.integers(0, 700, customers)
    frame["frequency"] = 1 + draw.negative_binomial(1, 0.3, customers)
    frame["monetary"] = draw.lognormal(5, 1.2, customers).round(2) * np.where(
        draw.random(customers) < 0.02, -1, 1
    )
    for name in ("r", "f", "m"):
        frame[name] = draw.integers(1, 6, customers)
    for name in ("pc1", "pc2", "pc3"):
        frame[name] = draw.normal(0, 2, customers)
    if kind == "analysis":
        was = draw.choice(codes, customers).astype(float)
        frame["was"] = np.where(draw.random(customers) < 0.15, np.nan, was)
        frame["mean_order_value"] = (frame["monetary"] / frame["frequency"]).round(4)
        frame["tenure_days"] = frame["recency_days"] + draw.integers(0, 300, customers)
        frame[names.CHURN_RISK] = draw.beta(1, 1, customers).round(6)
        frame[names.PRED_PROB] = 1 - frame[names.CHURN_RISK]
        frame[names.P_ALIVE] = draw.beta(2, 1, customers).round(6)
        for name in (names.PRED_SPEND, names.PRED_SPEND_LOW, names.PRED_SPEND_HIGH, names.CLV):
            frame[name] = draw.lognormal(3, 1, customers).round(4)
    country = draw.choice([*COUNTRIES, ""], customers)
    frame["a0"] = [text or None for text in country]
    frame["a1"] = np.where(draw.random(customers) < 0.1, np.nan, draw.integers(18, 78, customers))
    frame["a2"] = draw.choice(["Yes", "No"], customers)
    frame["a3"] = draw.integers(1, 6, customers).astype(float)
    return frame


def make_segmentation(
    store: Store,
    customers: int = 300,
    kind: str = "analysis",
    method: str = "rules",
    *,
    source_id: str = "source-1",
    dataset_id: str = "dataset-1",
    series: str = "series-1",
    frame: pd.DataFrame | None = None,
    **manifest: Any,
) -> str:
    """Publish a segmentation and return its id.

    `kind` is "analysis" (predictions and an earlier date) or "customers" (neither); `method` one of
    `SEGMENTS_OF`. `frame` has the customers instead of made-up ones (columns as of `segmented_customers`);
    `manifest` overrides what stands in the manifest.
    """
    segments = SEGMENTS_OF[method]
    codes = tuple(-1 if key == "outliers" else place for place, (key, _) in enumerate(segments))
    found = segmented_customers(customers, kind, codes) if frame is None else frame
    shown = [item for item in ATTRIBUTES if item.key in found]
    report = {
        "method": method,
        "method_label": method,
        "segments": [
            {
                "code": code,
                "key": key,
                "name": name,
                "definition": f"What makes {name}.",
                "customers": int((found["code"] == code).sum()),
            }
            for code, (key, name) in zip(codes, segments, strict=True)
        ],
        "features": [{"key": "monetary", "label": "Spent so far", "scaling": "standardised"}],
        "scores": {
            name: {
                "cuts": [float(cut) for cut in np.quantile(found[name], (0.2, 0.4, 0.6, 0.8))],
                "label": name,
            }
            for name in ("recency_days", "frequency", "monetary")
            if name in found
        }
        or None,
        "choice": None,
        "quality": None,
        "stability": None,
        "components": None,
        "notes": [],
    }

    def fill(folder: Path) -> dict[str, Any]:
        write_segments(folder / SEGMENTS, found, shown, threads=1)
        write_json(folder / REPORT, report)
        write_json(folder / SEGMENTER, {"format": 0})
        return {
            "kind": "segmentation",
            "source": {"kind": kind, "id": source_id, "dataset_id": dataset_id, "series": series},
            "method": method,
            "params": {"method": method},
            "title": f"{method}, {len(segments)} segments",
            "default": True,
            "customers": len(found),
            "as_of": AS_OF if kind == "analysis" else None,
            "earlier": EARLIER if kind == "analysis" else None,
            "currency": "GBP",
            "horizon_days": HORIZON if kind == "analysis" else None,
            "attributes": [item.to_dict() for item in shown],
            "bands": {name: _bands(found, name) for name in (names.CLV, "monetary")},
            **manifest,
        }

    return store.publish(SEGMENTATIONS, "Test shop", fill)


def _bands(frame: pd.DataFrame, name: str) -> list[float] | None:
    if name not in frame or frame.empty:
        return None
    return [float(cut) for cut in np.quantile(frame[name], (0.25, 0.75, 0.9))]


def _weights(count: int) -> np.ndarray:
    sizes = np.linspace(2, 1, count)
    return np.asarray(sizes / sizes.sum())
