"""Planned campaigns and named scenarios: how they are saved, read back, and what became of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.engine import connect, scan
from data.errors import InputError, StoreError
from data.exports import csv_chunks
from data.features import PURCHASE
from data.names import TRANSACTIONS
from data.segments.looks import clean_name
from data.store import CAMPAIGNS, SCENARIOS, TABLE, Campaign, Dataset, Entry, Manifest, Store

TREAT: Final = "treat"
HOLDOUT: Final = "holdout"
BATCH: Final = 50_000

_OUTCOMES = f"""WITH chosen AS (SELECT * FROM {{chosen}}),
outcome AS (
  SELECT
    customer_id,
    count(DISTINCT CASE WHEN {PURCHASE} THEN coalesce(order_id, CAST(day AS VARCHAR)) END) AS orders,
    sum(amount) AS spend
  FROM {{lines}}
  WHERE day > $start AND day <= $end AND customer_id IN (SELECT customer_id FROM chosen)
  GROUP BY customer_id
)
SELECT
  c.customer_id, c.arm, c.rank, c.pred_prob, c.pred_spend,
  coalesce(o.orders, 0) AS orders, CAST(coalesce(o.spend, 0) AS DOUBLE) AS spend
FROM chosen c LEFT JOIN outcome o ON o.customer_id = c.customer_id
ORDER BY c.rank"""


@dataclass(frozen=True)
class Plan:
    """What is to be saved of a campaign: what its manifest says, and the contacted customers, best first.

    The customers have the columns customer_id, arm (`TREAT` or `HOLDOUT`), rank, pred_prob, pred_spend and
    incremental_profit, and any others.
    """

    facts: Manifest
    customers: Iterable[pa.RecordBatch]


class Planner(Protocol):
    """What plans campaigns and scenarios (`jobs.campaigns.CampaignBook`)."""

    def plan(self, text: str, params: Any) -> Plan:
        """The campaign to the audience `text` with a holdout drawn."""

    def scenario(self, text: str, params: Any) -> Manifest:
        """What is kept of a scenario: audience, parameters and results."""


def save_campaign(store: Store, book: Planner, audience: str, params: Any, name: str, today: dt.date) -> str:
    """Publish a campaign planned on the day `today` and return its id.

    The manifest has the SHA-256 of the list as `list_csv` writes it. Raises InputError for a name without 1 to
    60 characters or one that another campaign of the series has, and as `book.plan` does.
    """
    title = clean_name(name, "campaign")
    plan = book.plan(audience, params)
    _check_free(title, store.campaigns(plan.facts["series"]), "campaign")

    def fill(folder: Path) -> Manifest:
        arms = {TREAT: 0, HOLDOUT: 0}
        batches = iter(plan.customers)
        first = next(batches)
        with pq.ParquetWriter(folder / TABLE, first.schema, compression="zstd") as writer:
            while first is not None:
                writer.write_batch(first)
                for each in first.column("arm").value_counts().to_pylist():
                    arms[each["values"]] += each["counts"]
                first = next(batches, None)
        digest = hashlib.sha256()
        for piece in csv_chunks(_batches(folder / TABLE)):
            digest.update(piece)
        return {
            "kind": "campaign",
            **plan.facts,
            "planned_on": today.isoformat(),
            "customers": sum(arms.values()),
            "treated": arms[TREAT],
            "held_out": arms[HOLDOUT],
            "sha256": digest.hexdigest(),
        }

    return store.publish(CAMPAIGNS, title, fill)


def save_scenario(store: Store, book: Planner, audience: str, params: Any, name: str) -> str:
    """Publish the parameters of a campaign under a name, with what came out, and return its id.

    Raises InputError for a name without 1 to 60 characters or one that another scenario of the series has,
    and as `book.scenario` does.
    """
    title = clean_name(name, "scenario")
    facts = book.scenario(audience, params)
    _check_free(title, store.scenarios(facts["series"]), "scenario")
    return store.publish(SCENARIOS, title, lambda _folder: {"kind": "scenario", **facts})


def batches_of(campaign: Campaign) -> Iterator[pa.RecordBatch]:
    """The customers of a campaign in Arrow batches, best first; StoreError where the file is damaged."""
    try:
        yield from _batches(campaign.customers)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"The campaign {campaign.name} cannot be read.") from error


def list_csv(campaign: Campaign) -> Iterator[bytes]:
    """The list of a campaign as CSV, piece by piece: the bytes whose SHA-256 its manifest has."""
    return csv_chunks(batches_of(campaign))


def outcomes_of(
    store: Store,
    campaign: Campaign,
    dataset: Dataset,
    *,
    start: dt.date | None = None,
    partial: bool = False,
    threads: int = 2,
    memory_mb: int = 1024,
) -> pd.DataFrame:
    """What the customers of a campaign did in its horizon, by the transactions of a data set.

    Counts the days after `start` (default: the date the campaign was planned as of). One row a customer, best
    first: customer_id, arm, rank, pred_prob, pred_spend, orders and spend (net, account currency), 0 for who
    ordered nothing. Raises InputError for a table of customers, where nobody of the campaign is in the data
    set, and where it ends before the horizon does; `partial` takes what is there then, from one day on.
    """
    if dataset.kind != TRANSACTIONS:
        raise InputError(
            f"{dataset.name} is a table of customers: what a campaign brought is read from orders. Choose a data"
            " set of transactions."
        )
    begin = start or dt.date.fromisoformat(campaign.manifest["as_of"])
    end = begin + dt.timedelta(days=int(campaign.manifest["horizon_days"]))
    _check_days(campaign, dataset, begin, end, partial)
    paths = [path for bucket in dataset.buckets for path in bucket]
    files = {"chosen": scan([campaign.customers]), "lines": scan(paths)}
    try:
        with (
            TemporaryDirectory(prefix="outcomes-", dir=store.home / "tmp") as spill,
            closing(
                connect([campaign.path, dataset.path], threads=threads, memory_mb=memory_mb, temp=Path(spill))
            ) as connection,
        ):
            days = {"start": begin, "end": end}
            frame: pd.DataFrame = connection.execute(_OUTCOMES.format(**files), days).df()
            if not frame["orders"].any():
                _check_known(connection, campaign, dataset, files)
    except duckdb.Error as error:
        raise StoreError(f"{dataset.name}: its files are damaged or not there any more.") from error
    except OSError as error:
        raise StoreError(f"Could not write to the workspace: {error.strerror or error}.") from error
    return frame


def _check_days(campaign: Campaign, dataset: Dataset, begin: dt.date, end: dt.date, partial: bool) -> None:
    last = dataset.last_date
    if last <= begin:
        raise InputError(
            f"{dataset.name} ends on {last}, and the campaign {campaign.name} counts the days after {begin}: upload"
            " transactions of the days since."
        )
    missing = (end - last).days
    if missing > 0 and not partial:
        days = "1 day" if missing == 1 else f"{missing:,} days"
        raise InputError(
            f"{dataset.name} ends on {last}, {days} before the purchases of the campaign {campaign.name} have been"
            f" counted to the end ({end}): upload later transactions, or read what there is so far."
        )


def _check_known(
    connection: duckdb.DuckDBPyConnection, campaign: Campaign, dataset: Dataset, files: dict[str, str]
) -> None:
    text = "SELECT count(*) FROM {chosen} c SEMI JOIN {lines} l ON l.customer_id = c.customer_id"
    found = connection.execute(text.format(**files)).fetchone()
    if not found or not found[0]:
        raise InputError(
            f"No customer of the campaign {campaign.name} is in {dataset.name}: choose the data set that has their"
            " orders."
        )


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=BATCH)


def _check_free(name: str, others: Iterable[Entry], what: str) -> None:
    if name.casefold() in {other.name.casefold() for other in others}:
        raise InputError(f"There is already a {what} called {name!r}: choose another name.")
