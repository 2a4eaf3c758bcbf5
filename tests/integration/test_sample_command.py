"""`lapwing sample` as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest


def sample(lapwing: str, folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"LAPWING_HOME": str(folder / "home")}
    command = [lapwing, "sample", *map(str, words)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_shop_and_its_truth_are_written(lapwing: str, tmp_path: Path) -> None:
    done = sample(lapwing, tmp_path, "--customers", 60, "--seed", 3, "--out", "made/shop.parquet")
    assert done.returncode == 0, done.stderr
    rows = pq.read_metadata(tmp_path / "made/shop.parquet").num_rows
    files = ["shop.customers.parquet", "shop.truth.json", "shop.truth.parquet"]
    assert done.stderr == f"{rows:,} rows in made/shop.parquet; beside it {', '.join(files)}\n"
    assert sorted(each.name for each in (tmp_path / "made").iterdir()) == sorted([*files, "shop.parquet"])
    truth = json.loads((tmp_path / "made/shop.truth.json").read_text())
    assert (truth["seed"], truth["customers"], truth["totals"]["rows"]) == (3, 60, rows)
    assert truth["files"]["transactions"] == "shop.parquet"
    assert not (tmp_path / "home").exists()


def test_the_table_of_customers_has_500_rows_unless_said_otherwise(lapwing: str, tmp_path: Path) -> None:
    done = sample(lapwing, tmp_path, "--table", "customers", "--out", "people.csv")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "500 rows in people.csv; beside it people.truth.csv, people.truth.json\n"
    table, truth = (pacsv.read_csv(tmp_path / name) for name in ("people.csv", "people.truth.csv"))
    assert table.num_rows == 500
    assert table["customer_id"].equals(truth["customer_id"])
    done = sample(
        lapwing, tmp_path, "--table", "customers", "--customers", 7, "--no-truth", "--out", "few.csv"
    )
    assert done.stderr == "7 rows in few.csv\n"
    assert not list(tmp_path.glob("few.*.*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--customers", 0, "--out", "a.csv"), "1 to 5,000,000 customers, not 0."),
        (("--customers", 5_000_001, "--out", "a.csv"), "1 to 5,000,000 customers, not 5,000,001."),
        (("--out", "a.xlsx"), "as .csv or .parquet, but 'a.xlsx' ends in .xlsx: give it one of them."),
        (("--seed", -1, "--out", "a.csv"), "The seed is a whole number from 0 on, not -1."),
        (("--table", "rows", "--out", "a.csv"), "a table of transactions or customers, not 'rows'."),
        (("--out", "."), ". is a folder; --out names a file here."),
        (("--out", "taken.csv"), "taken.truth.csv is a folder, where a file goes: choose another --out."),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    lapwing: str, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    (tmp_path / "taken.truth.csv").mkdir()
    done = sample(lapwing, tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr.startswith("lapwing: ")
    assert done.stderr.endswith(f"{said}\n")
    assert done.stderr.count("\n") == 1
    assert [each.name for each in tmp_path.iterdir()] == ["taken.truth.csv"]
