"""The files Lapwing knows by sight: what tells them, which column plays which role, what their figures mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from data.names import (
    AMOUNT,
    CATEGORY,
    CLUSTER,
    COUNTRY,
    CURRENCY,
    CUSTOMER_ID,
    CUSTOMERS,
    DISCOUNT,
    ORDER_ID,
    ORDERED_AT,
    PRODUCT_ID,
    QUANTITY,
    REFUND,
    STATUS,
    TRANSACTIONS,
    UNIT_PRICE,
)
from data.reading.vocabulary import FREQUENCY, MONETARY, RECENCY, names, plain_name

LINE_TOTAL: Final = "line_total"


@dataclass(frozen=True)
class Layout:
    """A known table with a header.

    `columns` are the plain names that tell it, and of each group in `either` it has one. `roles` gives the
    columns of each role, in order of preference; `unpaid` the statuses (lower case) of orders that brought
    no money; `fill_down` the roles written only in the first row of an order; `discount_is` whether the
    discount is taken off its row ("line_total"); `ties_to` the column of the order's total by which the
    discount to take off is told; `advice` what to do where the file lacks a required role, `warning` what to know of its figures.
    """

    name: str
    columns: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]] = field(hash=False)
    either: tuple[tuple[str, ...], ...] = ()
    kind: str = TRANSACTIONS
    currency: str | None = None
    cancelled_prefix: str | None = None
    unpaid: tuple[str, ...] = ()
    fill_down: tuple[str, ...] = ()
    discount_is: str | None = None
    ties_to: str | None = None
    advice: str | None = None
    warning: str | None = None

    def matches(self, columns: Sequence[str]) -> bool:
        """Whether a file with these `columns` is such a table."""
        plain = {plain_name(column) for column in columns}
        return plain >= set(self.columns) and all(plain & set(group) for group in self.either)

    def candidates(self, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Role -> the columns of the file that may play it, in order of preference."""
        by_plain: dict[str, str] = {}
        for column in columns:
            by_plain.setdefault(plain_name(column), column)
        found = {
            role: tuple(by_plain[name] for name in wanted if name in by_plain)
            for role, wanted in self.roles.items()
        }
        return {role: given for role, given in found.items() if given}


@dataclass(frozen=True)
class FixedLayout:
    """A known table without header or delimiter: `pattern` (RE2) names the columns as groups."""

    name: str
    pattern: str
    columns: tuple[str, ...]
    roles: dict[str, str] = field(hash=False)
    currency: str | None = None


def _roles(**given: str) -> dict[str, tuple[str, ...]]:
    return {role: names(text) for role, text in given.items()}


_UCI_ROLES: Final = {
    CUSTOMER_ID: ("customerid",),
    ORDERED_AT: ("invoicedate",),
    ORDER_ID: ("invoiceno", "invoice"),
    PRODUCT_ID: ("stockcode",),
    QUANTITY: ("quantity",),
    UNIT_PRICE: ("unitprice", "price"),
    COUNTRY: ("country",),
}
_RFM_ROLES: Final = {
    CUSTOMER_ID: ("customerid",),
    RECENCY: ("recency",),
    FREQUENCY: ("frequency",),
    MONETARY: ("monetary", "monetaryvalue"),
    CLUSTER: ("cluster",),
}
_WOO_UNPAID: Final = (
    "pending payment",
    "pending",
    "on hold",
    "on-hold",
    "failed",
    "cancelled",
    "canceled",
    "draft",
    "checkout-draft",
    "trash",
)
_WOO_CUSTOMER: Final = names(
    "billingemail emailbilling customeremail billingemailaddress email customerid customeruser customeruserid "
    "customer customername"
)
_WOO_DATE: Final = names("orderdate date paiddate datepaid completeddate")
_WOO_COUNTRY: Final = names(
    "shippingcountry countrycodeshipping shippingcountrycode billingcountry countrycodebilling billingcountrycode"
)
_WOO_CURRENCY: Final = names("ordercurrency currency currencycode")

LAYOUTS: Final = (
    Layout(
        "UCI Online Retail",
        names("invoiceno stockcode description quantity invoicedate unitprice customerid country"),
        _UCI_ROLES,
        currency="GBP",
        cancelled_prefix="C",
    ),
    Layout(
        "UCI Online Retail II",
        names("invoice stockcode description quantity invoicedate price customerid country"),
        _UCI_ROLES,
        currency="GBP",
        cancelled_prefix="C",
    ),
    Layout(
        "RFM_Clustered",
        names("customerid recency frequency cluster"),
        _RFM_ROLES,
        either=(("monetary", "monetaryvalue"),),
        kind=CUSTOMERS,
    ),
    Layout(
        "E-commerce customer behaviour",
        names("customerid membershiptype totalspend itemspurchased dayssincelastpurchase"),
        {CUSTOMER_ID: ("customerid",), RECENCY: ("dayssincelastpurchase",), MONETARY: ("totalspend",)},
        kind=CUSTOMERS,
    ),
    Layout(
        "Hillstrom e-mail test",
        names(
            "recency historysegment history mens womens zipcode newbie channel segment visit conversion spend"
        ),
        # Its recency counts months, and its spend comes after the e-mail: neither is the customer's past.
        {MONETARY: ("history",)},
        kind=CUSTOMERS,
    ),
    Layout(
        "Shopify orders",
        names("name email financialstatus createdat lineitemquantity lineitemprice"),
        {
            CUSTOMER_ID: names("email customerid phone billingname"),
            ORDERED_AT: names("createdat paidat"),
            ORDER_ID: ("name",),
            QUANTITY: ("lineitemquantity",),
            UNIT_PRICE: ("lineitemprice",),
            DISCOUNT: names("lineitemdiscount discountamount"),
            PRODUCT_ID: names("lineitemsku lineitemname"),
            COUNTRY: names("shippingcountry billingcountry"),
            CURRENCY: ("currency",),
            STATUS: ("financialstatus",),
            REFUND: ("refundedamount",),
        },
        # An order refunded in full gave back postage and tax as well: as a whole it brought nothing.
        unpaid=("pending", "authorized", "voided", "expired", "unpaid", "refunded"),
        fill_down=(CUSTOMER_ID, ORDERED_AT, STATUS, CURRENCY, COUNTRY),
        discount_is=LINE_TOTAL,
        ties_to="subtotal",
    ),
    Layout(
        "WooCommerce Analytics orders",
        names("date order status customer itemssold"),
        {
            CUSTOMER_ID: ("customer",),
            ORDERED_AT: ("date",),
            ORDER_ID: ("order",),
            AMOUNT: names("netsales nrevenue nrevenueformatted"),
            QUANTITY: ("itemssold",),
            STATUS: ("status",),
        },
        either=(("netsales", "nrevenue", "nrevenueformatted"), ("customertype", "products", "coupons")),
        # Refunds are rows of their own here, with a minus: the order they belong to must stay.
        unpaid=_WOO_UNPAID,
    ),
    Layout(
        "WooCommerce order lines",
        names("orderstatus orderdate sku"),
        {
            CUSTOMER_ID: _WOO_CUSTOMER,
            ORDERED_AT: ("orderdate",),
            ORDER_ID: names("ordernumber orderid"),
            QUANTITY: names("quantityrefund quantity qty itemquantity"),
            UNIT_PRICE: ("itemcost",),
            PRODUCT_ID: names("sku itemname item"),
            COUNTRY: _WOO_COUNTRY,
            CURRENCY: _WOO_CURRENCY,
            STATUS: ("orderstatus",),
        },
        either=(
            ("itemcost",),
            ("quantityrefund", "quantity", "qty", "itemquantity"),
            ("ordernumber", "orderid"),
        ),
        unpaid=(*_WOO_UNPAID, "refunded"),
        fill_down=(CUSTOMER_ID, ORDERED_AT, STATUS, CURRENCY, COUNTRY),
    ),
    Layout(
        "WooCommerce order items",
        names("orderid orderdate status itemsku itemquantity itemtotal"),
        {
            CUSTOMER_ID: _WOO_CUSTOMER,
            ORDERED_AT: ("orderdate",),
            ORDER_ID: names("ordernumber orderid"),
            QUANTITY: ("itemquantity",),
            AMOUNT: ("itemtotal",),
            PRODUCT_ID: names("itemsku itemname"),
            COUNTRY: _WOO_COUNTRY,
            CURRENCY: _WOO_CURRENCY,
            STATUS: ("status",),
            REFUND: ("itemrefunded",),
        },
        unpaid=(*_WOO_UNPAID, "refunded"),
        fill_down=(CUSTOMER_ID, ORDERED_AT, STATUS, CURRENCY, COUNTRY),
    ),
    Layout(
        "WooCommerce orders",
        (),
        {
            CUSTOMER_ID: _WOO_CUSTOMER,
            ORDERED_AT: _WOO_DATE,
            ORDER_ID: names("ordernumber orderid"),
            AMOUNT: names("ordertotal ordertotalamount"),
            COUNTRY: _WOO_COUNTRY,
            CURRENCY: _WOO_CURRENCY,
            STATUS: names("orderstatus status"),
            REFUND: names("orderrefundamount refundedtotal totalrefunded refundedamount"),
        },
        either=(
            ("ordernumber", "orderid"),
            ("orderstatus", "status"),
            ("orderdate",),
            ("ordertotal", "ordertotalamount"),
            ("billingemail", "emailbilling", "billingfirstname", "firstnamebilling"),
            (
                "paymentmethod",
                "paymentmethodtitle",
                "customernote",
                "shippingtotal",
                "billingpostcode",
                "postcodebilling",
            ),
        ),
        unpaid=(*_WOO_UNPAID, "refunded"),
    ),
    Layout(
        "Stripe payments",
        names("id amount amountrefunded currency status"),
        {
            CUSTOMER_ID: names("customerid customeremail cardfingerprint"),
            ORDERED_AT: names("createddateutc createdutc created createddate"),
            ORDER_ID: ("id",),
            AMOUNT: names("convertedamount amount"),
            REFUND: names("convertedamountrefunded amountrefunded"),
            CURRENCY: names("convertedcurrency currency"),
            STATUS: ("status",),
        },
        either=(("createddateutc", "createdutc", "created", "createddate"),),
        unpaid=(
            "failed",
            "canceled",
            "cancelled",
            "blocked",
            "incomplete",
            "pending",
            "expired",
            "uncaptured",
            "requires_payment_method",
            "requires_action",
            "requires_confirmation",
            "requires_capture",
        ),
    ),
    Layout(
        "Amazon orders",
        names("orderid orderitemid purchasedate quantitypurchased itemprice"),
        {
            CUSTOMER_ID: names("buyeremail buyername buyerphonenumber"),
            ORDERED_AT: ("purchasedate",),
            ORDER_ID: ("orderid",),
            AMOUNT: ("itemprice",),
            QUANTITY: ("quantitypurchased",),
            PRODUCT_ID: names("sku productname itemname"),
            DISCOUNT: ("itempromotiondiscount",),
            CURRENCY: ("currency",),
            COUNTRY: ("shipcountry",),
        },
        discount_is=LINE_TOTAL,
        advice="This Amazon report names no buyer: request the Orders report with buyer information "
        "(it has a buyer-email column).",
    ),
    Layout(
        "Amazon all orders",
        names("amazonorderid purchasedate orderstatus quantity itemprice"),
        {
            CUSTOMER_ID: names("buyeremail buyername"),
            ORDERED_AT: ("purchasedate",),
            ORDER_ID: ("amazonorderid",),
            AMOUNT: ("itemprice",),
            QUANTITY: ("quantity",),
            PRODUCT_ID: names("sku asin"),
            DISCOUNT: ("itempromotiondiscount",),
            CURRENCY: ("currency",),
            COUNTRY: ("shipcountry",),
            STATUS: ("orderstatus",),
        },
        unpaid=("cancelled", "canceled", "pending", "pending - waiting for pick up", "unshippable"),
        discount_is=LINE_TOTAL,
        advice="Amazon's 'All orders' report names no buyer: export the 'Orders' report instead "
        "(it has a buyer-email column).",
    ),
    Layout(
        "Square items",
        names("date time timezone item qty grosssales netsales transactionid eventtype"),
        {
            CUSTOMER_ID: names("customerid customername customerreferenceid"),
            ORDERED_AT: ("date",),
            ORDER_ID: ("transactionid",),
            AMOUNT: ("netsales",),
            QUANTITY: ("qty",),
            PRODUCT_ID: names("sku item"),
            CATEGORY: ("category",),
        },
        advice="This Square export names no customer: attach customers to your sales in Square, or export "
        "the columns Customer ID and Customer Name too.",
    ),
    Layout(
        "Square transactions",
        names("date time timezone grosssales netsales totalcollected transactionid eventtype"),
        {
            CUSTOMER_ID: names("customerid customername customerreferenceid"),
            ORDERED_AT: ("date",),
            ORDER_ID: ("transactionid",),
            AMOUNT: ("netsales",),
            STATUS: ("transactionstatus",),
            # Money paid back without naming items; what is paid back for items is in the net sales.
            REFUND: ("partialrefunds",),
        },
        unpaid=("failed", "pending", "canceled", "cancelled", "voided", "declined"),
        advice="This Square export names no customer: attach customers to your sales in Square, or export "
        "the columns Customer ID and Customer Name too.",
    ),
    Layout(
        "PayPal activity",
        names(
            "date time name type status currency gross fee net fromemailaddress toemailaddress transactionid"
        ),
        {
            CUSTOMER_ID: names("fromemailaddress name"),
            ORDERED_AT: ("date",),
            ORDER_ID: ("transactionid",),
            AMOUNT: ("gross",),
            PRODUCT_ID: names("itemtitle itemid"),
            CURRENCY: ("currency",),
            COUNTRY: names("country countrycode"),
            STATUS: ("status",),
        },
        # What was refunded is a row of its own, with a minus: the payment it belongs to must stay.
        unpaid=names(
            "pending denied failed cancelled canceled expired voided held removed placed returned unclaimed"
        ),
        warning="In this PayPal file customers are who sent the money ('From Email Address'). Refunds, fees and withdrawals "
        "are sent by the shop, so they stand under the shop's own address with a minus and lower the total: leave "
        "such rows out of the file, or give refunds the buyer's address, where customers are to be exact.",
    ),
    Layout(
        "Magento orders",
        names(
            "id purchasepoint purchasedate billtoname grandtotalbase grandtotalpurchased status customeremail"
        ),
        {
            CUSTOMER_ID: names("customeremail customername"),
            ORDERED_AT: ("purchasedate",),
            ORDER_ID: ("id",),
            AMOUNT: names("grandtotalpurchased grandtotalbase"),
            REFUND: ("totalrefunded",),
            STATUS: ("status",),
        },
        # An order refunded in full is closed, and its refund stands in its own column.
        unpaid=(
            "canceled",
            "cancelled",
            "pending",
            "pending payment",
            "pending paypal",
            "payment review",
            "on hold",
            "suspected fraud",
            "rejected",
        ),
    ),
    Layout(
        "PrestaShop orders",
        names("id reference newclient customer total payment status date"),
        {
            CUSTOMER_ID: ("customer",),
            ORDERED_AT: ("date",),
            ORDER_ID: ("reference",),
            AMOUNT: ("total",),
            STATUS: ("status",),
            COUNTRY: ("delivery",),
        },
        unpaid=(
            "canceled",
            "cancelled",
            "refunded",
            "payment error",
            "awaiting check payment",
            "awaiting bank wire payment",
            "awaiting paypal payment",
            "awaiting cash on delivery validation",
            "on backorder (not paid)",
            "remote payment refused",
        ),
        warning="This PrestaShop list names customers by their name only: two customers of one name count as one.",
    ),
)

_CDNOW_ROLES: Final = {
    CUSTOMER_ID: "customer_id",
    ORDERED_AT: "date",
    QUANTITY: "number_of_cds",
    AMOUNT: "dollars",
}
FIXED_LAYOUTS: Final = (
    FixedLayout(
        "CDNOW",
        r"^\s*(?P<customer_id>\d{4,7})\s+(?P<date>(?:19|20)\d{6})\s+(?P<number_of_cds>\d{1,5})"
        r"\s+(?P<dollars>-?\d+\.\d{2})\s*$",
        ("customer_id", "date", "number_of_cds", "dollars"),
        _CDNOW_ROLES,
        currency="USD",
    ),
    FixedLayout(
        "CDNOW 1/10 sample",
        r"^\s*(?P<customer_id>\d{4,7})\s+(?P<sample_id>\d{3,6})\s+(?P<date>(?:19|20)\d{6})"
        r"\s+(?P<number_of_cds>\d{1,5})\s+(?P<dollars>-?\d+\.\d{2})\s*$",
        ("customer_id", "sample_id", "date", "number_of_cds", "dollars"),
        _CDNOW_ROLES,
        currency="USD",
    ),
)


def fixed_layout_named(name: str | None) -> FixedLayout:
    """The fixed-width layout of that name."""
    return next(layout for layout in FIXED_LAYOUTS if layout.name == name)


def layout_of(columns: Sequence[str]) -> Layout | None:
    """The known table that has these columns, if there is one."""
    return next((layout for layout in LAYOUTS if layout.matches(columns)), None)
