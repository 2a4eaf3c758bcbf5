"""A small made-up shop for tests of campaigns: an analysis with all that a campaign reads, segments and a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data import names
from data.segments.edits import Edits
from data.serving import SERVING, write_serving
from data.store import ANALYSES, DATASETS, LISTS, TABLE, Analysis, Dataset, Store, write_json
from jobs.campaigns import CampaignBook
from tests.factories import DEFAULT_SHORTFALL, GRID, customers
from tests.segmentations import make_segmentation

HORIZON = 90
CUTOFF, LAST = dt.date(2025, 10, 2), dt.date(2025, 12, 31)
# log sigma = .1 - .05 ln(1 + frequency), within -.5 and 0.
SPREAD = {"weights": [0.1, -0.05, 0.0, 0.0], "low": -0.5, "high": 0.0}
# Predicted and actual totals of two earlier windows; the error is the root mean square of their logs.
BACKTEST = ((110.0, 100.0), (70.0, 100.0))
CODES = 5


@dataclass(frozen=True)
class CampaignShop:
    """A workspace with one analysis; `past` and `score` are its customers, `codes` their segments by id."""

    store: Store
    dataset: Dataset
    analysis: Analysis
    past: pd.DataFrame
    score: pd.DataFrame
    codes: pd.Series[int]
    rules_id: str

    @property
    def edits(self) -> Edits:
        return Edits(self.store.home)

    def book(self) -> CampaignBook:
        """A book that nobody has asked anything yet."""
        return CampaignBook(self.store, self.edits, self.analysis, threads=1)

    def in_file_order(self) -> pd.DataFrame:
        """The customers of the next window as the serving file has them."""
        ids = self.book().file.ids.to_pylist()
        return self.score.set_index(names.CUSTOMER_ID).loc[ids].reset_index()


def campaign_shop(home: Path, count: int = 400, seed: int = 0, ids: Sequence[str] = ()) -> CampaignShop:
    """A shop of `count` customers, the first of them with these `ids`; 20 of the past window are gone by the next."""
    store = Store(home)
    past, score = customers(count, seed), customers(count, seed + 1)
    draw = np.random.default_rng(seed)
    for frame in (past, score):
        frame.loc[: len(ids) - 1, names.CUSTOMER_ID] = list(ids)
        frame["recency_days"] = draw.integers(0, 500, count).astype(float)
        frame["orders_365"] = np.where(frame["recency_days"] < 365, frame["frequency"], 0.0)
        frame["monetary"] = draw.lognormal(4, 1, count).round(2)
    score = score.iloc[:-20].reset_index(drop=True) if count > 40 else score
    dataset = store.dataset(
        store.publish(DATASETS, "orders.csv", lambda folder: _orders(folder, score, seed))
    )
    analysis = store.analysis(
        store.publish(ANALYSES, "orders.csv", lambda folder: _analysis(folder, dataset.id, past, score))
    )
    codes = pd.Series(draw.integers(0, CODES, len(score)), index=score[names.CUSTOMER_ID])
    rules_id = make_segmentation(
        store,
        source_id=analysis.id,
        dataset_id=dataset.id,
        series=dataset.series,
        frame=score.assign(code=codes.to_numpy(), was=codes.to_numpy()),
    )
    return CampaignShop(store, dataset, analysis, past, score, codes, rules_id)


def make_list(shop: CampaignShop, ids: Sequence[str], name: str = "Spring", **manifest: Any) -> str:
    """Publish a saved list of these customers and return its id."""

    def fill(folder: Path) -> dict[str, Any]:
        pq.write_table(pa.table({names.CUSTOMER_ID: pa.array(list(ids), pa.string())}), folder / TABLE)
        facts = {"dataset_id": shop.dataset.id, "series": shop.dataset.series, "customers": len(ids)}
        return {"kind": "list", **facts, **manifest}

    return shop.store.publish(LISTS, name, fill)


def _analysis(folder: Path, dataset_id: str, past: pd.DataFrame, score: pd.DataFrame) -> dict[str, Any]:
    write_serving(folder / SERVING, past, score, threads=1)
    origins = [
        {
            "actual_spend": actual,
            "rows": [
                {"role": "champion", "predicted_spend": predicted},
                {"role": "baseline", "predicted_spend": None},
            ],
        }
        for predicted, actual in BACKTEST
    ]
    write_json(
        folder / "metrics.json",
        {
            "params": {"margin": 0.42},
            "winback": {"threshold": DEFAULT_SHORTFALL},
            "spend_distribution": GRID,
            "backtest": {"origins": origins},
        },
    )
    (folder / "models").mkdir()
    write_json(folder / "models" / "serving.json", {"distribution": {**GRID, "log_sigma": SPREAD}})
    return {
        "kind": "analysis",
        "dataset_id": dataset_id,
        "cutoff": CUTOFF.isoformat(),
        "last_date": LAST.isoformat(),
        "horizon_days": HORIZON,
    }


def _orders(folder: Path, score: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Two years of order lines of the customers in two buckets, a fifth of them sent back, as cleaning writes them."""
    draw = np.random.default_rng(seed + 2)
    lines = 12 * len(score)
    frame = pd.DataFrame(
        {
            names.CUSTOMER_ID: draw.choice(score[names.CUSTOMER_ID], lines),
            names.ORDER_ID: [f"O{number}" for number in draw.integers(0, lines // 2, lines)],
            names.DAY: [LAST - dt.timedelta(days=int(age)) for age in draw.integers(0, 730, lines)],
            names.QUANTITY: draw.choice([1.0, 2.0, -1.0], lines, p=[0.6, 0.2, 0.2]),
        }
    )
    cents = (draw.gamma(1.0, 2000.0, lines).astype(int) + 1) * np.sign(frame[names.QUANTITY]).astype(int)
    frame.loc[::7, names.ORDER_ID] = None
    table = pa.Table.from_pandas(frame, preserve_index=False)
    amounts = pa.array([f"{value / 100:.2f}" for value in cents]).cast(pa.decimal128(18, 4))
    table = table.append_column(names.AMOUNT, amounts)
    buckets = np.array([sum(text.encode()) % 2 for text in frame[names.CUSTOMER_ID]])
    files = [[f"transactions-{place}.parquet"] for place in range(2)]
    for place, (name,) in enumerate(files):
        pq.write_table(table.filter(pa.array(buckets == place)), folder / name)
    write_json(folder / "ledger.json", {"understood": {"currency": "GBP"}})
    first = LAST - dt.timedelta(days=730)
    return {"kind": names.TRANSACTIONS, "buckets": files, "first_date": f"{first}", "last_date": f"{LAST}"}
