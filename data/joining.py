"""Attributes of customers from another file, joined to a data set by customer id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb

from data.accounting import counted
from data.columns import TEXT, Column, read_columns, write_table
from data.engine import quote, scan
from data.errors import InputError
from data.names import CUSTOMER_ID
from data.quarantine import identifier

ATTRIBUTES_FILE: Final = "attributes.parquet"
_MATCHES_FILE: Final = "matches.parquet"

# Fewer matches than this share of the smaller side are chance, or damage to the ids.
_FEW: Final = 0.05


@dataclass(frozen=True)
class _Form:
    """A way to write ids that undoes a damage: `sql` turns the id `{id}` into it."""

    sql: str
    words: str


_AS_WRITTEN: Final = _Form("{id}", "")
_WITHOUT_ZEROS: Final = _Form(
    "regexp_replace({id}, '^0+(\\d+)$', '\\1')", "without the zeros at their beginning"
)
# What spreadsheets and people do to ids, in the order in which it is undone.
_FORMS: Final = (
    _Form("regexp_replace({id}, '^(\\d+)\\.0+$', '\\1')", "without the '.0' that spreadsheets add"),
    _WITHOUT_ZEROS,
    _Form("lower(regexp_replace({id}, '\\s+', '', 'g'))", "without regard to capitals and spaces"),
    _Form(
        "regexp_replace(regexp_replace(lower(regexp_replace({id}, '\\s+', '', 'g')), '^(\\d+)\\.0+$', '\\1'), '^0+(\\d+)$', '\\1')",
        "without regard to capitals, spaces, zeros at the beginning and a '.0' at the end",
    ),
)


@dataclass(frozen=True)
class Joined:
    """A join by customer id: its file, the columns in it, and how the customers of both sides met.

    `matched` customers are in both, `only_in_file` and `only_in_dataset` on one side; `notes` are
    sentences for people.
    """

    path: Path
    columns: tuple[Column, ...]
    matched: int
    only_in_file: int
    only_in_dataset: int
    notes: tuple[str, ...]


def join_attributes(
    connection: duckdb.DuckDBPyConnection,
    dataset_source: str,
    attributes: Path,
    folder: Path,
    *,
    previous: Path | None = None,
    name: str,
) -> Joined:
    """Write `folder`/attributes.parquet: one row for each customer of the data set that has attributes.

    `dataset_source` is a FROM expression with customer_id; `attributes` a table that clean_customers
    wrote of the file called `name`. `previous` is an earlier such file (or the customers.parquet of a
    table of customers: the outcome is then the merged table): its columns stay, and where the new
    file has one of the same name, the new file's values stand for the customers it has. Ids are
    matched as they are written; where that (nearly) fails, without the damage that spreadsheets do,
    if no two ids become one. Raises InputError where no customer matches.
    """
    columns, numbered = read_columns(attributes)
    if numbered:
        raise InputError(
            f"{name} has no customer id, so nothing tells whose attributes its rows are: choose the column of the "
            "customer in the form, or with --map customer_id=COLUMN."
        )
    if not columns:
        raise InputError(f"{name} has no column beside the customer id: there is nothing to join.")
    matches = folder / _MATCHES_FILE
    try:
        matching = _Matching(connection, dataset_source, attributes, matches)
        form, matched = matching.best()
        if not matched:
            raise _nothing_matches(matching, name)
        notes = [_counts_words(matching, matched)]
        if form is not _AS_WRITTEN:
            notes.append(_form_words(matching, form, name))
        earlier = read_columns(previous)[0] if previous else ()
        select, merged, words = _merged(matching, attributes, columns, previous, earlier)
        stored = write_table(connection, select, merged, folder / ATTRIBUTES_FILE)
    finally:
        matches.unlink(missing_ok=True)
    return Joined(
        path=folder / ATTRIBUTES_FILE,
        columns=stored,
        matched=matched,
        only_in_file=matching.in_file - matched,
        only_in_dataset=matching.in_dataset - matched,
        notes=(*notes, *words),
    )


class _Matching:
    """The ids of both sides, and the pairs (customer_id, file_id) found in `path`."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, dataset_source: str, attributes: Path, path: Path
    ) -> None:
        self.connection = connection
        self.dataset = f"(SELECT DISTINCT {CUSTOMER_ID} AS id FROM {dataset_source})"
        self.file = f"(SELECT {CUSTOMER_ID} AS id FROM {scan([attributes])})"
        self.path = path
        self.pairs = 0
        self.in_dataset, self.in_file = (self._count(side) for side in (self.dataset, self.file))

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.execute(sql).fetchall()]

    def _count(self, side: str) -> int:
        return int(self._all(f"SELECT count(*) FROM {side}")[0][0])

    def best(self) -> tuple[_Form, int]:
        """The form in which the ids match, with the number of customers; their pairs are in the file."""
        exact = self._write(_AS_WRITTEN)
        enough = max(1.0, _FEW * min(self.in_dataset, self.in_file))
        # Where numbers of one width lost their zeros, those that had none still match.
        forms = _FORMS if exact < enough else (_WITHOUT_ZEROS,) if self._zeros_lost() else ()
        best, most = _AS_WRITTEN, exact
        for form in forms:
            if self._unambiguous(form) and (found := self._write(form)) > most:
                best, most = form, found
                if found >= enough:
                    return best, most
        return best, self._write(best)

    def _write(self, form: _Form) -> int:
        """Write the pairs of ids that are the same in `form`; returns their number."""
        ours, theirs = form.sql.format(id="ours.id"), form.sql.format(id="theirs.id")
        self.connection.execute(
            f"COPY (SELECT ours.id AS {CUSTOMER_ID}, theirs.id AS file_id FROM {self.dataset} AS ours "
            f"JOIN {self.file} AS theirs ON {ours} = {theirs}) "
            f"TO {quote(str(self.path.resolve()))} (FORMAT parquet, COMPRESSION lz4_raw)"
        )
        self.pairs = self._count(scan([self.path]))
        return self.pairs

    def _unambiguous(self, form: _Form) -> bool:
        """Whether no two ids of a side are the same in `form`."""
        same = form.sql.format(id="id")
        return all(
            self._all(f"SELECT count(DISTINCT {same}) = count(*) FROM {side}")[0][0]
            for side in (self.dataset, self.file)
        )

    def _zeros_lost(self) -> bool:
        """Whether just one side has numbers that begin with 0, and numbers of one width only."""
        sides = [
            self._all(
                "SELECT count(*) FILTER (WHERE starts_with(id, '0')), min(length(id)) = max(length(id)) "
                f"FROM {side} WHERE regexp_full_match(id, '\\d{{2,}}')"
            )[0]
            for side in (self.dataset, self.file)
        ]
        padded = [one_width for zeros, one_width in sides if zeros]
        return padded == [True]

    def examples(self) -> tuple[list[str], list[str]]:
        """Two ids of the data set and two of the file."""
        ours, theirs = (
            [str(row[0]) for row in self._all(f"SELECT id FROM {side} ORDER BY id LIMIT 2")]
            for side in (self.dataset, self.file)
        )
        return ours, theirs

    def changed_pair(self) -> tuple[str, str]:
        """The first pair of ids that are not written alike: the data set's and the file's."""
        rows = self._all(
            f"SELECT {CUSTOMER_ID}, file_id FROM {scan([self.path])} WHERE {CUSTOMER_ID} <> file_id ORDER BY 1 LIMIT 1"
        )
        return str(rows[0][0]), str(rows[0][1])

    def count_changed(self) -> int:
        """How many pairs are not written alike."""
        return self._count(f"(SELECT 1 FROM {scan([self.path])} WHERE {CUSTOMER_ID} <> file_id)")


def _nothing_matches(matching: _Matching, name: str) -> InputError:
    ours, theirs = (" and ".join(f"'{each[:40]}'" for each in side) for side in matching.examples())
    return InputError(
        f"No customer of {name} is in the data set: the file has ids such as {theirs}, the data set {ours}. "
        "Choose the column of the file that holds the same ids in the form, or with --map customer_id=COLUMN."
    )


def _counts_words(matching: _Matching, matched: int) -> str:
    file, rest = matching.in_file, matching.in_dataset - matched
    if file == 1:
        first = "The file's only customer is in the data set"
    elif matched == file:
        first = f"All of the file's {file:,} customers are in the data set"
    else:
        first = (
            f"{matched:,} of the file's {file:,} customers {'is' if matched == 1 else 'are'} in the data set"
        )
    if not rest:
        return f"{first}; every customer of the data set is in the file."
    return f"{first}; {counted(rest, 'customer')} of the data set {'is' if rest == 1 else 'are'} not in the file."


def _form_words(matching: _Matching, form: _Form, name: str) -> str:
    ours, theirs = matching.changed_pair()
    changed = matching.count_changed()
    return (
        f"{counted(changed, 'customer id')} of {name} {'is' if changed == 1 else 'are'} written differently in the data set "
        f"('{theirs}' in the file, '{ours}' in the data set): ids were compared {form.words}."
    )


def _merged(
    matching: _Matching,
    attributes: Path,
    columns: Sequence[Column],
    previous: Path | None,
    earlier: Sequence[Column],
) -> tuple[str, list[Column], list[str]]:
    """SQL for the joined table, its columns (the earlier ones first), and words on what was replaced."""
    both = f"({scan([matching.path])} AS pairs JOIN {scan([attributes])} AS new ON pairs.file_id = new.{CUSTOMER_ID})"
    if previous is None:
        values = ", ".join(f"new.{identifier(each.name)}" for each in columns)
        return f"SELECT pairs.{CUSTOMER_ID}, {values} FROM {both}", list(columns), []
    newer = {each.name.casefold(): each for each in columns}
    merged: list[Column] = []
    values_of: list[str] = []
    for each in earlier:
        column, cast = _common(each, newer.pop(each.name.casefold(), None))
        merged.append(column)
        values_of.append(f"old.{identifier(each.name)}")
        if column is not each:
            old, new = (f"{side}.{identifier(each.name)}{cast}" for side in ("old", "new"))
            values_of[-1] = f"CASE WHEN pairs.file_id IS NULL THEN {old} ELSE {new} END"
    roles = {each.role for each in earlier}
    for each in newer.values():
        merged.append(replace(each, role=None) if each.role in roles else each)
        values_of.append(f"new.{identifier(each.name)}")
    values = ", ".join(
        f"{value} AS {identifier(column.name)}" for value, column in zip(values_of, merged, strict=True)
    )
    select = (
        f"SELECT coalesce(pairs.{CUSTOMER_ID}, old.{CUSTOMER_ID}) AS {CUSTOMER_ID}, {values} "
        f"FROM {scan([previous])} AS old FULL JOIN {both} ON old.{CUSTOMER_ID} = pairs.{CUSTOMER_ID}"
    )
    replaced = [each.name for each in columns if each.name.casefold() not in newer]
    return select, merged, _replaced_words(replaced, matching)


def _common(earlier: Column, newer: Column | None) -> tuple[Column, str]:
    """The column that holds the values of both, and the cast they need for it."""
    if newer is None:
        return earlier, ""
    column = replace(newer, name=earlier.name, role=earlier.role)
    if newer.type == earlier.type:
        return column, ""
    return replace(column, type=TEXT), "::VARCHAR"


def _replaced_words(names: Sequence[str], matching: _Matching) -> list[str]:
    if not names:
        return []
    quoted = [f"'{name}'" for name in names]
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
    was, their = ("was", "its") if len(names) == 1 else ("were", "their")
    text = f"{listed} {was} in the data set before: the file's values replace {their} earlier ones"
    rest = matching.in_dataset - matching.pairs
    if rest:
        text += f", which stay for the {counted(rest, 'customer')} that {'is' if rest == 1 else 'are'} not in the file"
    return [text + "."]
