"""What divides customers once it is fitted: plain numbers that tell anybody's segment, and go into a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError
from models.segmentation.assigners import OUTLIER, Assigner, assigner_from_dict
from models.segmentation.components import Components
from models.segmentation.encoded import words_of
from models.segmentation.grid import segment_of
from models.segmentation.matrix import Encoder
from models.segmentation.params import CUTS, GIVEN, RFM, RULES, SegmentParams
from models.segmentation.rfm import Cuts, scores_of

Codes = NDArray[np.int16]
Floats = NDArray[np.float64]

GIVEN_COLUMN: Final = "given"


@dataclass(frozen=True)
class Division:
    """A fitted segmentation without its words.

    `cuts` are the cut points of scores by RFM column. A clustering has `encoder` and `assigner`, and
    `order`: the code of each of its clusters, the last for outliers (-1 where there are none). `given` is the
    code of each label of a file. `profile` (segments, columns) is where each segment lies: mean scores for
    rules, mean encoded columns else; a row of NaN for a segment without customers.
    """

    params: SegmentParams
    labels: Mapping[str, str]
    cuts: Mapping[str, Cuts]
    encoder: Encoder | None = None
    assigner: Assigner | None = None
    order: tuple[int, ...] = ()
    given: Mapping[str, int] | None = None
    components: Components | None = None
    profile: Floats | None = None

    def assign(self, frame: pd.DataFrame) -> Codes:
        """Code of each customer's segment, shape (n,); raises `InputError` for a column that is not there."""
        if self.params.method == RULES:
            scores = self.needed_scores(frame)
            return segment_of(scores[:, 0], scores[:, 1], scores[:, 2])
        if self.params.method == GIVEN:
            return self._assign_given(frame)
        return self.nearest_cluster(self._encoded(frame))

    def scores(self, frame: pd.DataFrame) -> NDArray[np.int8] | None:
        """Scores of recency, frequency and money, shape (n, 3), 0 where not known; None without any of them."""
        cuts = {name: cuts for name, cuts in self.cuts.items() if name in frame}
        return scores_of(frame, cuts) if cuts else None

    def needed_scores(self, frame: pd.DataFrame) -> NDArray[np.int8]:
        """Scores, shape (n, 3), for which every column of the rules must be there."""
        lacking = [self.labels.get(name, name) for name in self.cuts if name not in frame]
        if lacking:
            raise InputError(
                f"These customers have no {' and no '.join(lacking)}: the rules need that column."
            )
        return scores_of(frame, self.cuts)

    def positions(self, frame: pd.DataFrame) -> Floats | None:
        """Where customers lie among the rows of `profile`, shape (n, columns)."""
        if self.params.method == RULES:
            return self.needed_scores(frame).astype(np.float64)
        return None if self.encoder is None else self.encoder.transform(frame)

    def nearest_cluster(self, matrix: Floats) -> Codes:
        """Code of the cluster each encoded customer, shape (n, m), belongs to."""
        if self.assigner is None:
            raise InputError(
                "The clusters come from a file without recency, frequency and money, so a customer whose "
                "cluster is not known cannot be given one: segment by clustering instead."
            )
        # An outlier is -1, which is the last of the order.
        return np.asarray(self.order, dtype=np.int16)[self.assigner.assign(matrix)]

    def _encoded(self, frame: pd.DataFrame) -> Floats:
        return np.empty((len(frame), 0)) if self.encoder is None else self.encoder.transform(frame)

    def _assign_given(self, frame: pd.DataFrame) -> Codes:
        codes = self.given_codes(frame)
        unknown = codes < 0
        if unknown.any():
            # Without figures to compare, those who had no label when this was fitted are a segment.
            alone = self.assigner is None and self.order[-1] >= 0
            codes[unknown] = self.order[-1] if alone else self.nearest_cluster(self._encoded(frame[unknown]))
        return codes

    def given_codes(self, frame: pd.DataFrame) -> Codes:
        """Code of each customer's own label of the file, shape (n,); -1 where there is none that is known."""
        if GIVEN_COLUMN not in frame:
            return np.full(len(frame), OUTLIER, dtype=np.int16)
        places, names = words_of(frame[GIVEN_COLUMN])
        own = self.given or {}
        return np.array([*(own.get(name, OUTLIER) for name in names), OUTLIER], dtype=np.int16)[places]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "params": self.params.to_dict(),
            "labels": dict(self.labels),
            "cuts": {name: list(cuts) for name, cuts in self.cuts.items()},
            "encoder": self.encoder and self.encoder.to_dict(),
            "assigner": self.assigner and self.assigner.to_dict(),
            "order": list(self.order),
            "given": None if self.given is None else dict(self.given),
            "components": self.components and self.components.to_dict(),
            "profile": None if self.profile is None else _without_nan(self.profile),
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Division:
        """The division of `to_dict`; raises KeyError, TypeError, ValueError or InputError if it is damaged."""
        cuts = {
            name: tuple(float(cut) for cut in saved["cuts"][name]) for name in RFM if name in saved["cuts"]
        }
        if any(len(each) != CUTS for each in cuts.values()):
            raise ValueError("a column has not four cut points")
        profile = saved["profile"]
        return cls(
            params=SegmentParams.from_dict(saved["params"]),
            labels=dict(saved["labels"]),
            cuts=cuts,
            encoder=saved["encoder"] and Encoder.from_dict(saved["encoder"]),
            assigner=saved["assigner"] and assigner_from_dict(saved["assigner"]),
            order=tuple(int(code) for code in saved["order"]),
            given=None if saved["given"] is None else {str(k): int(v) for k, v in saved["given"].items()},
            components=saved["components"] and Components.from_dict(saved["components"]),
            profile=None if profile is None else np.array(profile, dtype=np.float64),
        )


def _without_nan(values: Floats) -> list[list[float | None]]:
    return [[float(value) if np.isfinite(value) else None for value in row] for row in values]
