"""A scored customer as it leaves the product: the columns of the file, and the reasons in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pyarrow as pa

from pages._ui.reasons import reason_words

# A test holds them against data.names.NEXT_WINDOW_COLUMNS.
COLUMNS: Final = (
    "customer_id", "recency_days", "frequency", "monetary", "pred_prob", "pred_spend", "pred_spend_low",
    "pred_spend_high", "churn_risk", "p_alive", "clv",
)  # fmt: skip
REASONS: Final = ("reason_1", "reason_2", "reason_3")
# What customers belong to and what to do about them; a result has them where its model's customers were divided.
DIVISIONS: Final = ("segment", "cluster", "recommendation")


def reason_text(row: Mapping[str, Any], rank: int, currency: str | None) -> str:
    """The reason of that rank: "for: 12 orders so far"; "" where there is none.

    `row` has the features, `reason_<rank>` and `reason_<rank>_effect` (log-odds).
    """
    feature, effect = row.get(f"reason_{rank}"), row.get(f"reason_{rank}_effect")
    if not feature or not effect:
        return ""
    return f"{'for' if float(effect) > 0 else 'against'}: {reason_words(str(feature), row, currency)}"


def export_batches(batches: Iterable[pa.RecordBatch], currency: str | None) -> Iterator[pa.RecordBatch]:
    """Batches of a scored table as those of the file: COLUMNS, the reasons in words, and DIVISIONS it has."""
    for batch in batches:
        rows: list[dict[str, Any]] = batch.to_pylist()
        words = [
            pa.array([reason_text(row, rank, currency) for row in rows], pa.string())
            for rank in range(1, len(REASONS) + 1)
        ]
        divisions = [name for name in DIVISIONS if name in batch.schema.names]
        columns, belong = ([batch.column(name) for name in names] for names in (COLUMNS, divisions))
        yield pa.RecordBatch.from_arrays([*columns, *words, *belong], names=[*COLUMNS, *REASONS, *divisions])
