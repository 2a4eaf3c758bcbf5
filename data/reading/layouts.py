"""The files Lapwing knows by sight, and the names that columns go by in all others. Each is a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from data.names import (
    AMOUNT,
    CATEGORY,
    COUNTRY,
    CUSTOMER_ID,
    DISCOUNT,
    ORDER_ID,
    ORDERED_AT,
    PRODUCT_ID,
    QUANTITY,
    UNIT_PRICE,
)


def plain_name(name: str) -> str:
    """A column name without case, spaces and punctuation: 'Customer ID' and 'customer_id' are one."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclass(frozen=True)
class Layout:
    """A known table with a header: its columns (plain names) and the roles some of them play."""

    name: str
    columns: tuple[str, ...]
    roles: dict[str, str] = field(hash=False)
    currency: str | None = None
    cancelled_prefix: str | None = None

    def mapping(self, columns: Sequence[str]) -> dict[str, str] | None:
        """Role -> column as named in the file, or None where this is another table."""
        by_plain = {plain_name(column): column for column in columns}
        if not by_plain.keys() >= set(self.columns):
            return None
        return {role: by_plain[name] for role, name in self.roles.items()}


@dataclass(frozen=True)
class FixedLayout:
    """A known table without header or delimiter: `pattern` (RE2) names the columns as groups."""

    name: str
    pattern: str
    columns: tuple[str, ...]
    roles: dict[str, str] = field(hash=False)
    currency: str | None = None


LAYOUTS: Final = (
    Layout(
        "UCI Online Retail",
        _names("invoiceno stockcode description quantity invoicedate unitprice customerid country"),
        {
            CUSTOMER_ID: "customerid",
            ORDERED_AT: "invoicedate",
            ORDER_ID: "invoiceno",
            PRODUCT_ID: "stockcode",
            QUANTITY: "quantity",
            UNIT_PRICE: "unitprice",
            COUNTRY: "country",
        },
        currency="GBP",
        cancelled_prefix="C",
    ),
    Layout(
        "UCI Online Retail II",
        _names("invoice stockcode description quantity invoicedate price customerid country"),
        {
            CUSTOMER_ID: "customerid",
            ORDERED_AT: "invoicedate",
            ORDER_ID: "invoice",
            PRODUCT_ID: "stockcode",
            QUANTITY: "quantity",
            UNIT_PRICE: "price",
            COUNTRY: "country",
        },
        currency="GBP",
        cancelled_prefix="C",
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


# Plain names of columns by role, the surer first.
ROLE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    CUSTOMER_ID: _names(
        "customerid customernumber customerno customernr customerkey customercode customerref customeruuid custid "
        "custno custnr custkey customer clientid clientnumber clientno client userid user memberid member buyerid "
        "buyer shopperid shopper accountid accountnumber accountno contactid consumerid personid partyid householdid "
        "cid idcustomer kundennummer kundennr kundenid kunde idclient numeroclient clienteid cliente "
        "customeremail customermail buyeremail email emailaddress billingemail"
    ),
    ORDERED_AT: _names(
        "orderedat orderdate orderdatetime ordertimestamp ordertime orderpurchasetimestamp invoicedate transactiondate "
        "transactiondatetime transactiontime transactiontimestamp purchasedate purchasedatetime purchasetime "
        "purchasedat salesdate saledate saleon dateofpurchase paymentdate paidat billingdate bookingdate "
        "datetime date timestamp day orderedon orderdt transdate trandate createdat created createddate "
        "datum bestelldatum kaufdatum rechnungsdatum fecha datecommande time dt"
    ),
    AMOUNT: _names(
        "amount lineamount linetotal totalamount amounttotal totalprice pricetotal orderamount ordertotal ordervalue "
        "salesamount saleamount netamount amountnet netsales sales saletotal revenue netrevenue purchaseamount "
        "purchasevalue transactionamount transactionvalue transamount tranamount spend spent totalspend totalspent "
        "totalsales grandtotal subtotal total value turnover paid payment paymentvalue amountpaid dollars "
        "grossamount gross net monetary monetaryvalue betrag umsatz gesamtbetrag montant importe "
    ),
    QUANTITY: _names(
        "quantity qty quantityordered orderedquantity orderquantity units unitssold itemsold items itemcount pieces "
        "numberofitems numitems numberofcds cds menge anzahl stueck quantite cantidad count"
    ),
    UNIT_PRICE: _names(
        "unitprice priceperunit priceeach itemprice productprice saleprice sellingprice unitcost price stueckpreis "
        "einzelpreis preis prix prixunitaire precio preciounitario lineitemprice"
    ),
    ORDER_ID: _names(
        "orderid ordernumber orderno ordernr orderref orderkey order invoiceno invoiceid invoicenumber invoice "
        "transactionid transactionnumber transactionno transid tranid receiptid receiptno receipt basketid basket "
        "saleid salesid salesorderid bestellnummer bestellnr rechnungsnummer rechnungsnr purchaseid paymentid"
    ),
    PRODUCT_ID: _names(
        "productid productcode productno productnumber stockcode sku itemid itemcode itemno articleid articleno "
        "articlenumber product productname item article artikelnummer artikelnr artikel produkt lineitemsku asin upc ean"
    ),
    CATEGORY: _names(
        "category productcategory itemcategory categoryname department segmentname kategorie categorie"
    ),
    COUNTRY: _names(
        "country customercountry countrycode shippingcountry billingcountry land pays pais region"
    ),
    DISCOUNT: _names("discount discountamount discountapplied discountvalue rabatt remise descuento"),
}

# A column whose name holds one of these may name the customer: worth asking about, not assuming.
CUSTOMER_HINTS: Final = re.compile(
    r"cust|client|user|member|buyer|shopper|account|contact|consumer|person|household|guest|subscriber|patient"
    r"|kund|loyalty|card|e-?mail|phone|visitor|^id$|^name$|full.?name|last.?name",
    re.IGNORECASE,
)
# A table of customers (one row each) rather than of their orders has one of these.
CUSTOMER_TABLE_HINTS: Final = frozenset(
    {"recency", "dayssincelastpurchase", "dayssincelastorder", "recencydays"}
)
