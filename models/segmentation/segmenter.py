"""Segments of customers from Python: fit, predict, save and load, one class for every method."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError, StoreError
from data.names import CUSTOMER_ID
from models.segmentation.division import Division
from models.segmentation.making import make
from models.segmentation.params import RFM, SegmentParams
from models.segmentation.words import label_of

Codes = NDArray[np.int16]
Report = Callable[[float, str], None]

FORMAT: Final = 1
_AGAIN: Final = "Make the segments again."


def _silent(share: float, text: str) -> None:
    """Report to nobody."""


class Segmenter:
    """Divides customers into segments by rules, by clustering, or by the clusters of a file.

    Parameters are those of `SegmentParams`. Frames have one row a customer: `customer_id`, and of
    `recency_days`, `frequency`, `monetary` and other columns what is known. After `fit`, `codes_` holds the
    segment of each row, shape (n,), and `report_` segments, choice, quality and notes as plain values.
    """

    def __init__(
        self,
        method: str = "kmeans",
        *,
        features: Sequence[str] = (),
        scaling: str = "auto",
        k: int = 0,
        cuts: Mapping[str, Sequence[float]] | None = None,
        eps: float = 0.0,
        min_size: int = 0,
        seed: int = 42,
    ) -> None:
        self.params = SegmentParams(
            method=method,
            features=tuple(features),
            scaling=scaling,
            k=k,
            cuts=cuts,
            eps=eps,
            min_size=min_size,
            seed=seed,
        )
        self._division: Division | None = None

    def fit(
        self, frame: pd.DataFrame, labels: Mapping[str, str] | None = None, report: Report | None = None
    ) -> Segmenter:
        """Learn the segments of these customers; the order of the rows does not matter.

        `labels` are the words of columns, for people. Raises `InputError` in words where the customers
        or their columns do not allow it.
        """
        _check_ids(frame)
        if frame.empty:
            raise InputError("There are no customers to divide into segments.")
        ids = frame[CUSTOMER_ID]
        order = np.arange(len(ids)) if ids.is_monotonic_increasing else ids.argsort().to_numpy()
        _check_twice(ids.iloc[order])
        words = {key: label_of(key, labels or {}) for key in (*RFM, *frame.columns)}
        made = make(frame.iloc[order], self.params, words, report or _silent)
        self._division = made.division
        self.report_: dict[str, Any] = made.report
        self.codes_: Codes = np.empty(len(order), dtype=np.int16)
        self.codes_[order] = made.codes
        return self

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The segment of each customer: customer_id, segment, segment_key, code and known scores.

        Raises `InputError` for a column that is needed and not there.
        """
        _check_ids(frame)
        codes = self.assign(frame)
        segments = self.report_["segments"]
        found = pd.DataFrame(
            {
                CUSTOMER_ID: frame[CUSTOMER_ID].array,
                "segment": np.array([each["name"] for each in segments], dtype=object)[codes],
                "segment_key": np.array([each["key"] for each in segments], dtype=object)[codes],
                "code": codes,
            }
        )
        scores = self.scores(frame)
        if scores is not None:
            for at, name in enumerate(RFM):
                if scores[:, at].any():
                    found[f"{name[0]}_score"] = scores[:, at]
        return found

    def assign(self, frame: pd.DataFrame) -> Codes:
        """Code of each customer's segment, shape (n,), the place in `report_["segments"]`."""
        return self._fitted().assign(frame)

    def scores(self, frame: pd.DataFrame) -> NDArray[np.int8] | None:
        """Scores of recency, frequency and money, shape (n, 3), 0 where not known; None without any of them."""
        return self._fitted().scores(frame)

    def components(self, frame: pd.DataFrame) -> NDArray[np.float32] | None:
        """Coordinates on three principal components, shape (n, 3); None where the columns have none."""
        division = self._fitted()
        if division.components is None or division.encoder is None:
            return None
        return division.components.transform(division.encoder.transform(frame))

    def nearest(self, frame: pd.DataFrame) -> pd.DataFrame:
        """How far each customer is from the average customer of each segment, nearest first.

        One row a customer and segment that has customers: customer_id, segment, segment_key, code and
        distance, in scores for rules and in scaled units else. No rows where the segments have no figures.
        """
        _check_ids(frame)
        division = self._fitted()
        places = division.positions(frame)
        columns = [CUSTOMER_ID, "segment", "segment_key", "code", "distance"]
        if places is None or division.profile is None:
            return pd.DataFrame(columns=columns)
        known = np.flatnonzero(np.isfinite(division.profile).all(axis=1))
        apart = np.linalg.norm(places[:, None, :] - division.profile[known][None, :, :], axis=2)
        order = np.argsort(apart, axis=1, kind="stable")
        codes = known[order].ravel()
        segments = self.report_["segments"]
        rows = np.repeat(np.arange(len(frame)), len(known))
        values = (
            frame[CUSTOMER_ID].array[rows],
            [segments[code]["name"] for code in codes],
            [segments[code]["key"] for code in codes],
            codes.astype(np.int16),
            np.take_along_axis(apart, order, axis=1).ravel(),
        )
        return pd.DataFrame(dict(zip(columns, values, strict=True)))

    def to_json(self) -> bytes:
        """All that `predict` needs, as JSON with a checksum: the same segments, the same bytes."""
        body = {"division": self._fitted().to_dict(), "report": self.report_}
        return _written({"format": FORMAT, "sha256": _checksum(body), **body})

    @classmethod
    def from_json(cls, data: bytes) -> Segmenter:
        """The segmenter of `to_json`; nothing in it is run. Raises `StoreError` for a damaged or newer file."""
        try:
            saved = json.loads(data.decode("utf-8"))
            version, checksum = saved["format"], saved["sha256"]
        except (ValueError, KeyError, TypeError):
            raise StoreError(f"This is not a saved segmentation, or it is damaged. {_AGAIN}") from None
        if version != FORMAT:
            raise StoreError(
                f"The segmentation was saved in format {version}; this version of Lapwing reads format {FORMAT}. "
                f"Update Lapwing, or make the segments again."
            )
        body = {name: saved[name] for name in ("division", "report") if name in saved}
        if _checksum(body) != checksum:
            raise StoreError(f"The saved segmentation is damaged: its checksum is wrong. {_AGAIN}")
        try:
            division = Division.from_dict(body["division"])
            made = cls(**division.params.to_dict())
            made._division, made.report_ = division, body["report"]
        except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
            raise StoreError(f"The saved segmentation is damaged: {error}. {_AGAIN}") from None
        return made

    def _fitted(self) -> Division:
        if self._division is None:
            raise InputError("These segments have not been made yet: fit them to customers first.")
        return self._division


def _check_ids(frame: pd.DataFrame) -> None:
    if CUSTOMER_ID not in frame:
        raise InputError(
            f"The customers have no column {CUSTOMER_ID}: each row needs the id of its customer."
        )


def _check_twice(ids: pd.Series[Any]) -> None:
    """Raise `InputError` where a customer is twice in the sorted ids."""
    again = np.asarray(ids.array[1:] == ids.array[:-1], dtype=bool)
    if again.any():
        raise InputError(
            f"Customer {ids.array[int(again.argmax())]} occurs twice: segments need one row a customer."
        )


def _written(values: Any) -> bytes:
    return json.dumps(values, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
