"""Lines that are no goods are told from goods that are called like them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from data.engine import connect, quote
from data.service_lines import description_column, service_line_sql


def is_service(product: str | None, description: str | None = None, *, described: bool = True) -> bool:
    """What the condition says of one row."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE lines (product VARCHAR, description VARCHAR)")
        connection.execute("INSERT INTO lines VALUES (?, ?)", [product, description])
        condition = service_line_sql("product", "description" if described else None)
        answer = connection.execute(f"SELECT {condition} FROM lines").fetchall()[0][0]
    assert answer is True or answer is False
    return bool(answer)


SERVICES = """
POSTAGE | DOTCOM POSTAGE | Postage & Packing | P&P | p and p | Shipping | Standard shipping | Shipping & handling
Shipping cost | Express Shipping Fee | shipping 4.90 | Delivery | Next Day Carriage | Carriage charge | Royal Mail delivery
Delivery charges | FREIGHT | Handling fee | AMAZON FEE | Service fee 2% | Packing charge | Fuel surcharge | Bank Charges
Gift card | e-Gift Card 50 EUR | Dotcomgiftshop Gift Voucher £20.00 | Gift certificate | Store credit | Adjustment
Stock adjustment | Adjust bad debt | Rounding difference | Tip | Driver tip | Donation | Donation to Red Cross
CRUK Commission | Discount | Student discount 10% | VAT 20 | Refund | Versand | Versandkosten | Versandkosten DHL
DHL Versandkostenpauschale | Porto | Porto und Verpackung | Lieferkosten | Lieferung | Bearbeitungsgebühr | Nachnahmegebühr
Geschenkgutschein 25 € | Gutschein | Geschenkkarte | Trinkgeld | Spende | Spende für Kinder | Rabatt | Mengenrabatt 5 %
Skonto | Gutschrift | Frais de port | frais d'expédition | Frais de livraison express | Livraison à domicile | Carte cadeau
Chèque cadeau 50 € | Bon d'achat | Pourboire | Remise | Réduction 10 % | Verzendkosten | Gastos de envío | Spese di spedizione
"""
GOODS = """
FRENCH CARRIAGE LANTERN | BLACK BAROQUE CARRIAGE CLOCK | CAMPHOR WOOD PORTOBELLO MUSHROOM | TUSCAN VILLA BIRD FEEDER
COFFEE | Toffee | Felt tip pen | Tip-top cleaner | Gift wrap | GIFT BAG LARGE | Gift card holder | Gift box | DISCOUNT STORE BAG
Vintage postage stamp print | Post box red | Shipping label roll | Shipping container pen holder | Delivery van toy
ZINC HEART LATTICE CHARGER LARGE | Sample set perfume | Manual coffee grinder | Port wine | Don | Taxi | Vat of paint
Versandtasche C5 | Versandkarton 20x20 | Rabattmarkenheft | Geburtstagskarte | Pfandglas-Öffner | Donation box wooden
SPACEBOY CHILDRENS CUP | Adjustable lamp | Fee fi fo fum book | Credit card wallet | Rounded tray | Livre de port
"""


def listed(text: str) -> list[str]:
    """The phrases of a text, one between bars or lines."""
    return [each.strip() for line in text.strip().splitlines() for each in line.split("|")]


@pytest.mark.parametrize("text", listed(SERVICES))
def test_services(text: str) -> None:
    assert is_service("12345", text)
    assert is_service(text, described=False)


@pytest.mark.parametrize("text", listed(GOODS))
def test_goods(text: str) -> None:
    assert not is_service("12345", text)
    assert not is_service(text, described=False)


@pytest.mark.parametrize("code", ["POST", "DOT", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS", "gift_0001_20"])
def test_codes_that_say_it(code: str) -> None:
    assert is_service(code, described=False)
    assert is_service(code, "PADS TO MATCH ALL CUSHIONS")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("M", "Manual"),
        ("m", "Manual"),
        ("D", "Discount"),
        ("B", "Adjust bad debt"),
        ("S", "SAMPLES"),
        ("C2", "CARRIAGE"),
    ],
)
def test_short_codes_need_their_description(code: str, words: str) -> None:
    assert is_service(code, f" {words} ")
    assert not is_service(code, "Blue cotton shirt")
    assert not is_service(code, None)
    assert not is_service(code, described=False)


def test_blank_rows_are_no_services() -> None:
    assert not is_service(None, None)
    assert not is_service("", "")
    assert is_service(None, "Postage")


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["Description"], "Description"),
        (["Product Name", "description"], "description"),
        (["line", "Artikelbezeichnung"], "Artikelbezeichnung"),
        (["colour", "size"], None),
        ([], None),
    ],
)
def test_description_column(columns: list[str], found: str | None) -> None:
    assert description_column(columns) == found


def test_online_retail(real_data: Path) -> None:
    folder = real_data / "online_retail"
    condition = service_line_sql("StockCode", "Description")
    lines = f"read_parquet({quote(str(folder / 'online_retail.parquet'))})"
    with connect([folder]) as connection:
        sold = connection.execute(
            f"SELECT StockCode, count(*) FROM {lines} WHERE {condition} AND UnitPrice <> 0"
            " GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        codes = connection.execute(f"SELECT count(DISTINCT StockCode) FROM {lines}").fetchall()[0][0]
        # Without descriptions, the codes of one letter could be anything.
        alone = connection.execute(
            f"SELECT DISTINCT StockCode FROM {lines} WHERE {service_line_sql('StockCode', None)} ORDER BY ALL"
        ).fetchall()
    assert codes == 4070
    assert dict(sold) == {
        "22016": 1,  # a gift voucher of 100 under the code of a product
        "23444": 80,  # next day carriage
        "23574": 16,  # packing charge
        "AMAZONFEE": 34,
        "B": 3,
        "BANK CHARGES": 37,
        "C2": 143,
        "CRUK": 16,
        "D": 77,
        "DOT": 707,
        "M": 565,
        "PADS": 3,
        "POST": 1252,
        "S": 63,
        "gift_0001_10": 8,
        "gift_0001_20": 9,
        "gift_0001_30": 7,
        "gift_0001_40": 3,
        "gift_0001_50": 4,
        "m": 1,
    }
    assert [code for (code,) in alone] == [
        "AMAZONFEE",
        "BANK CHARGES",
        "CRUK",
        "DOT",
        "PADS",
        "POST",
        *(f"gift_0001_{value}" for value in (10, 20, 30, 40, 50)),
    ]
