"""Segments that a file brings as a column: its own words as they are, its numbers named by the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError
from data.names import CUSTOMER_ID
from models.segmentation import naming, words
from models.segmentation.assigners import OUTLIER, Centres
from models.segmentation.division import GIVEN_COLUMN, Division
from models.segmentation.encoded import words_of
from models.segmentation.params import RFM, SegmentParams
from models.segmentation.quality import quality
from models.segmentation.reporting import Labels, Made, drawn, labels_of, report_of
from models.segmentation.rfm import cuts_of
from models.segmentation.standing import best_first, centres_of, means_of, shares_of, standing_of, tells

Codes = NDArray[np.int16]
Report = Callable[[float, str], None]

# More labels than these are no segments.
MAX_GIVEN: Final = 50


def from_file(frame: pd.DataFrame, params: SegmentParams, labels: Labels, report: Report) -> Made:
    """Customers by the labels in column `given`; raises `InputError` where that is not there or is no cluster.

    Those without a label go to the nearest of the groups in recency, frequency and money.
    """
    report(0.1, "Reading the clusters of the file")
    raw, given = _labels(frame)
    others = [name for name in frame.columns if name not in (CUSTOMER_ID, GIVEN_COLUMN, *RFM)]
    standing = standing_of(frame, others, labels)
    order = best_first(standing, raw, len(given))
    listed = [given[at] for at in np.argsort(order)]
    codes = np.asarray((*order, OUTLIER), dtype=np.int16)[raw]
    report(0.4, "Describing the segments")
    odd = words.apart(frame, codes, others, labels, len(given))
    phrases = words.definitions(frame, codes, odd)
    named = naming.given_names(listed)
    stands = centres_of(standing, codes, len(given))
    if named is not None:
        names = named
    elif tells(stands):
        names = naming.names_of(stands, shares_of(codes, len(given)))
    else:
        names = naming.names_in_words(
            text if each else f"Cluster {naming.whole_number(label)}"
            for text, each, label in zip(words.names(odd), odd, listed, strict=True)
        )
    if named is None:
        # The custom of clusterings by density: -1 is who belongs to no cluster.
        noise = [naming.whole_number(label) == -1 for label in listed]
        names = [naming.OUTLIERS if alone else each for alone, each in zip(noise, names, strict=True)]
    definitions = [
        f"{_source(label, numbered=named is None)} {phrase}".strip()
        for label, phrase in zip(listed, phrases, strict=True)
    ]

    cuts = cuts_of(frame)
    division = Division(
        params,
        labels_of(cuts, labels),
        cuts,
        order=(*range(len(given)), OUTLIER),
        given={label: code for code, label in enumerate(listed)},
    )
    division, matrix, features = drawn(division, frame, tuple(cuts), labels)
    notes, unlabelled = [], int((codes < 0).sum())
    judged = None
    if matrix is not None:
        centres = means_of(matrix, codes, len(given))
        division = replace(division, assigner=Centres(centres), profile=centres)
        own = codes >= 0
        nearest = division.nearest_cluster(matrix)
        same = float((nearest[own] == codes[own]).mean())
        notes.append(
            "New customers get the segment whose average they are nearest to in "
            f"{_listed([each['label'] for each in features])}; {same:.0%} of these customers are nearest to their own."
        )
        codes = division.assign(frame)
        judged = asdict(quality(matrix, codes, params.seed))
        if unlabelled:
            notes.append(f"{unlabelled:,} had no cluster in the file and got the nearest.")
    elif unlabelled:
        names = [*names, naming.UNASSIGNED]
        definitions = [*definitions, "The file names no cluster for them."]
        division = replace(division, order=(*range(len(given)), len(given)))
        codes = division.assign(frame)
    written = report_of(division, codes, names, definitions, features, notes)
    return Made(division, codes, written | {"quality": judged})


def _labels(frame: pd.DataFrame) -> tuple[Codes, list[str]]:
    """Place of each customer's label, -1 where it is missing, and the labels in alphabetical order."""
    if GIVEN_COLUMN not in frame:
        raise InputError(
            "These customers bring no clusters of their own: mark the column that has them as the cluster "
            "column, or choose another method."
        )
    places, given = words_of(frame[GIVEN_COLUMN])
    if not given:
        raise InputError("The cluster column of the file is empty: choose another method.")
    if len(given) > MAX_GIVEN:
        raise InputError(
            f"The cluster column of the file has {len(given):,} different values, more than the {MAX_GIVEN} that "
            "make segments: is it the right column? Choose another, or another method."
        )
    return places.astype(np.int16), given


def _source(label: str, *, numbered: bool) -> str:
    return f"Cluster {naming.whole_number(label)} of the file." if numbered else "As in the file."


def _listed(names: list[str]) -> str:
    plain = [name[:1].lower() + name[1:] for name in names]
    return f"{', '.join(plain[:-1])} and {plain[-1]}" if len(plain) > 1 else plain[0]
