"""The customers that a segmentation divides: those of an analysis as of its last date, or of a table of customers."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from data.errors import InputError
from data.features import customer_features
from data.names import (
    CHURN_RISK,
    CLV,
    CUSTOMER_ID,
    CUSTOMERS,
    FEATURES,
    P_ALIVE,
    PRED_PROB,
    PRED_SPEND,
    PRED_SPEND_HIGH,
    PRED_SPEND_LOW,
)
from data.segments.frame import Customers, customers_of_analysis, customers_of_table, with_attributes_of
from data.store import Analysis, Dataset, Manifest
from jobs.scoring import currency_of
from jobs.workplace import Report, Workplace

ANALYSIS: Final = "analysis"
# What pages are told of a customer beside features: predictions for the days after the last date.
PREDICTED: Final = (PRED_PROB, PRED_SPEND, PRED_SPEND_LOW, PRED_SPEND_HIGH, CHURN_RISK, P_ALIVE, CLV)
# Customers with the lowest and the highest quarter and tenth of these can be filtered.
_BANDED: Final = (CLV, "monetary")
_BANDS: Final = (0.25, 0.75, 0.9)


@dataclass(frozen=True)
class Source:
    """Customers to divide and where they come from: an analysis, or a table of customers.

    `before` are the customers as they were on the day `earlier`, and `predicted` has a row of predictions for
    each customer, in their order: both only of an analysis. Nobody is divided by predictions.
    """

    kind: str
    id: str
    dataset: Dataset
    customers: Customers
    as_of: dt.date | None = None
    earlier: dt.date | None = None
    before: pd.DataFrame | None = None
    predicted: pd.DataFrame | None = None
    horizon_days: int | None = None

    def column(self, name: str) -> pd.Series[Any] | None:
        """A feature or a prediction by customer, in the order of the customers; None where it is not known."""
        for frame in (self.customers.frame, self.predicted):
            if frame is not None and name in frame.columns:
                return frame[name]
        return None

    def manifest(self) -> Manifest:
        """What a segmentation says of its source."""
        return {
            "source": {
                "kind": self.kind,
                "id": self.id,
                "dataset_id": self.dataset.id,
                "series": self.dataset.series,
            },
            "customers": len(self.customers.frame),
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "earlier": self.earlier.isoformat() if self.earlier else None,
            "currency": currency_of(self.dataset),
            "horizon_days": self.horizon_days,
            "attributes": [each.to_dict() for each in self.customers.attributes],
            "bands": {name: _bands(self.column(name)) for name in _BANDED},
        }


def source_of(place: Workplace, params: dict[str, Any], report: Report) -> Source:
    """The customers that a job's parameters name: `analysis_id` with an optional day `earlier`, or `dataset_id`.

    Their files are checked first. Raises NotFoundError, StoreError or InputError in words.
    """
    report(0.0, "Reading the customers")
    if not params.get("analysis_id"):
        return source_of_table(place, place.store.dataset(params["dataset_id"]))
    analysis = place.store.analysis(params["analysis_id"])
    place.store.verify(analysis, "customers.parquet", "next.parquet")
    dataset = place.store.dataset(analysis.dataset_id)
    place.store.verify(dataset)
    return source_of_analysis(place, analysis, dataset, _day(params.get("earlier")))


def source_of_analysis(
    place: Workplace, analysis: Analysis, dataset: Dataset, earlier: dt.date | None = None
) -> Source:
    """The customers of an analysis as of its last date, and as they were at its cutoff or on the day `earlier`."""
    last, cutoff = (dt.date.fromisoformat(analysis.manifest[name]) for name in ("last_date", "cutoff"))
    with closing(place.connect(dataset.path)) as connection:
        now = pd.read_parquet(analysis.file("next.parquet"), columns=[CUSTOMER_ID, *FEATURES, *PREDICTED])
        customers = customers_of_analysis(connection, now[[CUSTOMER_ID, *FEATURES]], dataset)
        if earlier in (None, cutoff):
            before = pd.read_parquet(analysis.file("customers.parquet"), columns=[CUSTOMER_ID, *FEATURES])
        else:
            _check_earlier(earlier, dt.date.fromisoformat(dataset.manifest["first_date"]), last)
            before = customer_features(connection, dataset.buckets, earlier)
    return Source(
        ANALYSIS,
        analysis.id,
        dataset,
        customers,
        last,
        earlier or cutoff,
        with_attributes_of(before, customers),
        now[list(PREDICTED)],
        int(analysis.manifest["horizon_days"]),
    )


def source_of_table(place: Workplace, dataset: Dataset) -> Source:
    """The customers of a table of customers; InputError for a data set of transactions."""
    place.store.verify(dataset)
    with closing(place.connect(dataset.path)) as connection:
        return Source(CUSTOMERS, dataset.id, dataset, customers_of_table(connection, dataset))


def _bands(column: pd.Series[Any] | None) -> list[float] | None:
    values = np.array([]) if column is None else column.to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    return [float(value) for value in np.quantile(known, _BANDS)] if known.size else None


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text)) if text else None
    except ValueError:
        raise InputError(f"The earlier date is a date such as 2025-09-30, not {text!r}.") from None


def _check_earlier(earlier: dt.date, first: dt.date, last: dt.date) -> None:
    if not first <= earlier < last:
        raise InputError(
            f"The earlier date {earlier} is not between the first date of the data, {first}, and its last, {last}:"
            " choose a day between them."
        )
