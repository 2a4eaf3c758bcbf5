"""What is written of a segmentation: its segments, the columns and scores behind them, and notes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError
from models.segmentation.components import fit_components
from models.segmentation.division import Division
from models.segmentation.encoded import numbers_of
from models.segmentation.matrix import fit_encoder
from models.segmentation.naming import Named
from models.segmentation.params import CUTS, METHODS, RFM
from models.segmentation.words import label_of, number

Codes = NDArray[np.int16]
Floats = NDArray[np.float64]
Labels = Mapping[str, str]
Features = list[dict[str, str]]

_SCORES: Final = CUTS + 1


@dataclass(frozen=True)
class Made:
    """What was fitted, the segment of each customer, and the report on it."""

    division: Division
    codes: Codes
    report: dict[str, Any]


def report_of(
    division: Division,
    codes: Codes,
    names: Sequence[Named],
    definitions: Sequence[str],
    features: Features,
    notes: Iterable[str],
) -> dict[str, Any]:
    """The report, without what only clusterings have (choice, quality and stability are None)."""
    counts = np.bincount(codes, minlength=len(names))
    segments = [
        {"code": code, "key": key, "name": name, "definition": definition, "customers": int(counts[code])}
        for code, ((key, name), definition) in enumerate(zip(names, definitions, strict=True))
    ]
    scores = {
        name: {"cuts": list(cuts), "label": label_of(name, division.labels)}
        for name, cuts in division.cuts.items()
    }
    view = division.components
    return {
        "method": division.params.method,
        "method_label": METHODS[division.params.method],
        "segments": segments,
        "features": features,
        "scores": scores or None,
        "choice": None,
        "quality": None,
        "stability": None,
        "components": view
        and {"explained": list(view.explained), "loadings": [dict(one) for one in view.loadings]},
        "notes": list(dict.fromkeys(notes)),
    }


def drawn(
    division: Division, frame: pd.DataFrame, columns: Sequence[str], labels: Labels
) -> tuple[Division, Floats | None, Features]:
    """The division with an encoder and components of the columns, for views; as it is where they tell nothing.

    Returns the encoded customers and the words of the columns as well.
    """
    try:
        encoder, _ = fit_encoder(frame, columns, division.params.scaling, labels)
    except InputError:
        return division, None, []
    matrix = encoder.transform(frame)
    view = fit_components(matrix, encoder.columns, division.params.seed)
    return replace(division, encoder=encoder, components=view), matrix, encoder.described()


def labels_of(keys: Iterable[str], labels: Labels) -> dict[str, str]:
    """The words of these columns."""
    return {key: label_of(key, labels) for key in keys}


def score_notes(frame: pd.DataFrame, cuts: Mapping[str, Sequence[float]], labels: Labels) -> list[str]:
    """What people should know of the scores, in sentences."""
    notes = []
    for name in RFM:
        label = label_of(name, labels)
        if name not in cuts:
            why = "no customer has a value" if name in frame else "the customers have no such column"
            notes.append(f"{label} has no scores: {why}.")
            continue
        values = numbers_of(frame[name])
        missing = int(np.isnan(values).sum())
        if missing:
            have = "customer has" if missing == 1 else "customers have"
            notes.append(f"{missing:,} {have} no {label}: the lowest score for it, 1.")
        known, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        share = float(counts.max() / counts.sum())
        if share > 1 / _SCORES and len(set(cuts[name])) < CUTS:
            often = number(float(known[counts.argmax()]))
            notes.append(
                f"{_percent(share)} have the same {label}, {often}: as equal customers score equally, "
                "not all scores from 1 to 5 occur."
            )
    return notes


def _percent(share: float) -> str:
    return "All customers" if share >= 1 else f"{math.floor(share * 100)} % of customers"
