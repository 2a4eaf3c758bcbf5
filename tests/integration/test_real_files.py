"""The real files come out exactly, checked by a second way of reading them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from callbacks.data_form import read_upload, start_import
from callbacks.services import Services
from callbacks.uploads import uploads_of
from data.engine import scan
from data.reading import inspect_file, stage
from data.store import Store
from jobs.bodies import BODIES
from jobs.context import JobContext
from jobs.queue import JobQueue
from settings import Settings
from tests.imports import Imported, at, run_import

ONLINE_RETAIL_CSV = "online_retail/online_retail_iso-8859-1.csv.gz"


def real(name: str) -> Path:
    path = Settings().real_data / name
    if not path.exists():
        pytest.skip(f"{path} is not here; LAPWING_REAL_DATA says where the real files are")
    return path


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return run_import(real(ONLINE_RETAIL_CSV), tmp_path_factory.mktemp("online-retail"), load=False)


def test_cdnow_comes_out_to_the_cent(tmp_path: Path) -> None:
    path = real("cdnow/CDNOW_master.txt")
    got = run_import(path, tmp_path)
    assert got.inspection.layout == "CDNOW"
    assert got.ledger["rows"] == {"in": 69_659, "kept": 69_659, "quarantined": 0}
    assert got.ledger["amount"] == {"in": "2500315.63", "kept": "2500315.63", "quarantined": "0.00"}
    assert got.ledger["customers"] == 23_570
    assert (got.ledger["first_date"], got.ledger["last_date"]) == ("1997-01-01", "1998-06-30")
    assert got.notes() == {"duplicates": 255, "zero_amount": 80}
    assert (
        got.ledger["source"]["sha256"] == "61fd6f7bf3497187a7ec0d9ff6a99b7568f1fe911a9f3665e02efecd6b34ed07"
    )
    # The second way: words of each line, nothing of the reader.
    words = [line.split() for line in path.read_text("ascii").splitlines()]
    expected = Counter((who, at(day), float(cds), Decimal(paid)) for who, day, cds, paid in words)
    assert (
        Counter((r["customer_id"], r["ordered_at"], r["quantity"], r["amount"]) for r in got.rows) == expected
    )


def test_the_cdnow_sample_comes_out(tmp_path: Path) -> None:
    path = real("cdnow/CDNOW_sample.txt")
    got = run_import(path, tmp_path)
    words = [line.split() for line in path.read_text("ascii").splitlines()]
    assert got.inspection.layout == "CDNOW 1/10 sample"
    assert got.ledger["rows"] == {"in": 6_919, "kept": 6_919, "quarantined": 0}
    assert got.ledger["customers"] == 2_357
    assert Decimal(got.ledger["amount"]["in"]) == sum(Decimal(paid) for *_, paid in words)


def test_online_retail_comes_out_to_the_cent(online_retail: Imported) -> None:
    ledger = online_retail.ledger
    assert ledger["rows"] == {"in": 541_909, "kept": 406_829, "quarantined": 135_080}
    assert ledger["amount"] == {"in": "9747747.934", "kept": "8300065.814", "quarantined": "1447682.12"}
    assert ledger["reasons"] == [{"reason": "no customer id", "rows": 135_080, "amount": "1447682.12"}]
    assert ledger["customers"] == 4_372
    assert (ledger["first_date"], ledger["last_date"]) == ("2010-12-01", "2011-12-09")
    assert online_retail.notes() == {
        "duplicates": 5_225,
        "returns": 8_905,
        "cancellations": 8_905,
        "zero_amount": 40,
    }
    assert ledger["understood"]["encoding"] == "iso-8859-1"
    assert ledger["understood"]["date_order"] == "mdy"
    assert ledger["understood"]["layout"] == "UCI Online Retail"


def test_online_retail_agrees_with_another_reader(online_retail: Imported) -> None:
    path = real(ONLINE_RETAIL_CSV)
    frame = pd.read_csv(path, encoding="latin-1", dtype=str, keep_default_na=False)
    known = frame[frame["CustomerID"] != ""]
    times = pd.to_datetime(known["InvoiceDate"], format="%m/%d/%Y %H:%M")
    got = pd.read_parquet(online_retail.cleaned.paths[0])
    expected = pd.DataFrame(
        {
            "customer_id": known["CustomerID"],
            "order_id": known["InvoiceNo"],
            "ordered_at": times.astype("datetime64[us]"),
            "product_id": known["StockCode"],
            "quantity": known["Quantity"].astype(float),
            "unit_price": known["UnitPrice"].astype(float),
            "Description": known["Description"],
            "country": known["Country"],
        }
    )
    seen = got.assign(unit_price=got["unit_price"].astype(float), Description=got["Description"].fillna(""))
    order = list(expected.columns)
    pd.testing.assert_frame_equal(
        seen[order].sort_values(order, ignore_index=True),
        expected.sort_values(order, ignore_index=True),
        check_dtype=False,
    )
    # No cell of this file holds a line break, so a row's line is its number and the header's.
    unknown = frame[frame["CustomerID"] == ""]
    rejected = pd.read_csv(online_retail.cleaned.rejected, dtype=str, keep_default_na=False)
    assert rejected["line_no"].tolist() == [str(number + 2) for number in unknown.index]
    assert rejected["InvoiceNo"].tolist() == unknown["InvoiceNo"].tolist()
    assert rejected["Quantity"].tolist() == unknown["Quantity"].tolist()
    pounds = [column.str.contains("£").sum() for column in (seen["Description"], rejected["Description"])]
    assert sum(pounds) == 32


@pytest.mark.parametrize(
    ("name", "rows"),
    [("Online Retail (first 49999 rows).xlsx", 49_999), ("Online Retail (random 40000 rows).xlsx", 40_000)],
)
def test_the_workbooks_hold_rows_of_the_csv(
    tmp_path: Path, online_retail: Imported, name: str, rows: int
) -> None:
    got = run_import(real(f"online_retail/{name}"), tmp_path, load=False)
    assert got.ledger["rows"]["in"] == rows
    ours, full = (scan(each.cleaned.paths) for each in (got, online_retail))
    strangers = (
        duckdb.connect().execute(f"SELECT count(*) FROM (FROM {ours} EXCEPT ALL FROM {full})").fetchall()
    )
    assert strangers == [(0,)]


def test_a_workbook_agrees_with_another_reader_cell_by_cell(tmp_path: Path) -> None:
    path = real("online_retail/Online Retail (first 49999 rows).xlsx")
    staged = stage(inspect_file(path), tmp_path)
    ours = duckdb.connect().execute(f"FROM {scan([staged.path])} ORDER BY line_no LIMIT 5000").fetchall()
    book = openpyxl.load_workbook(path, read_only=True)
    theirs = [
        (line, *("" if cell is None else str(cell) for cell in cells))
        for line, cells in enumerate(book.worksheets[0].iter_rows(2, 5001, values_only=True), 2)
    ]
    book.close()
    assert ours == theirs
    assert {row[1] for row in ours if not row[1].isdigit()} >= {"C536379", "C536383"}


def test_the_parquet_file_gives_the_same_bytes_as_the_csv(tmp_path: Path, online_retail: Imported) -> None:
    got = run_import(real("online_retail/online_retail.parquet"), tmp_path, load=False)
    for part in ("rows", "amount", "reasons", "customers", "first_date", "last_date", "notes"):
        assert got.ledger[part] == online_retail.ledger[part]
    assert got.cleaned.paths[0].read_bytes() == online_retail.cleaned.paths[0].read_bytes()


# File -> kind, layout, rows kept and set aside, customers, and the exact amount of what is kept (None: not told).
EVERY_FILE = {
    "cdnow/CDNOW_master.txt": ("transactions", "CDNOW", 69_659, 0, 23_570, "2500315.63"),
    "cdnow/CDNOW_sample.txt": ("transactions", "CDNOW 1/10 sample", 6_919, 0, 2_357, None),
    ONLINE_RETAIL_CSV: ("transactions", "UCI Online Retail", 406_829, 135_080, 4_372, "8300065.814"),
    "online_retail/online_retail.parquet": (
        "transactions", "UCI Online Retail", 406_829, 135_080, 4_372, "8300065.814",
    ),
    "online_retail/Online Retail (first 49999 rows).xlsx": (
        "transactions", "UCI Online Retail", 32_118, 17_881, 1_039, None,
    ),
    "online_retail/Online Retail (random 40000 rows).xlsx": (
        "transactions", "UCI Online Retail", None, None, 3_621, None,
    ),
    "ecommerce_customer_behavior/E-commerce Customer Behavior - Sheet1.csv": (
        "customers", "E-commerce customer behaviour", 350, 0, 350, "295883.60",
    ),
    "ecommerce_customer_behavior/E-commerce Customer Behavior.xlsx": (
        "customers", "E-commerce customer behaviour", 350, 0, 350, "295883.60",
    ),
    "hillstrom/Kevin_Hillstrom_MineThatData_E-MailAnalytics_DataMiningChallenge_2008.03.20.csv.gz": (
        "customers", "Hillstrom e-mail test", 64_000, 0, 64_000, None,
    ),
    "rfm_clustered/RFM_Clustered.csv": ("customers", "RFM_Clustered", 4_338, 0, 4_338, None),
    "rfm_clustered/RFM_Clustered_int_labels.csv": ("customers", "RFM_Clustered", 2_852, 0, 2_852, None),
    "rfm_clustered/RFM_Clustered_monetaryvalue.csv": ("customers", "RFM_Clustered", 4_372, 0, 4_372, None),
}  # fmt: skip


@pytest.mark.parametrize("name", EVERY_FILE)
def test_every_file_goes_in_through_the_page_without_a_question(tmp_path: Path, name: str) -> None:
    kind, layout, kept, aside, customers, amount = EVERY_FILE[name]
    path, store = real(name), Store(tmp_path / "home")
    services = Services(Settings(home=store.home), store, JobQueue(store.home, workers=0))
    with path.open("rb") as file:
        upload = uploads_of(services).receive(file, path.stat().st_size, path.name)
    given = {"token": upload.token, "name": upload.name}
    shown = read_upload(services, None, given, None, None)
    assert shown["asked"] == []
    assert shown["disabled"] is False
    assert shown["fields"]["kind"]["value"] == kind
    job = services.jobs.get(start_import(services, given, shown["options"], shown["name"])["job"])
    folder = store.home / "tmp" / job.id
    context = JobContext(job.id, store.home, folder, lambda: None)
    # Without its analysis, which is a job of its own.
    made = BODIES["import"](context, {**job.params, "analyse": False}, lambda _share, _text: None)
    dataset = store.dataset(made["dataset_id"])
    ledger = dataset.ledger
    assert (dataset.kind, ledger["understood"]["layout"]) == (kind, layout)
    assert ledger["customers"] == customers
    rows = ledger["rows"]
    assert rows["in"] == rows["kept"] + rows["quarantined"]
    if kept is None:
        assert rows["in"] == 40_000
    else:
        assert (rows["kept"], rows["quarantined"]) == (kept, aside)
    if amount is not None:
        assert ledger["amount"]["kept"] == amount
    findings = dataset.read_json("quality.json")["findings"]
    assert {finding["level"] for finding in findings} <= {"good", "info", "warning"}
    assert len(findings) > 1
    assert not list((store.home / "uploads").glob("*"))
    if aside:
        quarantine = dataset.file("rejected.csv").read_text(encoding="utf-8")
        assert quarantine.count("no customer id") == aside
