"""The files that shops export are known at sight: their columns, what their figures mean, who never paid."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from data.names import CUSTOMER_ROLES, ROLES
from data.reading import ImportOptions, Inspection, inspect_file
from data.reading.layouts import FIXED_LAYOUTS, LAYOUTS, layout_of
from tests.imports import import_text, write

Row = dict[str, Any]


def table(header: str, rows: Sequence[Row], delimiter: str = ",") -> str:
    """A file with the columns of `header`, blank where a row does not say."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header.split("|"), delimiter=delimiter, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def look(folder: Path, text: str, **options: Any) -> Inspection:
    return inspect_file(write(folder, text), ImportOptions(**options))


SHOPIFY = (
    "Name|Email|Financial Status|Paid at|Fulfillment Status|Fulfilled at|Accepts Marketing|Currency|Subtotal|Shipping|"
    "Taxes|Total|Discount Code|Discount Amount|Shipping Method|Created at|Lineitem quantity|Lineitem name|"
    "Lineitem price|Lineitem compare at price|Lineitem sku|Lineitem requires shipping|Lineitem taxable|"
    "Lineitem fulfillment status|Billing Name|Billing Country|Shipping Name|Shipping Country|Notes|Cancelled at|"
    "Payment Method|Refunded Amount|Vendor|Id|Tags|Source|Lineitem discount|Tax 1 Name|Tax 1 Value|Phone"
)


def shopify_order(
    name: str, email: str, status: str, lines: Sequence[tuple[int, str, str, str]], **more: str
) -> list[Row]:
    """The rows of an order: what concerns the whole order is in the first of them only."""
    first = {
        "Email": email,
        "Financial Status": status,
        "Currency": "EUR",
        "Shipping": "5.00",
        "Shipping Country": "DE",
        "Refunded Amount": "0.00",
        "Discount Amount": "0.00",
        "Id": f"55{name[1:]}",
    }
    rows: list[Row] = []
    for at, (quantity, sku, price, discount) in enumerate(lines):
        rows.append(
            {
                "Name": name,
                "Created at": more.get("created", "2025-10-07 09:50:26 +0200"),
                "Lineitem quantity": quantity,
                "Lineitem name": f"The {sku}",
                "Lineitem price": price,
                "Lineitem sku": sku,
                "Lineitem discount": discount,
                **(
                    first | {key: value for key, value in more.items() if key != "created"} if at == 0 else {}
                ),
            }
        )
    return rows


SHOPIFY_ROWS = [
    *shopify_order(
        "#1001",
        "ada@example.com",
        "paid",
        [(2, "MUG-1", "15.00", "0.00"), (1, "TEE-2", "20.00", "4.00")],
        Subtotal="46.00",
    ),
    *shopify_order(
        "#1002",
        "bob@example.com",
        "partially_refunded",
        [(3, "MUG-1", "15.00", "0.00")],
        Subtotal="45.00",
        **{"Refunded Amount": "15.00"},
    ),
    *shopify_order("#1003", "cy@example.com", "voided", [(1, "TEE-2", "20.00", "0.00")], Subtotal="20.00"),
    *shopify_order("#1004", "ada@example.com", "refunded", [(1, "TEE-2", "20.00", "0.00")], Subtotal="20.00"),
]


def test_shopify_orders(tmp_path: Path) -> None:
    got = look(tmp_path, table(SHOPIFY, SHOPIFY_ROWS))
    assert (got.layout, got.kind, got.questions, got.currency) == (
        "Shopify orders",
        "transactions",
        (),
        "EUR",
    )
    assert got.mapping == {
        "customer_id": "Email",
        "ordered_at": "Created at",
        "order_id": "Name",
        "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price",
        "discount": "Lineitem discount",
        "product_id": "Lineitem sku",
        "country": "Shipping Country",
        "currency": "Currency",
        "status": "Financial Status",
        "refund": "Refunded Amount",
    }
    assert set(got.fill_down) == {"customer_id", "ordered_at", "status", "currency", "country"}
    assert got.discount_is == "line_total"
    assert {"voided", "pending", "refunded"} <= set(got.unpaid_statuses)
    assert "partially_refunded" not in got.unpaid_statuses
    assert got.options.amount_is == "unit_price"
    assert "'voided' (1)" in got.detected["status"].evidence


def test_shopify_orders_come_to_the_money_that_was_kept(tmp_path: Path) -> None:
    got = import_text(tmp_path, table(SHOPIFY, SHOPIFY_ROWS))
    # 2 x 15 and 20 - 4 of the first order, 3 x 15 - 15 of the second; the others brought nothing.
    assert got.ledger["amount"]["kept"] == "76.00"
    assert {(row["customer_id"], row["order_id"]) for row in got.rows} == {
        ("ada@example.com", "#1001"),
        ("bob@example.com", "#1002"),
    }
    assert got.ledger["rows"] == {"in": 5, "kept": 3, "quarantined": 2}


def test_the_discount_of_a_shopify_order_is_the_one_its_subtotal_shows(tmp_path: Path) -> None:
    rows = shopify_order(
        "#1",
        "ada@example.com",
        "paid",
        [(1, "A", "119.00", "0.00"), (2, "B", "11.90", "0.00")],
        Subtotal="132.80",
        **{"Discount Amount": "10.00", "Discount Code": "WELCOME10"},
    )
    rows += shopify_order("#2", "bob@example.com", "paid", [(1, "B", "11.90", "0.00")], Subtotal="11.90")
    got = import_text(tmp_path, table(SHOPIFY, rows))
    assert got.inspection.mapping["discount"] == "Discount Amount"
    assert (
        got.inspection.detected["discount"].evidence == "with it the rows of an order come to its 'Subtotal'"
    )
    assert got.ledger["amount"]["kept"] == "144.70"


WOO_ANALYTICS = "Date|Order #|N. Revenue (formatted)|Status|Customer|Customer type|Product(s)|Items sold|Coupon(s)|Net Sales|Attribution"


def test_woocommerce_analytics(tmp_path: Path) -> None:
    rows = [
        {
            "Date": f"2025-03-0{day} 10:00:00",
            "Order #": 900 + day,
            "N. Revenue (formatted)": f"&#36;{net}",
            "Status": status,
            "Customer": customer,
            "Customer type": "new",
            "Product(s)": "1× Mug",
            "Items sold": 1,
            "Net Sales": net,
        }
        for day, (status, customer, net) in enumerate(
            [
                ("completed", "Ada Example", "20.50"),
                ("processing", "Bob Example", "10"),
                ("on-hold", "Bob Example", "99"),
                ("refunded", "Ada Example", "-20.50"),
            ],
            start=1,
        )
    ]
    got = import_text(tmp_path, table(WOO_ANALYTICS, rows))
    assert got.inspection.layout == "WooCommerce Analytics orders"
    assert got.inspection.mapping == {
        "customer_id": "Customer",
        "ordered_at": "Date",
        "order_id": "Order #",
        "amount": "Net Sales",
        "quantity": "Items sold",
        "status": "Status",
    }
    assert got.inspection.options.amount_is == "line_total"
    assert got.ledger["amount"]["kept"] == "10.00"


WOO_LINES = (
    "Order Number|Order Status|Order Date|Customer Note|First Name (Billing)|Last Name (Billing)|City (Billing)|"
    "Country Code (Billing)|Email (Billing)|Phone (Billing)|Country Code (Shipping)|Payment Method Title|"
    "Cart Discount Amount|Order Subtotal Amount|Order Shipping Amount|Order Refund Amount|Order Total Amount|"
    "Order Total Tax Amount|SKU|Item #|Item Name|Quantity (- Refund)|Item Cost|Coupon Code|Discount Amount"
)


def woo_line(order: int, status: str, email: str, sku: str, quantity: int, cost: str) -> Row:
    return {
        "Order Number": order,
        "Order Status": status,
        "Order Date": "2025-02-14 08:30",
        "Email (Billing)": email,
        "Country Code (Shipping)": "US",
        "Order Total Amount": "99.00",
        "SKU": sku,
        "Item #": 1,
        "Item Name": "A mug",
        "Quantity (- Refund)": quantity,
        "Item Cost": cost,
    }


def test_woocommerce_order_lines(tmp_path: Path) -> None:
    rows = [
        woo_line(1, "Completed", "ada@example.com", "M1", 2, "10.00"),
        woo_line(1, "Completed", "ada@example.com", "M2", 1, "5.50"),
        woo_line(2, "Cancelled", "bob@example.com", "M1", 1, "10.00"),
    ]
    got = import_text(tmp_path, table(WOO_LINES, rows))
    assert got.inspection.layout == "WooCommerce order lines"
    assert got.inspection.mapping == {
        "customer_id": "Email (Billing)",
        "ordered_at": "Order Date",
        "order_id": "Order Number",
        "quantity": "Quantity (- Refund)",
        "unit_price": "Item Cost",
        "product_id": "SKU",
        "country": "Country Code (Shipping)",
        "status": "Order Status",
    }
    assert got.ledger["amount"] == {"in": "35.50", "kept": "25.50", "quarantined": "10.00"}


def test_woocommerce_orders_of_the_export_suite(tmp_path: Path) -> None:
    header = (
        "order_id|order_number|order_date|status|shipping_total|order_total|order_currency|payment_method|customer_id|"
        "billing_email|billing_country|shipping_country|refunded_total"
    )
    rows = [
        {
            "order_id": 10 + at,
            "order_number": 1000 + at,
            "order_date": "2025-06-01 12:00:00",
            "status": status,
            "order_total": "50.00",
            "order_currency": "USD",
            # Guests all have the customer id 0: the e-mail tells them apart.
            "customer_id": 0,
            "billing_email": f"guest{at}@example.com",
            "refunded_total": back,
        }
        for at, (status, back) in enumerate(
            [("completed", "0.00"), ("completed", "20.00"), ("failed", "0.00")]
        )
    ]
    got = import_text(tmp_path, table(header, rows))
    assert got.inspection.layout == "WooCommerce orders"
    assert got.inspection.mapping["customer_id"] == "billing_email"
    assert got.inspection.currency == "USD"
    assert got.ledger["amount"]["kept"] == "80.00"


STRIPE = (
    "id|Created date (UTC)|Amount|Amount Refunded|Currency|Captured|Converted Amount|Converted Amount Refunded|"
    "Converted Currency|Decline Reason|Description|Fee|Refunded date (UTC)|Statement Descriptor|Status|Seller Message|"
    "Taxes On Fee|Card ID|Customer ID|Customer Description|Customer Email|Invoice ID|Transfer"
)
STRIPE_ROWS: list[Row] = [
    {
        "id": f"ch_{at}",
        "Created date (UTC)": "2025-08-20 08:00:00",
        "Amount": amount,
        "Amount Refunded": refunded,
        "Currency": currency,
        "Captured": "TRUE",
        "Converted Amount": converted,
        "Converted Amount Refunded": back,
        "Converted Currency": "eur",
        "Status": status,
        "Customer ID": f"cus_{at % 2}",
        "Customer Email": "x@example.com",
    }
    for at, (amount, refunded, currency, converted, back, status) in enumerate(
        [
            ("100.00", "0.00", "usd", "90.00", "0.00", "Paid"),
            ("50.00", "10.00", "usd", "45.00", "9.00", "Paid"),
            ("30.00", "0.00", "eur", "30.00", "0.00", "Failed"),
            ("20.00", "20.00", "eur", "20.00", "20.00", "Refunded"),
        ]
    )
]


def test_stripe_payments_are_taken_in_the_one_currency_they_were_converted_to(tmp_path: Path) -> None:
    got = import_text(tmp_path, table(STRIPE, STRIPE_ROWS))
    assert got.inspection.layout == "Stripe payments"
    assert got.inspection.mapping == {
        "customer_id": "Customer ID",
        "ordered_at": "Created date (UTC)",
        "order_id": "id",
        "amount": "Converted Amount",
        "currency": "Converted Currency",
        "status": "Status",
        "refund": "Converted Amount Refunded",
    }
    assert (got.inspection.currency, got.inspection.questions) == ("EUR", ())
    # 90, 45 - 9, and the one given back in full, which comes to nothing.
    assert got.ledger["amount"]["kept"] == "126.00"
    assert got.ledger["rows"] == {"in": 4, "kept": 3, "quarantined": 1}


def test_older_stripe_names_and_several_currencies(tmp_path: Path) -> None:
    header = (
        "id|Description|Created (UTC)|Amount|Amount Refunded|Currency|Fee|Status|Customer ID|Customer Email"
    )
    rows = [{**row, "Created (UTC)": "2020-08-20 08:00"} for row in STRIPE_ROWS]
    text = table(header, [{key: row.get(key, "") for key in header.split("|")} for row in rows])
    got = look(tmp_path, text)
    assert (got.layout, got.mapping["amount"], got.mapping["currency"]) == (
        "Stripe payments",
        "Amount",
        "Currency",
    )
    (question,) = got.questions
    assert (question.key, question.option) == ("currency", "--currency {value}")
    assert question.choices == (
        ("EUR", "EUR: 2 of the 4 rows looked at"),
        ("USD", "USD: 2 of the 4 rows looked at"),
    )
    kept = import_text(tmp_path, text, currency="USD")
    assert kept.ledger["amount"]["kept"] == "140.00"
    assert kept.inspection.currency == "USD"


def test_stripe_customers_without_an_id_go_by_their_email(tmp_path: Path) -> None:
    rows = [{**row, "Customer ID": ""} for row in STRIPE_ROWS]
    got = look(tmp_path, table(STRIPE, rows))
    assert got.mapping["customer_id"] == "Customer Email"
    assert "'Customer ID' is mostly empty" in got.detected["customer_id"].evidence


AMAZON = (
    "order-id|order-item-id|purchase-date|payments-date|buyer-email|buyer-name|buyer-phone-number|sku|product-name|"
    "quantity-purchased|currency|item-price|item-tax|shipping-price|shipping-tax|ship-service-level|recipient-name|"
    "ship-country|item-promotion-discount|item-promotion-id"
)


def test_amazon_orders(tmp_path: Path) -> None:
    rows = [
        {
            "order-id": f"058-{at}",
            "order-item-id": f"05835637773{at}",
            "purchase-date": "2025-07-14T18:54:21+00:00",
            "buyer-email": f"a{at}@marketplace.amazon.co.uk",
            "sku": "sku123",
            "quantity-purchased": quantity,
            "currency": "GBP",
            "item-price": price,
            "ship-country": "GB",
            "item-promotion-discount": off,
        }
        for at, (quantity, price, off) in enumerate([(1, "10.00", "0.00"), (3, "30.00", "5.00")])
    ]
    got = import_text(tmp_path, table(AMAZON, rows, "\t"), "orders.txt")
    assert got.inspection.layout == "Amazon orders"
    assert got.inspection.mapping == {
        "customer_id": "buyer-email",
        "ordered_at": "purchase-date",
        "order_id": "order-id",
        "amount": "item-price",
        "quantity": "quantity-purchased",
        "product_id": "sku",
        "country": "ship-country",
        "discount": "item-promotion-discount",
        "currency": "currency",
    }
    assert got.inspection.options.amount_is == "line_total"
    assert got.ledger["amount"]["kept"] == "35.00"


def test_an_amazon_report_without_buyers_says_which_one_to_export(tmp_path: Path) -> None:
    header = (
        "amazon-order-id|merchant-order-id|purchase-date|last-updated-date|order-status|fulfillment-channel|sales-channel|"
        "product-name|sku|asin|item-status|quantity|currency|item-price|item-tax|item-promotion-discount|ship-city|"
        "ship-postal-code|ship-country"
    )
    rows = [
        {
            "amazon-order-id": f"701-{at}",
            "purchase-date": "2025-01-05T10:00:00+00:00",
            "order-status": status,
            "sku": "A",
            "quantity": 1,
            "currency": "CAD",
            "item-price": "12.00",
            "ship-postal-code": f"K1A 0B{at}",
        }
        for at, status in enumerate(["Shipped", "Cancelled", "Shipped"])
    ]
    text = table(header, rows, "\t")
    got = look(tmp_path, text)
    assert got.layout == "Amazon all orders"
    (question,) = got.questions
    assert question.key == "customer_id"
    assert question.text.startswith(
        "Amazon's 'All orders' report names no buyer: export the 'Orders' report instead"
    )
    assert "ship-postal-code" in [value for value, _ in question.choices]
    kept = import_text(tmp_path, text, mapping={"customer_id": "ship-postal-code"})
    assert kept.ledger["amount"]["kept"] == "24.00"
    assert kept.reasons() == {next(iter(kept.reasons())): 1}


SQUARE = (
    "Date|Time|Time Zone|Gross Sales|Discounts|Service Charges|Net Sales|Gift Card Sales|Tax|Tip|Partial Refunds|"
    "Total Collected|Source|Card|Card Entry Methods|Cash|Fees|Net Total|Transaction ID|Payment ID|Description|Event Type|"
    "Location|Customer ID|Customer Name|Customer Reference ID|Transaction Status"
)


def test_square_transactions(tmp_path: Path) -> None:
    rows = [
        {
            "Date": "2025-09-13",
            "Time": "10:02:11",
            "Time Zone": "Eastern Time (US & Canada)",
            "Gross Sales": gross,
            "Net Sales": net,
            "Partial Refunds": "$0.00",
            "Total Collected": net,
            "Transaction ID": f"SQ{at}",
            "Event Type": event,
            "Customer ID": "CUST1",
            "Customer Name": "Dee Example",
            "Transaction Status": "Complete",
        }
        for at, (gross, net, event) in enumerate(
            [
                ("$1,237.56", "$1,234.56", "Payment"),
                ("($5.00)", "($5.00)", "Refund"),
                ("-$1.50", "-$1.50", "Refund"),
            ]
        )
    ]
    got = import_text(tmp_path, table(SQUARE, rows))
    assert got.inspection.layout == "Square transactions"
    assert got.inspection.mapping == {
        "customer_id": "Customer ID",
        "ordered_at": "Date",
        "order_id": "Transaction ID",
        "amount": "Net Sales",
        "status": "Transaction Status",
        "refund": "Partial Refunds",
    }
    assert (got.inspection.currency, got.inspection.options.decimal) == ("USD", ".")
    assert got.ledger["amount"]["kept"] == "1228.06"


def test_square_items(tmp_path: Path) -> None:
    header = (
        "Date|Time|Time Zone|Category|Item|Qty|Price Point Name|SKU|Modifiers Applied|Gross Sales|Discounts|Net Sales|Tax|"
        "Transaction ID|Payment ID|Device Name|Notes|Details|Event Type|Location|Dining Option|Customer ID|Customer Name|"
        "Customer Reference ID|Unit|Count"
    )
    rows = [
        {
            "Date": "09/13/2025",
            "Time": "10:15:00",
            "Time Zone": "Eastern Time (US & Canada)",
            "Category": "Mugs",
            "Item": "Speckled mug",
            "Qty": "2.0",
            "Gross Sales": "$60.00",
            "Discounts": "-$6.00",
            "Net Sales": "$54.00",
            "Transaction ID": "SQA",
            "Event Type": "Payment",
            # Without customer numbers, the name is what there is.
            "Customer Name": "Dee Example",
        }
    ]
    got = import_text(tmp_path, table(header, rows))
    assert got.inspection.layout == "Square items"
    assert got.inspection.mapping["customer_id"] == "Customer Name"
    assert got.inspection.mapping["product_id"] == "Item"
    assert got.inspection.mapping["category"] == "Category"
    assert got.ledger["amount"]["kept"] == "54.00"
    assert got.rows[0]["ordered_at"].date().isoformat() == "2025-09-13"


PAYPAL = (
    "Date|Time|TimeZone|Name|Type|Status|Currency|Gross|Fee|Net|From Email Address|To Email Address|Transaction ID|"
    "Item Title|Item ID|Quantity|Balance"
)


def test_paypal_activity(tmp_path: Path) -> None:
    rows = [
        {
            "Date": f"{at + 13}/01/2024",
            "Time": "10:00:00",
            "Type": kind,
            "Status": status,
            "Currency": "GBP",
            "Gross": gross,
            "Fee": "-0.90",
            "Net": "0.00",
            "From Email Address": who,
            "To Email Address": to,
            "Transaction ID": f"TX{at}",
            "Item Title": "Mug",
            "Quantity": "2",
        }
        for at, (kind, status, gross, who, to) in enumerate(
            [
                ("Website Payment", "Completed", "1,020.00", "a@x.com", "shop@x.com"),
                ("Website Payment", "Completed", "30.00", "b@x.com", "shop@x.com"),
                ("Payment Refund", "Completed", "-20.00", "shop@x.com", "a@x.com"),
                ("Website Payment", "Pending", "40.00", "c@x.com", "shop@x.com"),
            ]
        )
    ]
    got = import_text(tmp_path, table(PAYPAL, rows))
    assert (got.inspection.layout, got.inspection.questions) == ("PayPal activity", ())
    assert got.inspection.mapping == {
        "customer_id": "From Email Address",
        "ordered_at": "Date",
        "order_id": "Transaction ID",
        "amount": "Gross",
        "product_id": "Item Title",
        "currency": "Currency",
        "status": "Status",
    }
    assert got.inspection.currency == "GBP"
    assert got.ledger["amount"] == {"in": "1070.00", "kept": "1030.00", "quarantined": "40.00"}
    (told,) = (each["text"] for each in got.ledger["notes"] if each["kind"] == "layout")
    assert "they stand under the shop's own address with a minus" in told


MAGENTO = (
    "ID|Purchase Point|Purchase Date|Bill-to Name|Ship-to Name|Grand Total (Base)|Grand Total (Purchased)|Status|"
    "Customer Email|Subtotal|Shipping and Handling|Customer Name|Payment Method|Total Refunded"
)


def test_magento_orders(tmp_path: Path) -> None:
    rows = [
        {
            "ID": f"00000000{at}",
            "Purchase Date": f"Jan {at + 13}, 2024 10:00:00 AM",
            "Grand Total (Base)": total,
            "Grand Total (Purchased)": total,
            "Subtotal": "$9.00",
            "Status": status,
            "Customer Email": "a@x.com",
            "Total Refunded": refund,
        }
        for at, (total, status, refund) in enumerate(
            [("$29.00", "Complete", ""), ("$1,029.00", "Processing", "$29.00"), ("$10.00", "Canceled", "")]
        )
    ]
    got = import_text(tmp_path, table(MAGENTO, rows))
    assert (got.inspection.layout, got.inspection.questions) == ("Magento orders", ())
    assert got.inspection.mapping["amount"] == "Grand Total (Purchased)"
    assert got.inspection.mapping["order_id"] == "ID"
    assert got.inspection.currency == "USD"
    assert got.ledger["amount"] == {"in": "1039.00", "kept": "1029.00", "quarantined": "10.00"}


def test_prestashop_orders(tmp_path: Path) -> None:
    text = (
        "ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date\n"
        "1;XKBK;1;United States;J. DOE;61,80 €;Payment by check;Payment accepted;2024-01-13 10:00:00\n"
        "2;OHSA;0;France;J. DOE;1 069,90 €;Payment by check;Awaiting check payment;2024-01-14 10:00:00\n"
        "3;UOYE;1;France;A. BEE;14,90 €;Bank wire;Payment accepted;2024-01-15 10:00:00\n"
    )
    got = import_text(tmp_path, text)
    assert (got.inspection.layout, got.inspection.questions) == ("PrestaShop orders", ())
    assert (got.inspection.mapping["order_id"], got.inspection.currency) == ("Reference", "EUR")
    assert got.ledger["amount"] == {"in": "1146.60", "kept": "76.70", "quarantined": "1069.90"}


def test_a_prefix_of_the_shop_system_hides_no_status(tmp_path: Path) -> None:
    header = "Order ID|Order Date|Order Status|Order Total|Billing Email|Payment Method"
    rows = [
        {
            "Order ID": str(at),
            "Order Date": f"2024-01-{at + 13}",
            "Order Status": status,
            "Order Total": "10.00",
            "Billing Email": "a@x.com",
        }
        for at, status in enumerate(["wc-completed", "wc-cancelled", "wc-on-hold", "wc-refunded"])
    ]
    got = import_text(tmp_path, table(header, rows))
    assert got.inspection.layout == "WooCommerce orders"
    assert got.ledger["amount"]["kept"] == "10.00"


@pytest.mark.parametrize(
    ("file", "layout", "kind", "mapping", "ignored"),
    [
        (
            "rfm_clustered/RFM_Clustered.csv",
            "RFM_Clustered",
            "customers",
            {
                "customer_id": "CustomerID",
                "recency_days": "Recency",
                "frequency": "Frequency",
                "monetary": "Monetary",
                "cluster": "Cluster",
            },
            (),
        ),
        (
            "rfm_clustered/RFM_Clustered_int_labels.csv",
            "RFM_Clustered",
            "customers",
            {
                "customer_id": "CustomerID",
                "recency_days": "Recency",
                "frequency": "Frequency",
                "monetary": "Monetary",
                "cluster": "Cluster",
            },
            (),
        ),
        (
            "rfm_clustered/RFM_Clustered_monetaryvalue.csv",
            "RFM_Clustered",
            "customers",
            {
                "customer_id": "CustomerID",
                "recency_days": "Recency",
                "frequency": "Frequency",
                "monetary": "MonetaryValue",
                "cluster": "Cluster",
            },
            ("column_1",),
        ),
        (
            "ecommerce_customer_behavior/E-commerce Customer Behavior - Sheet1.csv",
            "E-commerce customer behaviour",
            "customers",
            {
                "customer_id": "Customer ID",
                "recency_days": "Days Since Last Purchase",
                "monetary": "Total Spend",
            },
            (),
        ),
        (
            "ecommerce_customer_behavior/E-commerce Customer Behavior.xlsx",
            "E-commerce customer behaviour",
            "customers",
            {
                "customer_id": "Customer ID",
                "recency_days": "Days Since Last Purchase",
                "monetary": "Total Spend",
            },
            (),
        ),
        (
            "hillstrom/Kevin_Hillstrom_MineThatData_E-MailAnalytics_DataMiningChallenge_2008.03.20.csv.gz",
            "Hillstrom e-mail test",
            "customers",
            {"monetary": "history"},
            (),
        ),
    ],
)
def test_real_customer_tables_ask_nothing(
    real_data: Path, file: str, layout: str, kind: str, mapping: dict[str, str], ignored: tuple[str, ...]
) -> None:
    got = inspect_file(real_data / file)
    assert (got.layout, got.kind, got.mapping, got.questions) == (layout, kind, mapping, ())
    assert (got.ignored, got.options.kind, got.options.decimal) == (ignored, kind, ".")
    assert inspect_file(real_data / file, got.options).options == got.options


@pytest.mark.parametrize(
    ("file", "layout", "currency"),
    [
        ("cdnow/CDNOW_master.txt", "CDNOW", "USD"),
        ("cdnow/CDNOW_sample.txt", "CDNOW 1/10 sample", "USD"),
        ("online_retail/online_retail_iso-8859-1.csv.gz", "UCI Online Retail", "GBP"),
        ("online_retail/online_retail.parquet", "UCI Online Retail", "GBP"),
        ("online_retail/Online Retail (first 49999 rows).xlsx", "UCI Online Retail", "GBP"),
        ("online_retail/Online Retail (random 40000 rows).xlsx", "UCI Online Retail", "GBP"),
    ],
)
def test_real_orders_ask_nothing(real_data: Path, file: str, layout: str, currency: str) -> None:
    got = inspect_file(real_data / file)
    assert (got.layout, got.kind, got.currency, got.questions) == (layout, "transactions", currency, ())
    assert got.cancelled_prefix == ("C" if layout.startswith("UCI") else None)
    assert inspect_file(real_data / file, got.options).options == got.options


def test_each_layout_is_told_by_its_own_columns() -> None:
    for layout in LAYOUTS:
        columns = [*layout.columns, *(group[0] for group in layout.either)]
        found = layout_of(columns)
        assert found is not None, layout.name
        assert found.name == layout.name
    assert layout_of(["customer_id", "date", "amount"]) is None


def test_the_guide_names_every_role_and_option(root: Path) -> None:
    guide = (root / "docs" / "import.md").read_text()
    for role in (*ROLES, *CUSTOMER_ROLES):
        assert f"`{role}`" in guide, role
    options = {each.name for each in fields(ImportOptions)} - {"mapping"}
    for option in ("map", *options):
        assert f"--{option.replace('_', '-')}" in guide, option
    for maker in {layout.name.split()[0] for layout in (*LAYOUTS, *FIXED_LAYOUTS)}:
        assert maker in guide, maker
