"""The frame of customers that segmentations take: who bought from where, what was joined, what a table holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from data import names
from data.errors import InputError
from data.features import customer_features
from data.reading import ImportOptions
from data.segments import frame as frames
from data.segments.frame import Customers, customers_of_analysis, customers_of_table, with_attributes_of
from data.store import Dataset, Store
from jobs.importing import JOIN, import_file
from jobs.workplace import Workplace
from settings import Settings

Import = Callable[..., Dataset]


def silent(_share: float, _text: str) -> None:
    """Report to nobody."""


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    store = Store(tmp_path / "home")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Workplace(store, Settings(home=store.home, threads=1), scratch)


@pytest.fixture
def bring(place: Workplace, tmp_path: Path) -> Import:
    def import_text(text: str, name: str = "people.csv", join: Dataset | None = None) -> Dataset:
        (tmp_path / name).write_text(text, encoding="utf-8")
        kind = names.TRANSACTIONS if name.startswith("orders") else names.CUSTOMERS
        options = ImportOptions(kind=kind)
        into = (JOIN, join) if join else None
        return place.store.dataset(
            import_file(place, tmp_path / name, name, options, silent, into=into, least_customers=1)
        )

    return import_text


def of_table(place: Workplace, dataset: Dataset) -> Customers:
    return customers_of_table(place.connect(), dataset)


def of_orders(place: Workplace, dataset: Dataset) -> Customers:
    connection = place.connect()
    features = customer_features(connection, dataset.buckets, dataset.last_date)
    return customers_of_analysis(connection, features, dataset)


ORDERS = """order_id,customer_id,order_date,amount,country
1,c1,2024-01-05,10,Peru
2,c1,2024-02-05,10,Chile
3,c1,2024-02-05,10,Brazil
4,c2,2024-03-01,10,Peru
5,c2,2024-03-20,10,
6,c3,2024-01-01,10,
7,c3,2024-01-13,25,
"""


def test_a_country_is_that_of_the_latest_day_with_one_ties_by_name(place: Workplace, bring: Import) -> None:
    found = of_orders(place, bring(ORDERS, "orders.csv"))
    assert [each.to_dict() for each in found.attributes] == [
        {"key": "a0", "label": "Country", "type": "category", "values": 2}
    ]
    assert found.labels == {"a0": "Country"}
    by_id = found.frame.set_index("customer_id")["a0"]
    assert by_id["c1"] == "Brazil"
    assert by_id["c2"] == "Peru"
    assert pd.isna(by_id["c3"])
    assert found.frame["monetary"].tolist() == [30.0, 20.0, 35.0]
    assert found.notes == ()


def test_orders_without_countries_have_no_such_attribute(place: Workplace, bring: Import) -> None:
    text = "\n".join(line.rsplit(",", 1)[0] for line in ORDERS.splitlines())
    found = of_orders(place, bring(text, "orders.csv"))
    assert found.attributes == ()
    assert found.notes == ()
    assert found.frame["customer_id"].tolist() == ["c1", "c2", "c3"]


def test_joined_columns_come_with_their_types_and_dates_as_days(place: Workplace, bring: Import) -> None:
    orders = bring(ORDERS, "orders.csv")
    joined = "customer_id,Country,Points,Joined on\nc1,North,7,2024-03-10\nc3,South,,2023-03-20\n"
    found = of_orders(place, bring(joined, join=orders))
    assert [(each.label, each.type) for each in found.attributes] == [
        ("Country", "category"),
        ("Country_2", "category"),
        ("Points", "number"),
        ("Joined on (days before 2024-03-20)", "number"),
    ]
    rows = found.frame.set_index("customer_id")
    assert rows.loc["c1", ["a1", "a2", "a3"]].tolist() == ["North", 7.0, 10.0]
    assert rows.loc["c3", "a3"] == 366.0
    assert rows.loc["c2", ["a1", "a2", "a3"]].isna().all()


def test_the_attributes_of_today_go_to_the_customers_of_then(place: Workplace, bring: Import) -> None:
    found = of_orders(place, bring(ORDERS, "orders.csv"))
    then = pd.DataFrame({"customer_id": ["c2", "c1"], "frequency": [1.0, 2.0]})
    given = with_attributes_of(then, found)
    assert given.to_dict("list") == {
        "customer_id": ["c2", "c1"],
        "frequency": [1.0, 2.0],
        "a0": ["Peru", "Brazil"],
    }


TABLE = """CustomerID,Recency,Frequency,Monetary,Cluster,City,Member,Since
12346,325,1,77183.6,Can't Lose Them,Riga,TRUE,2024-01-01
12347,2,182,4310,Champions,Oslo,FALSE,2024-01-31
12348,75,31,1797.24,,,TRUE,
"""


def test_a_table_has_roles_its_clusters_and_attributes(place: Workplace, bring: Import) -> None:
    found = of_table(place, bring(TABLE))
    frame = found.frame
    assert list(frame.columns) == [
        "customer_id", "recency_days", "frequency", "monetary", "given", "a0", "a1", "a2",
    ]  # fmt: skip
    assert frame["customer_id"].tolist() == ["12346", "12347", "12348"]
    assert frame["monetary"].tolist() == [77183.6, 4310.0, 1797.24]
    assert frame["given"].tolist()[:2] == ["Can't Lose Them", "Champions"]
    assert pd.isna(frame["given"][2])
    assert found.labels == {"a0": "City", "a1": "Member", "a2": "Since (days before 2024-01-31)"}
    assert [each.type for each in found.attributes] == ["category", "category", "number"]
    assert frame["a1"].tolist() == ["TRUE", "FALSE", "TRUE"]
    assert frame["a2"].tolist()[:2] == [30.0, 0.0]


def test_names_that_look_like_sql_stay_names(place: Workplace, bring: Import) -> None:
    wild = '"x"" FROM y; DROP TABLE z --"'
    found = of_table(place, bring(f"customer_id,{wild},'quoted'\nc1,a,1\nc2,b,2\nc3,a,3\n"))
    assert list(found.labels.values()) == ['x" FROM y; DROP TABLE z --', "'quoted'"]
    assert found.frame["a0"].tolist() == ["a", "b", "a"]


def test_what_is_left_out_is_said(place: Workplace, bring: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_ATTRIBUTES", 2)
    monkeypatch.setattr(frames, "MAX_VALUES", 3)
    lines = [f"c{at},name{at},{at % 2},,{at % 3},{at}" for at in range(5)]
    text = "\n".join(["customer_id,Name,One,Empty,Two,Three", *lines])
    found = of_table(place, bring(text))
    assert list(found.labels.values()) == ["One", "Two"]
    assert list(found.frame.columns) == ["customer_id", "a0", "a1"]
    told = " ".join(found.notes)
    assert "“Name” is left out of filters and clusters: its 5 different texts" in told
    assert "“Empty” is left out: no customer has a value in it." in told
    assert "the first 2 columns: 1 column after them is left out." in told


def test_transactions_are_no_table_of_customers(place: Workplace, bring: Import) -> None:
    with pytest.raises(InputError, match=r"orders\.csv holds transactions, not a table of customers"):
        of_table(place, bring(ORDERS, "orders.csv"))
