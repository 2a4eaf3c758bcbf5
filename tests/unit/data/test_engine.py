"""The engine reaches the folders it was given and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from data.engine import connect, quote, scan


def test_files_outside_the_folders_are_out_of_reach(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    secret = outside / "secret.parquet"
    duckdb.connect().execute(f"COPY (SELECT 1 AS a) TO '{secret}' (FORMAT parquet)")
    connection = connect([inside], threads=1)
    connection.execute(f"COPY (SELECT 2 AS a) TO '{inside}/a.parquet' (FORMAT parquet)")
    assert connection.execute(f"SELECT a FROM {scan([inside / 'a.parquet'])}").fetchall() == [(2,)]
    for text in (
        f"SELECT * FROM {scan([secret])}",
        f"COPY (SELECT 1) TO '{outside}/x.csv'",
        "INSTALL httpfs",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(text)
    with pytest.raises(duckdb.Error, match="locked"):
        connection.execute("SET threads = 8")
    connection.close()


def test_a_file_name_with_a_quote_stays_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's"
    folder.mkdir()
    connection = connect([folder], threads=1)
    path = folder / "a.parquet"
    connection.execute(f"COPY (SELECT 3 AS a) TO {quote(str(path))} (FORMAT parquet)")
    assert connection.execute(f"SELECT a FROM {scan([path])}").fetchall() == [(3,)]
    connection.close()
