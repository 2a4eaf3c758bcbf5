"""The open file of a segmentation, and what it never needs to be asked twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.kept import Kept
from data.names import CUSTOMER_ID
from data.reader import Reader
from data.segments.filter import Region
from data.segments.metrics import CATEGORY, Metric, metrics_of
from data.segments.polygon import inside
from data.segments.serving import TABLE
from data.store import SEGMENTS, Segmentation

# How many answers are kept: those of a few numbers, and those with something for every customer.
_KEPT: Final = 256
_KEPT_LARGE: Final = 8
T = TypeVar("T")


class SegmentFile:
    """The customers of one segmentation, read-only; safe to use from many threads.

    It never changes, so answers that everybody asks for are kept.
    """

    def __init__(self, segmentation: Segmentation, *, threads: int = 2, memory_mb: int = 1024) -> None:
        self.segmentation = segmentation
        self.manifest = segmentation.manifest
        self.reader = Reader(segmentation.file(SEGMENTS), threads=threads, memory_mb=memory_mb)
        self.columns = frozenset(self.reader.columns(TABLE))
        self.attributes: tuple[dict[str, Any], ...] = tuple(
            item for item in self.manifest["attributes"] if item["key"] in self.columns
        )
        self.metrics: dict[str, Metric] = metrics_of(self.columns, self.attributes)
        self.categories: tuple[str, ...] = tuple(
            item["key"] for item in self.attributes if item["type"] == CATEGORY
        )
        self.customers = int(self.reader.rows(f"SELECT count(*) FROM {TABLE}")[0][0])
        self._kept = {most: Kept(most) for most in (0, _KEPT_LARGE, _KEPT)}

    def close(self) -> None:
        """Let go of the file."""
        self.reader.close()

    @property
    def value_column(self) -> str | None:
        """What customers are worth: lifetime value where it is predicted, else money so far; None without either."""
        bands = self.manifest.get("bands") or {}
        return next((name for name in ("clv", "monetary") if name in self.columns and bands.get(name)), None)

    def words(self, attribute: str) -> tuple[str, ...]:
        """All values of a category, by their code in the file."""

        def ask() -> tuple[str, ...]:
            # The type carries them: nothing is read.
            row = self.reader.rows(f"SELECT enum_range(CAST(NULL AS {attribute}_words))")[0]
            return tuple(row[0])

        return self.kept(("words", attribute), ask, forever=True)

    def quantile(self, column: str, share: float) -> float | None:
        """A quantile of a column over all customers; None where nobody has a value."""

        def ask() -> float | None:
            row = self.reader.rows(f"SELECT quantile_cont({column}, {share!r}) FROM {TABLE}")[0]
            return None if row[0] is None else float(row[0])

        return self.kept(("quantile", column, share), ask, forever=True)

    def spread(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation of each metric over all customers who have a value."""

        def ask() -> dict[str, tuple[float, float]]:
            asked = ", ".join(f"avg({key}), stddev_pop({key})" for key in self.metrics)
            row = self.reader.rows(f"SELECT {asked} FROM {TABLE}")[0] if asked else ()
            return {
                key: (float(mean), float(sd))
                for key, mean, sd in zip(self.metrics, row[::2], row[1::2], strict=True)
                if mean is not None and sd is not None
            }

        return self.kept(("spread",), ask, forever=True)

    def gaps(self) -> frozenset[str]:
        """The metrics that some customers have no value of."""

        def ask() -> frozenset[str]:
            asked = ", ".join(f"count({key})" for key in self.metrics)
            row = self.reader.rows(f"SELECT {asked} FROM {TABLE}")[0] if asked else ()
            return frozenset(
                key for key, known in zip(self.metrics, row, strict=True) if known < self.customers
            )

        return self.kept(("gaps",), ask, forever=True)

    def drawn(self, region: Region) -> bytes:
        """Who is in a region: one bit a customer, in the order of the file."""

        def ask() -> bytes:
            x, y = (self._coordinates(self.metrics[key].plotted) for key in (region.x, region.y))
            return np.packbits(inside(region.points, x, y)).tobytes()

        return self.kept(("drawn", region), ask, large=True)

    def named(self, text: str) -> bytes:
        """Whose id has `text`, small letters, in it: one bit a customer, in the order of the file."""

        def ask() -> bytes:
            found = pc.match_substring(self._small_ids(), text)
            return np.packbits(found.to_numpy(zero_copy_only=False)).tobytes()

        return self.kept(("named", text), ask, large=True)

    def _coordinates(self, column: str) -> NDArray[np.float64]:
        def ask() -> NDArray[np.float64]:
            found = self.reader.arrays(f"SELECT CAST({column} AS DOUBLE) AS at FROM {TABLE}")["at"]
            return np.ma.filled(found, np.nan)

        return self.kept(("coordinates", column), ask, large=True)

    def _small_ids(self) -> pa.ChunkedArray:
        def ask() -> pa.ChunkedArray:
            # The engine would unpack a million texts for each search.
            text = f"SELECT lower({CUSTOMER_ID}) AS id FROM {TABLE}"
            return pa.chunked_array([batch.column(0) for batch in self.reader.batches(text)], pa.string())

        return self.kept(("small ids",), ask, forever=True)

    def kept(self, key: Hashable, ask: Callable[[], T], *, forever: bool = False, large: bool = False) -> T:
        """The answer kept under `key`, asked for where there is none; the least used are let go.

        Who asks for the same at the same time waits for the one answer.
        """
        return self._kept[0 if forever else _KEPT_LARGE if large else _KEPT].get(key, ask)

    def has(self, key: Hashable) -> bool:
        """Whether an answer is kept under `key`, or on its way."""
        return any(key in shelf for shelf in self._kept.values())
