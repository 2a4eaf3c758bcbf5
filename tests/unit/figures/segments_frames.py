"""Frames of segments made by hand, as `data.segments.queries` gives them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from data.segments.looks import Look

EVIL = "<b>x</b>&<script>%{x}"
SAFE = "&lt;b&gt;x&lt;/b&gt;&amp;&lt;script&gt;%{x}"
LOOKS = (
    Look("champions", "Champions", 1, (0,), "", 3),
    Look("loyal", "Loyal", 2, (1,), "", 2),
    Look("lost", EVIL, 11, (2,), "", 1),
)
NAMED = {"key": [look.key for look in LOOKS], "name": [look.name for look in LOOKS]}
COLOURED = NAMED | {"colour": [look.colour for look in LOOKS]}


def totals(revenue: bool = True) -> pd.DataFrame:
    """Sizes of three segments: 3, 2 and 1 customers."""
    frame = pd.DataFrame(COLOURED | {"customers": [3, 2, 1], "customer_share": [0.5, 1 / 3, 1 / 6]})
    if revenue:
        frame["revenue"] = [750.0, 249.0, 1.0]
        frame["revenue_share"] = [0.75, 0.249, 0.001]
    return frame


def points(ids: tuple[str, ...] = ("1", "2", "3", "4", "5", "6")) -> pd.DataFrame:
    """Six customers by days since the last order, orders and what they spent."""
    keys = ["champions", "champions", "champions", "loyal", "loyal", "lost"]
    frame = pd.DataFrame(
        {
            "customer_id": list(ids),
            "key": keys,
            "recency_days": [1.0, 2.0, 3.0, 30.0, 40.0, 400.0],
            "frequency": [9.0, 8.0, 7.0, 4.0, 3.0, 1.0],
            "monetary": [999.0, 500.5, 400.0, 99.0, 80.0, 9.0],
        }
    )
    frame["x"], frame["y"] = frame["recency_days"], np.log10(1 + frame["monetary"])
    return frame


def values(array: object) -> np.ndarray:
    """The numbers of an array as it is sent."""
    if isinstance(array, dict):
        flat = np.frombuffer(base64.b64decode(array["bdata"]), dtype=array["dtype"])
        return flat.reshape([int(part) for part in str(array.get("shape", len(flat))).split(",")])
    return np.asarray(array)


def said(figure: go.Figure) -> str:
    """The words of all annotations."""
    return " ".join(note.text for note in figure.layout.annotations)


def checked(figure: go.Figure) -> dict[str, Any]:
    """The figure as plotly's own rules let it through, as it is sent."""
    return go.Figure(figure.to_dict()).to_plotly_json()
