"""The customers of an analysis as a campaign takes them: scores of the next window, read once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data import names
from data.kept import Kept
from data.queries import COLOUR_SQL, LEVELS
from data.reader import Reader
from data.segments.relation import RISKY, SEEN_DAYS, VALUABLE
from data.segments.serving import TABLE
from data.serving import SERVING
from data.store import SEGMENTS, Analysis, Segmentation

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Codes = NDArray[np.int32]
# The code of who is in no segment of a segmentation; segments' own codes fit two bytes.
NO_CODE: Final = -(2**31)
_RFM: Final = ("recency_days", "frequency", "monetary")
_CODES_KEPT: Final = 4


class ScoredFile:
    """Customers of the table `next` in file order, which is a fixed fair shuffle; safe to use from many threads.

    `ids` are texts (Arrow), all else arrays of shape (n,): `probability` and `spend` of the horizon, account
    currency, `clv` and `churn` risk. A place is a customer's position in the file. Raises StoreError where
    the file is damaged.
    """

    def __init__(self, analysis: Analysis, *, threads: int = 2, memory_mb: int = 1024) -> None:
        self.analysis = analysis
        self._sizes = {"threads": threads, "memory_mb": memory_mb}
        self._reader = Reader(analysis.file(SERVING), **self._sizes)
        self._codes = Kept(_CODES_KEPT)
        columns = (names.PRED_PROB, names.PRED_SPEND, names.CLV, names.CHURN_RISK)
        found = self.columns(columns)
        self.ids = _texts(self._reader, "SELECT customer_id FROM next ORDER BY rowid")
        self.probability, self.spend, self.clv, self.churn = (found[name] for name in columns)

    def __len__(self) -> int:
        return len(self.ids)

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    def columns(self, wanted: tuple[str, ...]) -> dict[str, Floats]:
        """Columns of our own naming, by name, shape (n,); what is missing is 0. They are not kept."""
        shown = ", ".join(f"coalesce(CAST({name} AS DOUBLE), 0) AS {name}" for name in wanted)
        found = self._reader.arrays(f"SELECT {shown} FROM next ORDER BY rowid")
        return {name: np.nan_to_num(np.asarray(found[name], dtype=np.float64), copy=False) for name in wanted}

    def rfm(self) -> dict[str, Floats]:
        """Days since the last order, number of orders and money so far, shape (n,) each."""
        return self.columns(_RFM)

    # Ready-made audiences, each the places of its customers in file order

    def at_risk(self) -> Places:
        """Customers that the overview counts as at risk."""
        return self._places(names.AT_RISK_SQL)

    def red(self) -> Places:
        """Customers who fell short of their forecast of the past window, by the analysis' own threshold."""
        params = {
            "threshold": float(self.analysis.metrics["winback"]["threshold"]),
            "level": LEVELS["expected"],
        }
        red = f"SELECT customer_id FROM past WHERE {COLOUR_SQL} = {names.PERFORMANCES.index(names.UNDER)}"
        return self._places(f"customer_id IN ({red})", params)

    def high_value(self, worth: float | None = None) -> Places:
        """Customers at risk among the best by money: who spent at least `worth`, else the upper quartile."""
        best = "(SELECT quantile_cont(monetary, $share) FROM next)" if worth is None else "$worth"
        params = {"share": VALUABLE} if worth is None else {"worth": worth}
        # Four bytes, as segmentations have it: the same customers for the same words.
        risky = f"CAST(churn_risk AS FLOAT) >= CAST({RISKY!r} AS FLOAT)"
        return self._places(f"recency_days < {SEEN_DAYS} AND {risky} AND monetary >= {best}", params)

    def _places(self, condition: str, params: Mapping[str, Any] | None = None) -> Places:
        text = f"SELECT rowid AS place FROM next WHERE {condition}"
        found = self._reader.arrays(text, params)["place"]
        return np.sort(np.asarray(found, dtype=np.int64))

    # Customers by id

    def places_of(self, ids: pa.ChunkedArray) -> tuple[Places, int]:
        """Places of the customers with these ids, in file order, and how many of the ids are of nobody here."""
        known = pc.unique(ids.cast(self.ids.type))
        inside = pc.is_in(self.ids, value_set=known).to_numpy(zero_copy_only=False)
        places = np.flatnonzero(inside).astype(np.int64)
        return places, len(known) - len(places)

    def codes_of(self, segmentation: Segmentation) -> Codes:
        """The code of each customer's segment in a segmentation, shape (n,); `NO_CODE` for who is in none."""
        return self._codes.get(segmentation.id, lambda: self._read_codes(segmentation))

    def _read_codes(self, segmentation: Segmentation) -> Codes:
        reader = Reader(segmentation.file(SEGMENTS), **self._sizes)
        try:
            ids = _texts(reader, f"SELECT customer_id FROM {TABLE} ORDER BY rowid")
            found = reader.arrays(f"SELECT CAST(code AS INTEGER) AS code FROM {TABLE} ORDER BY rowid")
        finally:
            reader.close()
        codes = np.ma.filled(found["code"], NO_CODE).astype(np.int32)
        # Both files have the same shuffle, so nobody needs to be looked up.
        if ids.equals(self.ids):
            return codes
        at = pc.index_in(self.ids, value_set=ids).fill_null(-1).to_numpy(zero_copy_only=False)
        return (
            np.where(at >= 0, codes[at], NO_CODE).astype(np.int32)
            if len(codes)
            else np.full(len(self), NO_CODE, dtype=np.int32)
        )


def _texts(reader: Reader, text: str) -> pa.Array:
    """The one column of a statement of our own as an array of texts."""
    batches = list(reader.batches(text, rows=500_000))
    parts = [batch.column(0) for batch in batches]
    return pa.concat_arrays(parts).cast(pa.string()) if parts else pa.array([], pa.string())
