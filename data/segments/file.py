"""The open file of a segmentation, and what it never needs to be asked twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from data.reader import Reader
from data.segments.metrics import CATEGORY, Metric, metrics_of
from data.segments.serving import TABLE
from data.store import SEGMENTS, Segmentation

_KEPT: Final = 16
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
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

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

    def kept(self, key: Hashable, ask: Callable[[], T], *, forever: bool = False) -> T:
        """The answer kept under `key`, asked for where there is none; the least used are let go."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: T = self._kept[key][1]
                return found
        asked = ask()
        with self._lock:
            self._kept[key] = (forever, asked)
            passing = [name for name, (stays, _) in self._kept.items() if not stays]
            for name in passing[: max(0, len(passing) - _KEPT)]:
                del self._kept[name]
        return asked

    def has(self, key: Hashable) -> bool:
        """Whether an answer is kept under `key`."""
        with self._lock:
            return key in self._kept
