"""The job records: what is kept, what is forgotten, and what a damaged or full store does."""

from __future__ import annotations

import os
import pickle
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import StoreError
from jobs.records import KEPT_FINISHED, Job, Records, View, one_line


def put(records: Records, *jobs: Job) -> None:
    def edit(view: View) -> None:
        for job in jobs:
            view.put(job)

    records.change(edit)


def ids(records: Records, limit: int = 1000) -> list[str]:
    return [job.id for job in records.read(lambda view: view.newest(limit))]


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    job = Job(
        "a",
        "import",
        {"name": "é\u2028x", "deep": {"list": [1, None, 0.5]}},
        state="failed",
        progress=0.25,
        error="no",
        questions=[{"key": "decimal", "choices": [[",", "comma"]]}],
    )
    put(Records(tmp_path), job)
    assert Records(tmp_path).read(lambda view: view.get("a")) == job
    assert Records(tmp_path).read(lambda view: view.get("b")) is None


def test_a_change_is_whole_or_not_there(tmp_path: Path) -> None:
    records = Records(tmp_path)
    put(records, Job("a", "sample", {}))

    def broken(view: View) -> None:
        view.put(Job("b", "sample", {}))
        raise KeyError("half way")

    with pytest.raises(KeyError):
        records.change(broken)
    assert ids(records) == ["a"]
    assert list(tmp_path.glob("jobs.damaged-*")) == []


def test_active_and_newest_are_in_order(tmp_path: Path) -> None:
    records = Records(tmp_path)
    put(records, *(Job(name, "sample", {}) for name in "abc"))
    put(records, Job("a", "sample", {}, state="done"), Job("b", "sample", {}, state="running"))
    assert [job.id for job in records.read(View.active)] == ["b", "c"]
    assert ids(records) == ["c", "b", "a"]
    assert ids(records, 2) == ["c", "b"]
    assert ids(records, 0) == []


def test_only_the_last_finished_jobs_are_kept_and_every_active_one(tmp_path: Path) -> None:
    records = Records(tmp_path)
    put(records, Job("waits", "sample", {}))
    put(records, *(Job(f"{n}", "sample", {}, state="done") for n in range(KEPT_FINISHED + 5)))
    kept = ids(records)
    assert len(kept) == KEPT_FINISHED + 1
    assert kept[-2:] == ["5", "waits"]
    assert records.read(lambda view: view.get("4")) is None
    assert [job.id for job in records.read(View.active)] == ["waits"]


def overwrite_everything(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes(os.urandom(9000))


def cut(folder: Path) -> None:
    database = folder / "cache.db"
    database.write_bytes(database.read_bytes()[:6000])


def flip_a_value(folder: Path) -> None:
    with sqlite3.connect(folder / "cache.db") as connection:
        connection.execute("UPDATE Cache SET value = x'00112233'")
    connection.close()


def plant_a_pickle(folder: Path) -> None:
    with sqlite3.connect(folder / "cache.db") as connection:
        trap = pickle.dumps(Trap())
        connection.execute("UPDATE Cache SET mode = 4, value = ?", (trap,))
    connection.close()


def forget_the_value(folder: Path) -> None:
    with sqlite3.connect(folder / "cache.db") as connection:
        connection.execute("UPDATE Cache SET value = NULL")
    connection.close()


def drop_the_table(folder: Path) -> None:
    with sqlite3.connect(folder / "cache.db") as connection:
        connection.execute("DROP TABLE Cache")
    connection.close()


def folder_for_file(folder: Path) -> None:
    shutil.rmtree(folder)
    (folder / "cache.db").mkdir(parents=True)


def file_for_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


class Trap:
    """Sets a flag when it is unpickled."""

    sprung = False

    def __reduce__(self) -> tuple[Callable[..., None], tuple[type, str, bool]]:
        return setattr, (Trap, "sprung", True)


HARMS = [
    overwrite_everything,
    cut,
    flip_a_value,
    plant_a_pickle,
    forget_the_value,
    drop_the_table,
    folder_for_file,
    file_for_folder,
]


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("opened", [True, False], ids=["open", "closed"])
def test_a_damaged_store_is_put_aside_and_begun_anew(
    tmp_path: Path, harm: Callable[[Path], None], opened: bool
) -> None:
    records = Records(tmp_path)
    put(records, Job("a", "sample", {}))
    other = Records(tmp_path)
    assert ids(other) == ["a"]
    if not opened:
        records.close()
        records = Records(tmp_path)
    harm(tmp_path / "jobs")
    assert ids(records) == []
    put(records, Job("b", "sample", {}))
    assert ids(records) == ["b"]
    # The other reader follows to the new store, and nothing is put aside twice.
    assert ids(other) == ["b"]
    # A missing table is simply made when the store is opened.
    expected = 0 if harm is drop_the_table and not opened else 1
    assert len(list(tmp_path.glob("jobs.damaged-*"))) == expected
    assert not Trap.sprung


def test_a_deleted_store_is_made_again_for_all_who_had_it_open(tmp_path: Path) -> None:
    first, second = Records(tmp_path), Records(tmp_path)
    put(first, Job("a", "sample", {}))
    assert ids(second) == ["a"]
    shutil.rmtree(tmp_path / "jobs")
    put(first, Job("b", "sample", {}))
    assert ids(second) == ["b"]
    (tmp_path / "jobs" / "cache.db").unlink()
    assert ids(second) == []
    put(second, Job("c", "sample", {}))
    assert ids(first) == ["c"]
    assert list(tmp_path.glob("jobs.damaged-*")) == []


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    records = Records(tmp_path)
    put(records, Job("a", "sample", {}))
    # SQLite's own limit raises the error that a full disk raises.
    cache = records._opened()
    pages = cache._sql("PRAGMA page_count").fetchone()[0]
    cache._sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"):
        put(records, Job("b", "sample", {"long": os.urandom(50_000).hex()}))
    assert ids(records) == ["a"]
    put(records, Job("c", "sample", {"long": os.urandom(50_000).hex()}))
    assert ids(records) == ["c", "a"]
    assert list(tmp_path.glob("jobs.damaged-*")) == []


def test_a_record_of_another_version_is_read(tmp_path: Path) -> None:
    records = Records(tmp_path)
    put(records, Job("a", "sample", {}))
    record = {"id": "a", "kind": "sample", "params": {}, "state": "done", "later": 1}
    records._opened().set("job:a", record)
    job = records.read(lambda view: view.get("a"))
    assert job == Job("a", "sample", {}, state="done")


@pytest.mark.parametrize(
    ("kind", "params", "label"),
    [
        ("import", {"path": "/x/y", "name": "CDNOW_master.txt"}, "Importing CDNOW_master.txt"),
        ("import", {}, "Importing a file"),
        ("analyse", {"dataset_id": "1", "title": "CD sales"}, "Analysing CD sales"),
        ("analyse", {"dataset_id": "1"}, "Analysing customers"),
        ("sample", {"customers": 5000}, "Preparing sample data"),
        ("import", {"name": "a\nb\t c"}, "Importing a b c"),
    ],
)
def test_labels_are_words_on_one_line(kind: str, params: dict[str, object], label: str) -> None:
    assert Job("a", kind, params).label == label


def test_long_texts_are_cut() -> None:
    assert one_line("x" * 300, 10) == "x" * 9 + "…"
    assert len(Job("a", "import", {"name": "n" * 300}).label) == 120
    assert replace(Job("a", "sample", {}), state="running").active
    assert not replace(Job("a", "sample", {}), state="cancelled").active
