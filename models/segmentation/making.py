"""How segments are made of customers: by rules, by clustering, or from the clusters that a file brings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError
from data.names import CUSTOMER_ID
from models.segmentation import naming, words
from models.segmentation.assigners import OUTLIER
from models.segmentation.components import fit_components
from models.segmentation.division import GIVEN_COLUMN, Division
from models.segmentation.given import from_file
from models.segmentation.grid import SEGMENTS, definitions, segment_of
from models.segmentation.judging import cluster, judged
from models.segmentation.matrix import fit_encoder
from models.segmentation.params import BY_DENSITY, GIVEN, RFM, RULES, SegmentParams
from models.segmentation.reporting import Labels, Made, drawn, labels_of, report_of, score_notes
from models.segmentation.rfm import FREQUENCY, MONETARY, RECENCY, cuts_of, known_columns
from models.segmentation.standing import best_first, centres_of, means_of, shares_of, standing_of, tells

Codes = NDArray[np.int16]
Report = Callable[[float, str], None]


def make(frame: pd.DataFrame, params: SegmentParams, labels: Labels, report: Report) -> Made:
    """Divide customers, one row each; raises `InputError` in words where that cannot be done."""
    ways = {RULES: by_rules, GIVEN: from_file}
    return ways.get(params.method, by_clustering)(frame, params, labels, report)


def default_features(frame: pd.DataFrame) -> tuple[str, ...]:
    """Columns to cluster by unasked: recency, frequency and money where all are known, else all there are."""
    known = known_columns(frame)
    if known == RFM:
        return RFM
    others = (name for name in frame.columns if name not in (CUSTOMER_ID, GIVEN_COLUMN, *RFM))
    return (*known, *others)


def by_rules(frame: pd.DataFrame, params: SegmentParams, labels: Labels, report: Report) -> Made:
    """Customers by the named grid of their scores."""
    known = known_columns(frame)
    _check_rules(known, labels)
    report(0.1, "Scoring customers")
    named = labels_of(known, labels)
    division = Division(params, named, cuts_of(frame, params.cuts))
    scores = division.needed_scores(frame)
    codes = segment_of(scores[:, 0], scores[:, 1], scores[:, 2])
    report(0.5, "Looking at them all")
    division, _, _ = drawn(division, frame, known, labels)
    division = replace(division, profile=means_of(scores.astype(np.float64), codes, len(SEGMENTS)))
    own = params.cuts or {}
    features = [
        {
            "key": name,
            "label": named[name],
            "scaling": f"scores 1 to 5 by {'your own cut points' if name in own else 'quintiles'}",
        }
        for name in known
    ]
    names = [(rule.key, rule.name) for rule in SEGMENTS]
    notes = score_notes(frame, division.cuts, labels)
    return Made(
        division,
        codes,
        report_of(division, codes, names, definitions(known, division.cuts[RECENCY]), features, notes),
    )


def by_clustering(frame: pd.DataFrame, params: SegmentParams, labels: Labels, report: Report) -> Made:
    """Customers by clusters of alike ones."""
    report(0.05, "Preparing the columns")
    encoder, notes = fit_encoder(frame, params.features or default_features(frame), params.scaling, labels)
    matrix = encoder.transform(frame)
    found = cluster(matrix, params, report)
    raw = found.assigner.assign(matrix)
    k = len(found.assigner.centres)
    used = [part.key for part in encoder.parts]
    others = [key for key in used if key not in RFM]
    standing = standing_of(frame, others, labels)
    order = best_first(standing, raw, k)
    outliers = params.method in BY_DENSITY
    division = Division(
        params,
        labels_of(dict.fromkeys((*known_columns(frame), *used)), labels),
        cuts_of(frame),
        encoder,
        found.assigner,
        (*order, k if outliers else OUTLIER),
        components=fit_components(matrix, encoder.columns, params.seed),
    )
    codes = division.nearest_cluster(matrix)
    report(0.9, "Naming the segments")
    within = np.where(codes < k, codes, OUTLIER).astype(np.int16)
    odd = words.apart(frame, within, others, labels, k)
    phrases = words.definitions(frame, within, odd)
    centres = centres_of(standing, within, k)
    names = (
        naming.names_of(centres, shares_of(within, k))
        if tells(centres)
        else naming.names_in_words(words.names(odd))
    )
    keys = [names[code][0] for code in order]
    if not np.bincount(raw[raw >= 0], minlength=k).all():
        notes.append("A segment has nobody: the customers make fewer groups than segments were asked for.")
    if outliers:
        names = [*names, naming.OUTLIERS]
        phrases = [*phrases, "Unlike any group: too far from all of them."]
    division = replace(division, profile=means_of(matrix, codes, len(names)))
    written = report_of(division, codes, names, phrases, encoder.described(), [*notes, *found.assigner.notes])
    return Made(division, codes, written | judged(matrix, raw, keys, found, params, report))


def _check_rules(known: tuple[str, ...], labels: Labels) -> None:
    """Raise `InputError` where the rules have not enough to go by."""
    words_for = labels_of(RFM, labels)
    lacking = [] if RECENCY in known else [words_for[RECENCY]]
    if FREQUENCY not in known and MONETARY not in known:
        lacking.append(f"{words_for[FREQUENCY]} or {words_for[MONETARY]}")
    if lacking:
        raise InputError(
            f"The rules go by recency, frequency and money, and these customers have no {' and no '.join(lacking)}: "
            "segment them by clustering instead, which takes any columns."
        )
