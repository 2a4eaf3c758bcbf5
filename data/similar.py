"""What customers like one are like: the median of each feature over the most similar customers of an analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from data.names import COUNTS, FEATURES
from data.queries import CustomerQueries

NEAREST: Final = 50
TYPICAL_OF: Final = 100_000
# What customers are compared by, each as the logarithm of one more than itself.
ALIKE_BY: Final = ("recency_days", "frequency", "monetary", "tenure_days")


def medians(
    queries: CustomerQueries, known: Mapping[str, float], limit: int = NEAREST
) -> dict[str, float | None]:
    """The median of every feature over the `limit` customers of the next window nearest to `known`.

    Near is the Euclidean distance of ln(1 + value) over those of ALIKE_BY that are `known`; ties go by
    customer id. Where none is known: over all customers, or a fair sample of TYPICAL_OF where there are more. None where no such customer has a value; whole
    numbers are rounded, halves up.
    """
    columns = ", ".join(f"median({name}) AS {name}" for name in FEATURES)
    params = {name: float(known[name]) for name in ALIKE_BY if name in known}
    source = "next"
    if not params and queries.customers["next"] > TYPICAL_OF:
        # The rows lie in the order of `shuffle`: the first of them are a fair sample.
        source = f"(SELECT * FROM next WHERE shuffle < {TYPICAL_OF / queries.customers['next']!r})"
    if params:
        terms = (f"pow(ln(1 + greatest({name}, 0)) - ln(1 + greatest(${name}, 0)), 2)" for name in params)
        source = f"(SELECT * FROM next ORDER BY {' + '.join(terms)}, customer_id LIMIT {int(limit)})"
    row = queries.ask(f"SELECT {columns} FROM {source}", params)[0]
    return {name: _plain(name, value) for name, value in zip(FEATURES, row, strict=True)}


def _plain(name: str, value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return math.floor(value + 0.5) if name in COUNTS else float(value)
