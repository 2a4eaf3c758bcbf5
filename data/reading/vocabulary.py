"""The names that columns go by, and the words in them: what a file's own header says."""

from __future__ import annotations

import re
from typing import Final

from data.names import (
    AMOUNT,
    CATEGORY,
    CLUSTER,
    COUNTRY,
    CURRENCY,
    CUSTOMER_ID,
    DISCOUNT,
    ORDER_ID,
    ORDERED_AT,
    PRODUCT_ID,
    QUANTITY,
    REFUND,
    STATUS,
    UNIT_PRICE,
)

RECENCY: Final = "recency_days"
FREQUENCY: Final = "frequency"
MONETARY: Final = "monetary"


def plain_name(name: str) -> str:
    """A column name without case, spaces and punctuation: 'Customer ID' and 'customer_id' are one."""
    return re.sub(r"[\W_]+", "", name.casefold())


def names(text: str) -> tuple[str, ...]:
    """The words of `text`."""
    return tuple(text.split())


# Dates by what they are of, the surest first. A column of an earlier line is preferred to one of a later
# line; two of the same line are asked about, unless they hold the same days.
DATE_RANKS: Final[tuple[tuple[str, ...], ...]] = (
    names(
        "orderedat orderdate orderdatetime ordertimestamp ordertime orderpurchasetimestamp orderedon orderdt "
        "orderplacedat ordercreatedat ordercreated bestelldatum datecommande fechapedido dateofpurchase "
        "purchasedate purchasedatetime purchasetime purchasedat purchasetimestamp kaufdatum bought"
    ),
    names("invoicedate invoicedatetime rechnungsdatum billingdate invoicedon"),
    names(
        "transactiondate transactiondatetime transactiontime transactiontimestamp transdate trandate txndate "
        "salesdate saledate saleon soldat solddate bookingdate"
    ),
    names(
        "date datetime timestamp day dt datum fecha data createdat created createddate createddateutc createdutc "
        "creationdate paymentdate paidat paiddate datepaid paidon"
    ),
    names("time"),
)
# Money of a row, likewise.
AMOUNT_RANKS: Final[tuple[tuple[str, ...], ...]] = (
    names(
        "amount lineamount linetotal lineitemtotal itemtotal extendedprice extendedamount linevalue "
        "transactionamount transamount tranamount purchaseamount orderamount saleamount salesamount "
        "itemamount betrag importe montant"
    ),
    names(
        "totalamount amounttotal totalprice pricetotal ordertotal ordervalue netamount amountnet netsales netrevenue "
        "nettotal net grossamount grosssales grossrevenue gross sales saletotal totalsales revenue turnover "
        "purchasevalue transactionvalue amountpaid grandtotal subtotal total umsatz gesamtbetrag"
    ),
    names(
        "spend spent totalspend totalspent value paid payment paymentvalue dollars monetary monetaryvalue moneyspent"
    ),
)

# Plain names of columns by role, the surer first.
ROLE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    CUSTOMER_ID: names(
        "customeruniqueid customerid customernumber customerno customernr customerkey customercode customerref customeruuid custid "
        "custno custnr custkey customer clientid clientnumber clientno client userid user memberid member buyerid "
        "buyer shopperid shopper accountid accountnumber accountno contactid consumerid personid partyid householdid "
        "cid idcustomer kundennummer kundennr kundenid kunde idclient numeroclient clienteid cliente "
        "customeremail customermail buyeremail email emailaddress billingemail emailbilling "
        "customeremailaddress buyeremailaddress fromemailaddress buyeruserid buyerusername"
    ),
    ORDERED_AT: tuple(name for rank in DATE_RANKS for name in rank),
    AMOUNT: tuple(name for rank in AMOUNT_RANKS for name in rank),
    QUANTITY: names(
        "quantity qty quantityordered orderedquantity orderquantity quantitypurchased itemquantity units unitssold "
        "itemsold itemssold items itemcount pieces numberofitems numitems numberofcds cds menge anzahl stueck stück "
        "quantite quantité cantidad count"
    ),
    UNIT_PRICE: names(
        "unitprice priceperunit priceeach itemprice productprice saleprice sellingprice unitcost itemcost price "
        "stueckpreis stückpreis einzelpreis preis prix prixunitaire precio preciounitario lineitemprice"
    ),
    ORDER_ID: names(
        "orderid ordernumber orderno ordernr orderref orderkey order invoiceno invoiceid invoicenumber invoice "
        "transactionid transactionnumber transactionno transid tranid receiptid receiptno receipt basketid basket "
        "saleid salesid salesorderid bestellnummer bestellnr rechnungsnummer rechnungsnr purchaseid paymentid"
    ),
    PRODUCT_ID: names(
        "productid productcode productno productnumber stockcode sku itemid itemcode itemno articleid articleno "
        "articlenumber product productname item article artikelnummer artikelnr artikel produkt lineitemsku asin upc ean"
    ),
    CATEGORY: names(
        "category productcategory itemcategory categoryname department segmentname kategorie categorie"
    ),
    COUNTRY: names(
        "country customercountry countrycode shippingcountry billingcountry shipcountry land pays pais region"
    ),
    DISCOUNT: names("discount discountamount discountapplied discountvalue rabatt remise descuento"),
    CURRENCY: names(
        "currency currencycode currencyiso ordercurrency transactioncurrency paymentcurrency waehrung währung devise moneda"
    ),
    STATUS: names(
        "status orderstatus financialstatus paymentstatus transactionstatus paystatus orderstate bestellstatus statut "
        "estado"
    ),
    REFUND: names(
        "refund refundedamount amountrefunded refundamount refunded refundtotal totalrefund totalrefunded "
        "refundedtotal erstattung"
    ),
}
# Names of money that say whether it is of one piece or of the whole row; the others leave it open.
UNIT_PRICE_NAMES: Final = frozenset(
    names(
        "unitprice priceperunit priceeach unitcost itemcost stueckpreis stückpreis einzelpreis prixunitaire "
        "preciounitario lineitemprice"
    )
)
LINE_TOTAL_NAMES: Final = frozenset(
    names(
        "lineamount linetotal lineitemtotal itemtotal extendedprice extendedamount linevalue totalamount amounttotal "
        "totalprice pricetotal ordertotal ordervalue grandtotal subtotal total sales revenue turnover netsales grosssales "
        "saletotal totalsales gesamtbetrag umsatz"
    )
)

# Columns of a table with one row a customer.
CUSTOMER_ROLE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    CUSTOMER_ID: ROLE_NAMES[CUSTOMER_ID],
    RECENCY: names(
        "recency recencydays dayssincelastpurchase dayssincelastorder dayssincelasttransaction dayssincelastvisit "
        "dayssincepurchase lastpurchasedays recencyindays"
    ),
    FREQUENCY: names(
        "frequency purchasefrequency orderfrequency ordercount orderscount numberoforders numorders noorders "
        "totalorders orders purchasecount numberofpurchases numpurchases totalpurchases purchases"
    ),
    MONETARY: names(
        "monetary monetaryvalue totalspend totalspent totalspending annualspend annualspending spend spent totalrevenue revenue totalamountspent "
        "amountspent lifetimevalue customerlifetimevalue clv ltv totalpurchaseamount totalsales sales totalamount "
        "moneyspent"
    ),
    CLUSTER: names(
        "cluster clusterlabel clusterid clusters clustername kmeanscluster segment segmentlabel segmentname "
        "customersegment rfmsegment group groupid"
    ),
}
# A table of customers (one row each) rather than of their orders has one of these.
CUSTOMER_TABLE_NAMES: Final = frozenset(CUSTOMER_ROLE_NAMES[RECENCY]) | frozenset(
    names("frequency monetary monetaryvalue purchasefrequency customerlifetimevalue rfmsegment rfmscore rfm")
)

# A column whose name holds one of these may name the customer: worth asking about, not assuming.
CUSTOMER_HINTS: Final = re.compile(
    r"cust|client|user|member|buyer|shopper|account|contact|consumer|person|household|guest|subscriber|patient"
    r"|kund|loyalty|card|e-?mail|phone|visitor|^id$|^name$|full.?name|last.?name",
    re.IGNORECASE,
)
# Dates that are a fact about the customer or the parcel, and no dates of orders.
OTHER_DATES: Final = re.compile(
    r"birth|dob\b|geboren|geburt|naissance|sign.?(ed.?)?up|regist|join|enrol|member.?since|customer.?since|since\b"
    r"|subscri|opened|account.?created|most.?recent|latest|earliest|previous"
    r"|first.?(purchase|order|visit|seen|transaction|buy|invoice|sale|pay)|last.?(purchase|order|visit|invoice|sale|pay"
    r"|seen|transaction|login|buy|active|contact|update|modified)|updat|modif|ship|deliver|dispatch|despatch|fulfil"
    r"|expir|cancel|refund|return|due|churn|renew|end.?date|estimated|available|deposit|payout|dispute|reported|approved",
    re.IGNORECASE,
)

# Statuses of orders, in lower case. Those that brought no money, and those that did: a column that holds
# some of either is a status of orders, and not of something else.
NOT_PAID: Final = (
    "pending",
    "pending payment",
    "payment pending",
    "awaiting payment",
    "unpaid",
    "not paid",
    "failed",
    "payment failed",
    "declined",
    "denied",
    "cancelled",
    "canceled",
    "cancelled by customer",
    "cancelled by seller",
    "void",
    "voided",
    "expired",
    "abandoned",
    "rejected",
    "blocked",
    "incomplete",
    "draft",
    "checkout-draft",
    "authorized",
    "authorised",
    "on hold",
    "on-hold",
    "requires_payment_method",
    "requires_action",
    "requires_confirmation",
    "requires_capture",
    "storniert",
    "abgebrochen",
    "fehlgeschlagen",
    "unbezahlt",
    "offen",
    "annulé",
    "annulée",
    "cancelado",
    "anulado",
    "pendiente",
    "fallido",
    "unavailable",
)
REFUNDED: Final = ("refunded", "fully refunded", "erstattet", "remboursé", "reembolsado", "chargeback")
PAID: Final = frozenset(
    [
        "paid",
        "complete",
        "completed",
        "processing",
        "success",
        "successful",
        "succeeded",
        "shipped",
        "delivered",
        "fulfilled",
        "closed",
        "settled",
        "captured",
        "approved",
        "partially_paid",
        "partially_refunded",
        "partially refunded",
        "bezahlt",
        "abgeschlossen",
        "payé",
        "pagado",
        "invoiced",
        "done",
        "confirmed",
        "ok",
        "dispatched",
        "despatched",
        "sold",
        "returned",
    ]
)
