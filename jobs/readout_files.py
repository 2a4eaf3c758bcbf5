"""Looking at a result file: any layout, its rows staged as text, and what is seen of its columns."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from data.engine import scan
from data.errors import InputError, Question, QuestionError
from data.names import CUSTOMER_ID, CUSTOMERS
from data.reading import ImportOptions, Staged
from data.reading.guard import Limits, inspect_guarded, read_guarded
from data.reading.numbers import number_sql
from data.reading.staging import column_key
from jobs.readout_columns import MOST_ARMS, Column
from jobs.workplace import Report, Workplace, part

if TYPE_CHECKING:
    import duckdb

# Texts that stand for nothing.
BLANK: Final = "('', 'null', 'na', 'n/a', '#n/a', 'nan', 'none', 'nil', '-', '<na>')"
# What is looked at of a column to tell whether it holds numbers.
_LOOKED_AT: Final = 20_000
_EXAMPLES: Final = 3
_SHOWN: Final = 80
# A longer text names no arm.
_LONGEST: Final = 200
_MOST_COLUMNS: Final = 300


@dataclass(frozen=True)
class Look:
    """A result file as it was looked at: its rows on disk as text, and what is seen of its columns."""

    name: str
    staged: Staged
    columns: tuple[Column, ...]
    decimal: str | None

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(each for each in self.columns if each.name == name)

    def key(self, name: str) -> str:
        """What the column of that name is called on disk."""
        return column_key([each.name for each in self.columns].index(name))


def look_at(place: Workplace, path: Path, name: str, options: ImportOptions, report: Report) -> Look:
    """Read the file `path`, which its owner calls `name`, into the scratch folder of `place`.

    Raises InputError in one sentence for a file that cannot be used, and QuestionError where its encoding,
    delimiter or sheet is open; the decimal mark is asked for by `jobs.readout_rows`, of the columns that matter.
    """
    limits = Limits(memory_mb=place.settings.read_memory_mb)
    report(0.0, f"Looking at {name}")
    # A result file is a table of customers whatever its columns are called; none has to be an id.
    plain = replace(options, kind=CUSTOMERS, mapping={CUSTOMER_ID: ""})
    found = inspect_guarded(path, plain, name=name, limits=limits)
    asked = tuple(each for each in found.questions if each.key != "decimal")
    if asked:
        raise QuestionError(tuple(map(in_place, asked)))
    if len(found.columns) > _MOST_COLUMNS:
        raise InputError(
            f"{name} has {len(found.columns):,} columns; a result needs the arm and what each customer spent. Export "
            f"{_MOST_COLUMNS} columns at most."
        )
    decimal = found.options.decimal
    folder = place.folder("readout")
    settled = replace(found.options, decimal=decimal or ".")
    staged = read_guarded(path, settled, folder, name=name, limits=limits, report=part(report, 0.1, 0.9))
    report(0.9, "Looking at the columns")
    with closing(place.connect(folder)) as connection:
        columns = tuple(
            _seen(connection, staged, at, column, decimal or ".") for at, column in enumerate(found.columns)
        )
    return Look(name, staged, columns, decimal)


def in_place(question: Question) -> Question:
    """The question of an import, asked of a result."""
    return replace(
        question,
        text=question.text.replace("; nothing was imported", "").replace(" Nothing was imported.", ""),
    )


def _seen(connection: duckdb.DuckDBPyConnection, staged: Staged, at: int, name: str, decimal: str) -> Column:
    key, source = column_key(at), scan([staged.path])
    values = connection.execute(
        f"SELECT trim({key}) AS value, count(*) AS rows FROM {source} WHERE trim({key}) <> '' "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_ARMS + 1}"
    ).fetchall()
    number = number_sql(f"trim({key})", decimal)
    filled, numbers = connection.execute(
        f"SELECT count(*), count({number}) FROM (SELECT {key} FROM {source} "
        f"WHERE lower(trim({key})) NOT IN {BLANK} AND line_no <= {_LOOKED_AT})"
    ).fetchall()[0]
    are_few = len(values) <= MOST_ARMS and all(len(value) <= _LONGEST for value, _ in values)
    few = tuple((str(value), int(rows)) for value, rows in values) if are_few else ()
    examples = tuple(value[:_SHOWN] for value, _ in values[:_EXAMPLES])
    return Column(name, examples, few, filled, filled > 0 and numbers >= 0.8 * filled)
