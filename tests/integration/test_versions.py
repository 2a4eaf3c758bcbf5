"""Data sets made of data sets: rows added, columns joined, mended rows brought back, choices changed."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.engine import scan
from data.errors import InputError, StoreError
from data.reading import ImportOptions
from data.store import Dataset, Store
from jobs import importing
from jobs.workplace import Workplace
from settings import Settings

HEAD = ("customer", "order", "date", "sku", "qty", "amount", "note")
ROWS = [
    (f"{place % 9:03d}", f"o{place // 2}", f"2024-{place // 28 + 1:02d}-{place % 28 + 1:02d}", f"p{place % 4}", 1, f"{place % 50}.25", "x")
    for place in range(300)
]  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    scratch = tmp_path / "home" / "tmp" / "work"
    store = Store(tmp_path / "home")
    scratch.mkdir()
    return Workplace(store, Settings(home=store.home, threads=1), scratch)


def written(folder: Path, name: str, rows: Iterable[Sequence[object]], head: Sequence[str] = HEAD) -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path


def imported(
    place: Workplace, path: Path, into: tuple[str, Dataset] | None = None, **options: Any
) -> Dataset:
    made = importing.import_file(
        place, path, path.name, ImportOptions(**options), lambda _share, _text: None, into=into
    )
    return place.store.dataset(made)


def stored(dataset: Dataset, columns: str = "customer_id, order_id, ordered_at, amount") -> list[Any]:
    with closing(duckdb.connect()) as connection:
        paths = [path for paths in dataset.buckets for path in paths]
        return connection.execute(f"SELECT {columns} FROM {scan(paths)} ORDER BY ALL").fetchall()


def ties(ledger: dict[str, Any]) -> None:
    for key in ("rows", "amount"):
        total, kept, aside = (Decimal(ledger[key][part]) for part in ("in", "kept", "quarantined"))
        assert total == kept + aside
    assert sum(item["rows"] for item in ledger["reasons"]) == ledger["rows"]["quarantined"]


def test_a_newer_export_adds_what_is_new_and_counts_what_is_known(place: Workplace, tmp_path: Path) -> None:
    # The last row of the first export is there twice: a real repeat, which must stay twice.
    first = imported(place, written(tmp_path, "spring.csv", [*ROWS[:200], ROWS[199]]))
    second = imported(place, written(tmp_path, "summer.csv", [*ROWS[150:], ROWS[199]]), ("append", first))
    whole = imported(place, written(tmp_path, "all.csv", [*ROWS, ROWS[199]]))
    assert stored(second) == stored(whole)
    assert (second.version, second.series, second.name) == (2, first.id, "spring.csv")
    assert second.manifest["parent"] == first.id
    ledger = second.ledger
    ties(ledger)
    assert ledger["rows"] == {"in": 201 + 151, "kept": 301, "quarantined": 51}
    assert [(item["reason"], item["rows"]) for item in ledger["reasons"]] == [("already in the data set", 51)]
    assert ledger["customers"] == 9
    assert (ledger["first_date"], ledger["last_date"]) == ("2024-01-01", whole.ledger["last_date"])
    assert [account["rows"]["kept"] for account in ledger["files"]] == [201, 100]
    assert second.file("rejected-2.csv").read_text().count("already in the data set") == 51
    assert len(stored(first)) == 201, "the earlier version stays as it was"


def test_a_version_lives_on_without_the_one_it_came_from(place: Workplace, tmp_path: Path) -> None:
    first = imported(place, written(tmp_path, "spring.csv", ROWS[:200]))
    second = imported(place, written(tmp_path, "summer.csv", ROWS[200:]), ("append", first))
    place.store.delete_dataset(first.id)
    place.store.verify(second)
    assert len(stored(second)) == 300


def test_the_same_file_again_adds_nothing_and_is_told(place: Workplace, tmp_path: Path) -> None:
    path = written(tmp_path, "spring.csv", ROWS)
    first = imported(place, path)
    with pytest.raises(InputError, match="300 rows are already in the data set; nothing was added"):
        imported(place, path, ("append", first))
    assert [dataset.id for dataset in place.store.datasets()] == [first.id]
    again = imported(place, path)
    assert "imported before, as “spring.csv”" in again.ledger["notes"][0]["text"]


def test_attributes_are_joined_by_customer_id(place: Workplace, tmp_path: Path) -> None:
    shop = imported(place, written(tmp_path, "shop.csv", ROWS))
    people = written(
        tmp_path,
        "people.csv",
        [(f"{place:03d}", "gold" if place % 2 else "basic", 20 + place) for place in range(5, 12)],
        ("customer", "tier", "age"),
    )
    joined = imported(place, people, ("join", shop), kind="customers")
    assert joined.attributes is not None
    with closing(duckdb.connect()) as connection:
        rows = connection.execute(
            f"SELECT customer_id, tier, age FROM {scan([joined.attributes])}"
        ).fetchall()
    assert sorted(rows) == [
        ("005", "gold", 25),
        ("006", "basic", 26),
        ("007", "gold", 27),
        ("008", "basic", 28),
    ]
    assert stored(joined) == stored(shop)
    ledger = joined.ledger
    assert ledger["rows"] == shop.ledger["rows"]
    assert ledger["files"][1]["rows"] == {"in": 7, "kept": 7, "quarantined": 0}
    assert any("4" in note["text"] and note["kind"] == "joined" for note in ledger["notes"])
    with pytest.raises(InputError, match="holds transactions"):
        imported(place, written(tmp_path, "more.csv", ROWS[:9]), ("join", shop), kind="transactions")


def test_mended_rows_come_back_under_their_old_line_numbers(place: Workplace, tmp_path: Path) -> None:
    bad = [("", "o1", "2024-01-05", "p1", 1, "5.00", "=1+1"), ("-7", "o2", "soon", "p1", 1, "6.00", "")]
    bad.append(("008", "o3", "2024-01-05", "p1", 1, "much", ""))
    shop = imported(place, written(tmp_path, "shop.csv", [*ROWS, *bad]))
    assert shop.ledger["rows"]["quarantined"] == 3
    with shop.file("rejected.csv").open(newline="", encoding="utf-8") as file:
        head, *rejected = csv.reader(file)
    assert [row[0] for row in rejected] == ["302", "303", "304"]
    # The first two are mended, the third is not.
    rejected[0][head.index("customer")] = "001"
    rejected[1][head.index("date")] = "2024-02-03"
    mended = written(tmp_path, "mended.csv", rejected, head)
    after = imported(place, mended, ("mend", shop))
    ties(after.ledger)
    # No more rows came in than the file had: two of its three rows changed sides.
    assert after.ledger["rows"] == {"in": 303, "kept": 302, "quarantined": 1}
    assert after.ledger["reasons"] == [{"reason": "not an amount", "rows": 1, "amount": "0.00"}]
    assert Decimal(after.ledger["amount"]["in"]) == Decimal(shop.ledger["amount"]["kept"]) + 11
    assert ("-7", "o2") in [row[:2] for row in stored(after)]
    assert stored(after, "note, amount").count(("=1+1", Decimal("5.0000"))) == 1
    with after.file("rejected-2.csv").open(newline="", encoding="utf-8") as file:
        left = list(csv.DictReader(file))
    assert [(row["line_no"], row["reason"]) for row in left] == [("304", "not an amount")]
    assert after.ledger["notes"][0]["text"] == (
        "2 of 3 rows of the quarantine are mended and in now; 1 cannot be used yet."
    )
    assert not [
        note for note in after.ledger["notes"] if note["kind"] in ("periods_overlap", "changed_orders")
    ]
    names = after.manifest["files"]
    with closing(duckdb.connect()) as connection:
        path = after.path / next(name for name in names if "added" in name)
        columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {scan([path])}").fetchall()]
    assert "line_no" not in columns
    assert "reason" not in columns
    with pytest.raises(InputError, match="not a quarantine file"):
        imported(place, written(tmp_path, "other.csv", ROWS[:5]), ("mend", shop))


def test_a_row_with_too_many_cells_stays_aside_until_it_is_mended(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    rows = [",".join(map(str, row)) for row in ROWS[:50]]
    path.write_text("\n".join([",".join(HEAD), *rows, "001,o9,2024-01-05,p1,1,1,234.00,x"]) + "\n")
    shop = imported(place, path)
    assert [(item["reason"], item["rows"]) for item in shop.ledger["reasons"]] == [
        ("wrong number of cells", 1)
    ]
    with shop.file("rejected.csv").open(newline="", encoding="utf-8") as file:
        head, row = csv.reader(file)
    with pytest.raises(InputError, match="its only row cannot be used: wrong number of cells"):
        imported(place, written(tmp_path, "as_it_was.csv", [row], head), ("mend", shop))
    row[head.index("amount")], row[head.index("note")], row[-1] = "1234.00", "x", ""
    after = imported(place, written(tmp_path, "mended.csv", [row], head), ("mend", shop))
    assert after.ledger["rows"] == {"in": 51, "kept": 51, "quarantined": 0}
    assert ("001", "o9", Decimal("1234.0000")) in [
        (who, order, paid) for who, order, _, paid in stored(after)
    ]


def test_two_files_for_one_data_set_are_both_in(place: Workplace, tmp_path: Path) -> None:
    first = imported(place, written(tmp_path, "spring.csv", ROWS[:100]))
    # Both were asked for while the first version was the newest.
    imported(place, written(tmp_path, "summer.csv", ROWS[100:200]), ("append", first))
    third = imported(place, written(tmp_path, "autumn.csv", ROWS[200:]), ("append", first))
    assert third.version == 3
    assert len(stored(third)) == 300
    assert third.created_at >= first.created_at
    assert third.manifest["created_at"] == third.created_at


def test_another_currency_is_not_added(place: Workplace, tmp_path: Path) -> None:
    head = ("customer", "date", "amount", "currency")
    rows = [(f"c{n % 9}", f"2024-01-{n % 28 + 1:02d}", f"{n}.50") for n in range(60)]
    euro = imported(place, written(tmp_path, "euro.csv", [(*row, "EUR") for row in rows], head))
    dollar = written(tmp_path, "dollar.csv", [(f"d{row[0]}", *row[1:], "USD") for row in rows], head)
    with pytest.raises(InputError, match=r"EUR.*USD|USD.*EUR"):
        imported(place, dollar, ("append", euro))


def test_other_choices_make_a_version_from_the_kept_files(place: Workplace, tmp_path: Path) -> None:
    first = imported(place, written(tmp_path, "spring.csv", [*ROWS[:200], ROWS[7]]))
    second = imported(place, written(tmp_path, "summer.csv", ROWS[200:]), ("append", first))
    made = importing.read_again(place, second, {"duplicates": "drop"}, lambda _share, _text: None)
    third = place.store.dataset(made)
    assert third.version == 3
    ties(third.ledger)
    assert third.ledger["rows"] == {"in": 301, "kept": 300, "quarantined": 1}
    assert [(item["reason"], item["rows"]) for item in third.ledger["reasons"]] == [
        ("repeats another row", 1)
    ]
    assert [step["options"]["duplicates"] for step in third.manifest["steps"]] == ["drop", "drop"]
    assert len(stored(second)) == 301
    back = importing.read_again(place, third, {"duplicates": "keep"}, lambda _share, _text: None)
    assert stored(place.store.dataset(back)) == stored(second)


def test_a_joined_table_does_not_speak_for_the_choices_about_rows(place: Workplace, tmp_path: Path) -> None:
    shop = imported(place, written(tmp_path, "shop.csv", [*ROWS, ROWS[7]]), duplicates="drop")
    people = written(tmp_path, "people.csv", [(f"{n:03d}", 20 + n) for n in range(9)], ("customer", "age"))
    joined = imported(place, people, ("join", shop), kind="customers")
    findings = {each["key"]: each for each in joined.read_json("quality.json")["findings"]}
    assert findings["duplicates"]["choice"]["value"] == "drop"


def test_what_cannot_be_read_again_says_why(place: Workplace, tmp_path: Path) -> None:
    path = written(tmp_path, "spring.csv", ROWS)
    poor = Workplace(place.store, Settings(home=place.store.home, keep_sources=False), place.scratch)
    with pytest.raises(InputError, match=r"spring\.csv was not kept"):
        importing.read_again(poor, imported(poor, path), {"duplicates": "drop"}, lambda _s, _t: None)
    kept = imported(place, path)
    with pytest.raises(InputError, match="no choice about rows"):
        importing.read_again(place, kept, {"mapping": "x"}, lambda _s, _t: None)
    (kept.path / "source-1").write_bytes(b"x" * (kept.path / "source-1").stat().st_size)
    with pytest.raises(StoreError, match="source-1 is damaged"):
        importing.read_again(place, kept, {"duplicates": "drop"}, lambda _s, _t: None)


def test_a_file_of_the_user_is_never_linked(place: Workplace, tmp_path: Path) -> None:
    path = written(tmp_path, "spring.csv", ROWS)
    kept = imported(place, path)
    path.write_text("gone")
    assert (kept.path / "source-1").read_text().startswith("customer,order")
    place.store.verify(kept, "source-1")


def test_nothing_is_left_behind_by_a_step_that_fails(place: Workplace, tmp_path: Path) -> None:
    first = imported(place, written(tmp_path, "spring.csv", ROWS))
    with pytest.raises(InputError):
        imported(place, written(tmp_path, "bad.csv", [("1", "2")], ("a", "b")), ("append", first))
    assert [dataset.id for dataset in place.store.datasets()] == [first.id]
    assert list(place.scratch.iterdir()) in ([], [place.scratch / "spill"])


def test_versions_from_the_command_line(lapwing: str, tmp_path: Path) -> None:
    def run(*arguments: object) -> dict[str, Any]:
        done = subprocess.run(
            [lapwing, "import", *map(str, arguments), "--json"],
            capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin", "LAPWING_HOME": str(tmp_path / "home")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return dict(json.loads(done.stdout))

    first = run(written(tmp_path, "spring.csv", ROWS[:200]))
    second = run(written(tmp_path, "summer.csv", ROWS[100:]), "--append", first["dataset_id"])
    assert second["kind"] == "transactions"
    assert second["ledger"]["rows"] == {"in": 400, "kept": 300, "quarantined": 100}
    people = written(
        tmp_path, "people.csv", [(f"{place:03d}", place) for place in range(9)], ("customer", "age")
    )
    third = run(people, "--join", second["dataset_id"], "--kind", "customers")
    assert third["ledger"]["rows"] == second["ledger"]["rows"]
