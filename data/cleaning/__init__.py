"""From staged text to clean transactions: every row is kept, or set aside with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from data.cleaning.currencies import ask_for_one
from data.cleaning.judging import Judgement
from data.cleaning.notes import account, ledger
from data.cleaning.overlap import set_overlap_aside
from data.cleaning.workbench import Workbench
from data.cleaning.writing import (
    STORED_COLUMNS,
    stored_columns,
    write_rejected,
    write_transactions,
)
from data.reading import ImportOptions, Report, Staged, no_report

__all__ = ["BUCKET_ROWS", "STORED_COLUMNS", "Cleaned", "clean"]

# A bucket of this many rows is sorted and described within a gigabyte.
BUCKET_ROWS: Final = 4_000_000


@dataclass(frozen=True)
class Cleaned:
    """What cleaning left in its folder: the transactions, the rejected rows and their account.

    `buckets` holds the files by customer bucket, as many as the data set has; one may be without a new file.
    """

    buckets: tuple[tuple[Path, ...], ...]
    rejected: Path
    ledger: dict[str, Any]
    rows: int
    customers: int
    first_date: date
    last_date: date
    columns: tuple[str, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files of transactions."""
        return tuple(path for paths in self.buckets for path in paths)


def clean(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    options: ImportOptions,
    folder: Path,
    report: Report = no_report,
    *,
    today: date | None = None,
    existing: Sequence[Sequence[Path]] = (),
    bucket_rows: int = BUCKET_ROWS,
    suffix: str = "",
    mended: bool = False,
) -> Cleaned:
    """Judge every staged row and write `folder`/transactions*.parquet and rejected.csv, with the ledger.

    `options` must be complete (those of the staged file's inspection are). Rows dated after `today`
    (default: the day it is, UTC) are set aside where they are few. `existing` are the files, by customer
    bucket, of a data set that the rows are added to: what it already has is set aside, the rest goes to the
    same number of buckets; otherwise there is a bucket for every `bucket_rows` rows. `suffix` is put behind
    the names of all files. `mended` says that the rows are mended ones of the data set's own quarantine, which
    share its dates and orders as a matter of course. Raises InputError where no row is left to keep, and QuestionError where rows are
    of several currencies. Amounts are exact decimals; the
    transactions do not depend on the order of the rows.
    """
    files = tuple(path for paths in existing for path in paths)
    bench = Workbench(connection, staged, options, today or datetime.now(UTC).date(), files)
    number = len(existing) or max(1, -(-staged.rows // bucket_rows))
    try:
        report(0.05, "Reading dates and amounts")
        ask_for_one(bench)
        judgement = Judgement(bench)
        overlap = None
        if existing:
            report(0.2, "Looking for rows the data set already has")
            overlap = set_overlap_aside(judgement, existing)
        if options.cancelled_pairs == "drop":
            report(0.3, "Matching cancellations and purchases")
            judgement.drop_cancelled_pairs()
        if options.partial_month == "drop":
            judgement.drop_partial_month(overlap.last if overlap else None)
        report(0.35, "Accounting for every row")
        sums = account(judgement)
        book = ledger(judgement, sums, overlap.notes(sums) if overlap and not mended else [])
        report(0.5, "Writing the transactions")
        buckets = _write_buckets(judgement, folder, suffix, number, fresh=not existing)
        report(0.9, "Writing the rows set aside")
        rejected = folder / f"rejected{suffix}.csv"
        write_rejected(judgement, rejected, some=book["rows"]["quarantined"] > 0)
    finally:
        bench.close()
    report(1.0, f"{book['rows']['kept']:,} of {book['rows']['in']:,} rows kept")
    return Cleaned(
        buckets=buckets,
        rejected=rejected,
        ledger=book,
        rows=book["rows"]["kept"],
        customers=book["customers"],
        first_date=date.fromisoformat(book["first_date"]),
        last_date=date.fromisoformat(book["last_date"]),
        columns=tuple(stored_columns(bench)),
    )


def _write_buckets(
    judgement: Judgement, folder: Path, suffix: str, number: int, *, fresh: bool
) -> tuple[tuple[Path, ...], ...]:
    """Write each bucket's file; rows added to a data set leave out the buckets that get none."""
    if number == 1:
        path = folder / f"transactions{suffix}.parquet"
        write_transactions(judgement, judgement.kept, path)
        return ((path,),)
    customers = judgement.customer_buckets(number)
    buckets: list[tuple[Path, ...]] = []
    for bucket in range(number):
        path = folder / f"transactions{suffix}-{bucket:03d}.parquet"
        if write_transactions(judgement, judgement.kept_in(customers, bucket), path) or fresh:
            buckets.append((path,))
        else:
            path.unlink()
            buckets.append(())
    return tuple(buckets)
