"""Grouping the customers of a filter by the segments that people see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from data.reader import stratified
from data.segments.file import SegmentFile
from data.segments.filter import SegmentFilter
from data.segments.looks import Look
from data.segments.metrics import Metric
from data.segments.relation import fitting, lead, relation

# Quantiles of more customers are those of a stratified sample of this size.
SAMPLE: Final = 100_000


class Grouping:
    """Counts and aggregates by segment over the one condition of a filter."""

    def __init__(self, file: SegmentFile, looks: Sequence[Look]) -> None:
        self.file = file
        self.looks = tuple(looks)
        self.metrics: Mapping[str, Metric] = file.metrics
        self._lead = lead(self.looks)
        self._look_of = {look.codes[0]: look for look in self.looks}
        self._merges = tuple((look.key, look.codes) for look in self.looks)

    def _known(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Conditions that leave out customers without a value of these metrics; none where all have one."""
        return tuple(f"{key} IS NOT NULL" for key in dict.fromkeys(keys) if key in self.file.gaps())

    def _named(self, look: Look) -> dict[str, Any]:
        return {"key": look.key, "name": look.name, "colour": look.colour}

    def _by_segment(
        self,
        chosen: SegmentFilter,
        asked: Mapping[str, str],
        extra: Sequence[str] = (),
        *,
        narrow: bool = False,
    ) -> dict[str, dict[str, Any]]:
        """`customers` and aggregates of our own by key of segment, for those that have any customer."""
        rows = self._grouped(chosen, {}, tuple(asked.values()), extra, narrow=narrow)
        return {
            self._look_of[row[0]].key: dict(zip(("customers", *asked), row[1:], strict=True)) for row in rows
        }

    def _sampled(
        self, chosen: SegmentFilter, asked: Mapping[str, str], extra: Sequence[str] = ()
    ) -> tuple[dict[str, dict[str, Any]], bool]:
        """As `_by_segment`, of a stratified sample where there are more than `SAMPLE`; and whether it is one."""
        if not asked:
            return {}, False
        bound = self._bound(self._sizes(chosen, extra), SAMPLE)
        return self._by_segment(chosen, asked, (*extra, *bound), narrow=True), bool(bound)

    def _sizes(self, chosen: SegmentFilter, extra: Sequence[str] = ()) -> dict[int, int]:
        """Customers by the code of their segment."""
        return {int(row[0]): int(row[1]) for row in self._grouped(chosen, {}, (), extra)}

    def _bound(self, sizes: Mapping[int, int], limit: int) -> list[str]:
        """Conditions that leave about `limit` customers, as evenly by segment as can be; none where fewer are."""
        if sum(sizes.values()) <= limit:
            return []
        shares = stratified(sizes, limit)
        # Constants of our own: the engine skips row groups by a literal bound only.
        cases = " ".join(f"WHEN {code} THEN {share!r}" for code, share in sorted(shares.items()))
        return [f"shuffle < {max(shares.values())!r}", f"shuffle < CASE {self._lead} {cases} END"]

    def _counts(
        self, chosen: SegmentFilter, keys: Mapping[str, str], sums: Iterable[str] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows (code of segment, keys, customers, sums) of a grouping by segment and expressions of our own."""
        return self._grouped(chosen, keys, tuple(sums))

    def _grouped(
        self,
        chosen: SegmentFilter,
        keys: Mapping[str, str],
        sums: Sequence[str],
        extra: Sequence[str] = (),
        *,
        narrow: bool = False,
    ) -> list[tuple[Any, ...]]:
        """Rows (code of segment, keys, customers, sums) of a filter; kept, since several answers need the same.

        Unless `narrow`, they are asked for and kept for all segments: whoever then chooses some waits for
        nothing.
        """
        fitted = fitting(self.file, self.looks, chosen)
        asked = fitted if narrow else replace(fitted, segments=())
        key = ("grouped", asked, self._merges, tuple(extra))

        def ask() -> list[tuple[Any, ...]]:
            source, params = relation(self.file, self.looks, asked, extra)
            shown = [f"{self._lead} AS lead", *(f"{text} AS {name}" for name, text in keys.items())]
            rows = self.file.reader.rows(
                f"SELECT {', '.join([*shown, 'count(*)', *sums])} FROM {source}"
                f" GROUP BY {', '.join(['lead', *keys])}",
                params,
            )
            if sums and not keys:
                self.file.kept((*key, (), ()), lambda: [row[:2] for row in rows])
            return rows

        rows = self.file.kept((*key, tuple(keys.items()), tuple(sums)), ask)
        wanted = set(fitted.segments)
        return [row for row in rows if not wanted or self._look_of[row[0]].key in wanted]

    def _ordered(
        self, found: pd.DataFrame, columns: list[str], *, by: str, order: Mapping[Any, int] | None = None
    ) -> pd.DataFrame:
        """`found` (with `lead`) in the order of the looks, then of `by`, with key, name and colour in front."""
        place = {look.codes[0]: at for at, look in enumerate(self.looks)}
        shown = found.assign(
            place=found["lead"].map(place), rank=found[by].map(order) if order else found[by]
        ).sort_values(["place", "rank"], kind="stable")
        for at, part in enumerate(("key", "name", "colour")):
            shown.insert(at, part, [getattr(self._look_of[code], part) for code in shown["lead"]])
        return shown[["key", "name", "colour", *columns]].reset_index(drop=True)


def frame_of(rows: Sequence[Mapping[Any, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a frame; a column in which something is None stays one of objects, so None is never NaN."""
    values = {name: [row[name] for row in rows] for name in columns}
    return pd.DataFrame(
        {
            name: pd.Series(found, dtype=object if any(value is None for value in found) else None)
            for name, found in values.items()
        },
        columns=list(columns),
    )
