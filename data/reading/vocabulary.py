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


_SIGNS: Final = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "euro": "EUR",
    "euros": "EUR",
}
_CODES: Final = "eur|usd|gbp|chf|jpy|cny|inr|aud|cad|nzd|sek|nok|dkk|pln|czk|huf|ron|brl|mxn|zar|sgd|hkd|krw|ils|aed|ars|clp|cop"
_UNIT: Final = re.compile(
    rf"\s*(?:[(\[]\s*(?:in\s+)?({_CODES}|euros?|zł|[€$£¥₹])\s*[)\]]|[\s_](?:in[\s_])?({_CODES}|euros?)|\s*([€$£¥₹]))\s*$",
    re.IGNORECASE,
)


def unit_of(name: str) -> str | None:
    """The code of the currency that ends a column's name: 'Amount (EUR)' and 'Umsatz EUR' are in euros."""
    if (found := _UNIT.search(name)) is None or not found.start():
        return None
    unit = next(group for group in found.groups() if group).casefold()
    return _SIGNS.get(unit, unit.upper())


def bare_name(name: str) -> str:
    """The `plain_name` without a currency at its end: 'Amount (EUR)' is an amount."""
    return plain_name(_UNIT.sub("", name) if unit_of(name) else name)


def names(text: str) -> tuple[str, ...]:
    """The words of `text`."""
    return tuple(text.split())


# Dates by what they are of, the surest first. A column of an earlier line is preferred to one of a later
# line; two of the same line are asked about, unless they hold the same days.
DATE_RANKS: Final[tuple[tuple[str, ...], ...]] = (
    names(
        "orderedat orderdate orderdatetime ordertimestamp ordertime orderpurchasetimestamp orderedon orderdt "
        "orderplacedat ordercreatedat ordercreated bestelldatum auftragsdatum orderdatum besteldatum datecommande "
        "datedecommande fechapedido fechadepedido dataordine datapedido dateofpurchase "
        "purchasedate purchasedatetime purchasetime purchasedat purchasetimestamp kaufdatum bought"
    ),
    names(
        "invoicedate invoicedatetime rechnungsdatum belegdatum factuurdatum datefacture billingdate invoicedon"
    ),
    names(
        "transactiondate transactiondatetime transactiontime transactiontimestamp transdate trandate txndate "
        "salesdate saledate saleon soldat solddate bookingdate giftdate donationdate"
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
        "itemamount linenet linenetamount netlineamount netlinetotal linetotalnet giftamount donationamount betrag importe "
        "importo montant bedrag"
    ),
    names(
        "totalamount amounttotal totalprice pricetotal ordertotal ordervalue netamount amountnet netsales netrevenue "
        "nettotal net grossamount grosssales grossrevenue gross sales saletotal totalsales revenue turnover "
        "purchasevalue transactionvalue amountpaid grandtotal subtotal total umsatz gesamtbetrag totalpurchaseamount "
        "netsale netvalue linegross nettobetrag betragnetto bruttobetrag betragbrutto nettoumsatz bruttoumsatz "
        "summe gesamtsumme gesamtpreis gesamt montantttc montantht montanttotal totalttc totalht prixtotal "
        "totale importototale totaleriga totaal totaalbedrag totaalprijs importetotal preciototal valortotal"
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
        "customeremailaddress buyeremailaddress fromemailaddress buyeruserid buyerusername "
        "kdnr kundnr kundenno klantnummer klantnr klantid klant nclient ncliente nºcliente numérocliente numérodeclient "
        "numerocliente numérodecliente codeclient codigocliente códigocliente codicecliente idcliente donorid "
        "donornumber donor zákazník klient клиент покупатель müşteri müşterino müşteriid 顧客id 顧客番号 客户id 客户编号 客户 "
        "customername"
    ),
    ORDERED_AT: tuple(name for rank in DATE_RANKS for name in rank),
    AMOUNT: tuple(name for rank in AMOUNT_RANKS for name in rank),
    QUANTITY: names(
        "quantity qty quantityordered orderedquantity orderquantity quantitypurchased itemquantity units unitssold "
        "itemsold itemssold items itemcount pieces numberofitems numitems numberofcds cds menge anzahl stueck stück "
        "quantite quantité cantidad quantità quantita quantidade aantal stückzahl stueckzahl qtyordered qtysold qtyinvoiced "
        "count"
    ),
    UNIT_PRICE: names(
        "unitprice priceperunit priceeach itemprice productprice saleprice sellingprice unitcost itemcost price "
        "stueckpreis stückpreis einzelpreis preis prix prixunitaire precio preciounitario lineitemprice avgprice averageprice "
        "avgunitprice averageunitprice avgitemprice avgsellingprice averagesellingprice meanprice retailprice prezzo "
        "prezzounitario prijs stukprijs prijsperstuk eenheidsprijs preço precounitario preçounitário"
    ),
    ORDER_ID: names(
        "orderid ordernumber orderno ordernr orderref orderkey order invoiceno invoiceid invoicenumber invoice "
        "transactionid transactionnumber transactionno transid tranid receiptid receiptno receipt basketid basket "
        "saleid salesid salesorderid bestellnummer bestellnr rechnungsnummer rechnungsnr purchaseid paymentid "
        "auftragsnr auftragsnummer auftrag belegnummer belegnr ordernummer bestelnummer factuurnummer incrementid "
        "orderreference ncommande nºcommande nocommande numcommande numerocommande numérocommande numérodecommande "
        "numerodecommande idcommande referencecommande commande npedido nºpedido numpedido numeropedido númeropedido "
        "numerodepedido númerodepedido idpedido pedido numeroordine nordine nºordine idordine"
    ),
    PRODUCT_ID: names(
        "productid productcode productno productnumber stockcode sku itemid itemcode itemno articleid articleno "
        "articlenumber product productname productsku item article artikelnummer artikelnr artikel produkt produit producto "
        "prodotto artículo articulo articolo lineitemsku asin upc ean"
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
        "auftragsstatus zahlungsstatus étatcommande etatcommande statutcommande estado estadopedido stato statoordine"
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
        "preciounitario lineitemprice avgprice averageprice avgunitprice averageunitprice avgitemprice prezzounitario "
        "stukprijs prijsperstuk precounitario preçounitário"
    )
)
LINE_TOTAL_NAMES: Final = frozenset(
    names(
        "lineamount linetotal lineitemtotal itemtotal extendedprice extendedamount linevalue totalamount amounttotal "
        "totalprice pricetotal ordertotal ordervalue grandtotal subtotal total sales revenue turnover netsales grosssales "
        "saletotal totalsales gesamtbetrag umsatz totalpurchaseamount linenet nettobetrag betragnetto bruttobetrag "
        "betragbrutto summe gesamtsumme gesamtpreis gesamt montantttc montantht montanttotal totalttc totalht prixtotal "
        "totale importototale totaal totaalbedrag importetotal preciototal valortotal"
    )
)
# Names of the total of a whole order, which a file of its lines repeats in each of them.
ORDER_TOTAL_NAMES: Final = re.compile(
    r"(order|invoice|basket|cart|receipt|transaction|purchase|checkout).?(grand.?)?(total|value|amount|sum)\b"
    r"|(total|amount|value|sum)\s*(of|for|per)?\s*(the\s)?(order|invoice|basket|cart|receipt|transaction)\b|grand.?total"
    r"|(bestell|auftrags|rechnungs|beleg).?(summe|betrag|wert)|total.?(de.?la.?)?(commande|facture)"
    r"|total.?(del?.?)?(pedido|factura)|totale.?ordine|order.?totaal",
    re.IGNORECASE,
)
# Words of money that stands for the whole row, and of money that is only part of it or something else.
TOTAL_WORDS: Final = re.compile(
    r"total|amount|sum(me)?\b|gesamt|betrag|umsatz|revenue|sales|importe|importo|montant|bedrag|totaal|net(to)?\b|gross|brutto"
    r"|valor\b|line.?value|extended",
    re.IGNORECASE,
)
PART_WORDS: Final = re.compile(
    r"price|preis|prix|prezzo|prijs|precio|preço|cost|kosten|cogs|profit|margin|marge|tax|vat|mwst|tva|iva\b|discount|rabatt"
    r"|remise|descuento|sconto|korting|fee|ship|postage|versand|freight|income|weight|list|msrp|rrp|tip\b|commission",
    re.IGNORECASE,
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
    r"|kund|klant|donor|supporter|loyalty|card|e-?mail|phone|visitor|^id$|^name$|full.?name|last.?name",
    re.IGNORECASE,
)
# A column named like this is a customer's id, where it repeats; one that also says what sort of customer is none.
CUSTOMER_IDS: Final = re.compile(
    r"cust|client|user|member|buyer|shopper|donor|supporter|subscriber|patient|guest|visitor|kund|klant|loyalty|household"
    r"|consumer",
    re.IGNORECASE,
)
NO_IDS: Final = re.compile(
    r"type|segment|group|tier|level|gender|\bage\b|since|status|rating|review|count|city|country|state|region|agent|note"
    r"|comment|category|class|new|score|balance|income|amount|spen[dt]|value|days|rate|duration|total|revenue|number.?of"
    r"|kind\b|price",
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
    "payment error",
    "payment review",
    "suspected fraud",
    "holded",
    "ausstehend",
    "zahlung ausstehend",
    "en attente",
    "en attente de paiement",
    "in attesa",
    "annullato",
    "geannuleerd",
)
REFUNDED: Final = (
    "refunded",
    "fully refunded",
    "erstattet",
    "remboursé",
    "reembolsado",
    "chargeback",
    "returned",
    "charged back",
    "zurückgegeben",
    "retourniert",
    "refund",
    "return",
)
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
        "payment accepted",
        "remote payment accepted",
        "versendet",
        "versandt",
        "geliefert",
        "expédié",
        "livré",
        "enviado",
        "entregado",
        "en préparation",
        "in transit",
    ]
)

_BAD_WORDS: Final = re.compile(
    r"\b(cancel(l?ed|lation)?|cancelado|cancelada|anulad[oa]|annul[ée]e?|annullat[oa]|geannuleerd|stornier(t|ung)|storno"
    r"|abgebrochen|fehlgeschlagen|unbezahlt|ausstehend|void(ed)?|fail(ed|ure)?|declined|denied|refused|rejected|expired|abandoned"
    r"|unpaid|pending|awaiting payment|awaiting|not paid|on hold|holded|en attente|in attesa|pendiente|payment error|error"
    r"|fraud|fallid[oa]|échoué|echoue|mislukt|returned to seller|undeliver(ed|able))\b"
)
_BACK_WORDS: Final = re.compile(
    r"\b(refunded|returned|erstattet|remboursée?|reembolsad[oa]|rimborsat[oa]|retourniert|chargeback|charged back)\b"
)
_GOOD_WORDS: Final = re.compile(
    r"\b(paid|complet(e|ed)|shipped|delivered|fulfilled|processing|accepted|approved|captured|bezahlt|payée?|pagad[oa]|pagato"
    r"|success(ful)?|succeeded)\b"
)
# Paid, but not on its way yet; or only a part of it.
_STILL_PAID: Final = re.compile(
    r"\b(partial(ly)?|teilweise|partiel(lement)?|parcial(mente)?)\b"
    r"|\b(pending|awaiting) (shipment|shipping|delivery|dispatch|fulfil+ment|pick ?up|review by)"
    r"|\bnot (cancel|fail|void|reject)|\brefund (declined|denied|rejected|failed|pending|cancel)"
    r"|\breturn (declined|denied|rejected|failed|pending|cancel)"
)


def plain_status(text: str) -> str:
    """A status without case, punctuation and a shop system's prefix: 'wc-on-hold' is 'on hold'."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold().strip().removeprefix("wc-")).split())


_PLAIN_NOT_PAID: Final = frozenset(map(plain_status, NOT_PAID))
_PLAIN_REFUNDED: Final = frozenset(map(plain_status, REFUNDED))
_PLAIN_PAID: Final = frozenset(map(plain_status, PAID))


def status_means(text: str) -> str | None:
    """What a status says of the money: "unpaid", "refunded", "paid", or None where it is not known."""
    plain = plain_status(text)
    if plain in _PLAIN_NOT_PAID:
        return "unpaid"
    if plain in _PLAIN_REFUNDED:
        return "refunded"
    if plain in _PLAIN_PAID or _STILL_PAID.search(plain):
        return "paid"
    if _BAD_WORDS.search(plain):
        return "unpaid"
    if _BACK_WORDS.search(plain):
        return "refunded"
    return "paid" if _GOOD_WORDS.search(plain) else None


def written_ways(statuses: tuple[str, ...]) -> tuple[str, ...]:
    """`statuses` with the ways in which shop systems write them: 'on hold', 'on-hold', 'on_hold' and 'wc-on-hold'."""
    ways: dict[str, None] = dict.fromkeys(statuses)
    for status in statuses:
        plain = plain_status(status)
        hyphened = plain.replace(" ", "-")
        ways |= dict.fromkeys((plain, hyphened, plain.replace(" ", "_"), f"wc-{hyphened}"))
    return tuple(ways)
