"""Lines that are no goods: postage, fees, gift vouchers, adjustments, tips, donations, discounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from data.engine import quote
from data.reading.vocabulary import plain_name

# Codes that say it by themselves, and codes so short that their description must bear them out.
_CODES: Final = (
    "POST",
    "DOT",
    "BANK CHARGES",
    "AMAZONFEE",
    "CRUK",
    "PADS",
    "ADJUST",
    "ADJUST2",
    "TEST001",
    "TEST002",
)
_SHORT_CODES: Final = {
    "M": "manual",
    "m": "manual",
    "D": "discount",
    "B": "adjust bad debt",
    "S": "samples",
    "C2": "carriage",
    "C3": "carriage",
}
_GIFT_CODE: Final = "gift_[0-9]+(_[0-9]+)?"

# A charge for what stands before it, an amount of money after it, and a few words of any kind before it.
_CHARGE: Final = "( (charges?|costs?|fees?|rates?|surcharge|supplement|refund|adjustment|insurance))?"
_MONEY: Final = "( (of|over|a|uber|de|gbp|eur|euro|euros|usd|chf|[0-9]+))*"
_WORDS: Final = "([a-z0-9]+ ){0,3}"
_SPEED: Final = (
    "((standard|express|expedited|priority|next day|same day|special|home|free|courier|local|international|"
    "overnight|uk|eu|us|domestic|economy|tracked|signed|insured|saturday|dhl|dpd|ups|fedex|hermes|royal mail) )*"
)
# Each must be the whole text, in plain letters and figures: goods are often called after such a word.
_PHRASES: Final = (
    # English
    f"{_WORDS}postage( (and |n )?(packing|packaging|handling|p))?{_CHARGE}",
    "p (and |n )?p",
    f"{_WORDS}shipping( and handling| handling)?{_CHARGE}{_MONEY}",
    f"{_SPEED}(delivery|carriage|freight|handling|packing and delivery){_CHARGE}{_MONEY}",
    f"{_WORDS}fees?{_MONEY}",
    f"{_WORDS}surcharge",
    f"{_WORDS}(bank|service|handling|delivery|carriage|card|transaction|packing|packaging|booking|late) charges?",
    f"(e |digital |electronic |[a-z]+ )?gift (card|voucher|certificate|token)s?{_MONEY}",
    "([a-z]+ )?(store|shop) credit",
    f"{_WORDS}adjustments?",
    "adjust(ment)?( by [a-z]+)?( on [0-9 ]+)?|(adjust )?bad debt|rounding( (difference|correction))?",
    "(driver |courier |delivery |staff |your )?(tips?|gratuity)",
    f"{_WORDS}donations?{_MONEY}",
    "donation (to|for) [a-z0-9 ]+",
    "[a-z]+ commission",
    f"{_WORDS}discounts?( code| voucher)?( [0-9]+)*( percent| off)?",
    "(sales )?(tax|vat)( [0-9]+)*",
    "(order |partial |full )*refund",
    # German
    "([a-z]+ )?(express)?versand(kosten|gebuhr|gebuehr|pauschale|kostenpauschale|zuschlag)?"
    "( (nach|mit|per|und|verpackung|dhl|dpd|ups|gls|inland|ausland|deutschland|eu|standard|express))*",
    "porto( und verpackung| und versand)?|verpackungskosten",
    "([a-z]+ )?(liefer|fracht|transport)(kosten|gebuhr|gebuehr|pauschale)|lieferung|fracht",
    f"([a-z]+ )?[a-z]*(gebuhr|gebuehr)(en)?{_MONEY}",
    f"(geschenk|wert|einkaufs)?gutschein(e|code)?{_MONEY}|geschenkkarte{_MONEY}",
    f"trinkgeld|([a-z]+ )?spende( [a-z]+){{0,3}}|([a-z]+ ?)?rabatt{_MONEY}|nachlass|preisnachlass|skonto",
    "gutschrift|korrektur|korrekturbuchung|rundung(sdifferenz)?|pfand|nachnahme",
    # French
    "frais (de )?(d )?(port|livraison|expedition|envoi|transport|dossier|service|gestion)( [a-z]+){0,2}",
    "frais bancaires?|livraison( (express|standard|gratuite|offerte|rapide|a domicile|point relais))?",
    f"(carte|cheque|bon) cadeau{_MONEY}|bon d achat{_MONEY}|pourboire|remise( [a-z]+)?{_MONEY}|reduction{_MONEY}",
    "ajustement|arrondi|avoir",
    # Dutch, Spanish, Italian: postage
    "verzendkosten|bezorgkosten|gastos de envio|envio|spese di spedizione|spedizione",
)
_PATTERN: Final = "|".join(_PHRASES)
# What a text must be before the pattern is tried at all: making letters plain is slow, most goods fail here.
_LONGEST: Final = 60
_STEMS: Final = (
    "(?i)post|p.{1,5}p|ship|deliver|carriage|freight|handling|fee|charge|gift|credit|adjust|debt|round|tip|grat|"
    "donat|commission|discount|tax|vat|refund|versand|porto|kosten|fracht|liefer|gut?e?sch|geb|geschenk|trink|"
    "spende|rabatt|nachl|skonto|korrektur|rundung|pfand|nachnahme|frais|livraison|cadeau|achat|pourboire|"
    "remise|duction|ajust|arrondi|avoir|env|spedizi"
)

# Plain names of columns that describe a product.
_DESCRIPTIONS: Final = (
    "description",
    "productdescription",
    "itemdescription",
    "productname",
    "itemname",
    "lineitemname",
    "articlename",
    "producttitle",
    "title",
    "stockdescription",
    "beschreibung",
    "bezeichnung",
    "artikelbezeichnung",
    "artikelname",
    "produktname",
    "designation",
    "libelle",
    "descripcion",
    "descrizione",
    "omschrijving",
)


def description_column(columns: Iterable[str]) -> str | None:
    """The column of `columns` that describes a product, by its name, or None."""
    by_plain = {plain_name(column): column for column in reversed(list(columns))}
    return next((by_plain[name] for name in _DESCRIPTIONS if name in by_plain), None)


def service_line_sql(product: str, description: str | None) -> str:
    """An SQL condition (never NULL) for rows that are no goods.

    `product` and `description` are SQL expressions for text. True where the product is a code known for
    it, or where either text as a whole is a phrase for it; a code of one letter needs a description.
    """
    # CASE, unlike AND and OR, looks no further than it must; a NULL test counts as not met.
    whens = [f"{product} IN ({_listed(_CODES)}) OR regexp_full_match({product}, {quote(_GIFT_CODE)})"]
    if description is not None:
        pairs = _listed(f"{code} {words}" for code, words in _SHORT_CODES.items())
        borne_out = f"{product} || ' ' || lower(trim({description})) IN ({pairs})"
        whens += [
            f"CASE WHEN {product} IN ({_listed(_SHORT_CODES)}) THEN {borne_out} END",
            _is_phrase(description),
        ]
    whens.append(_is_phrase(product))
    return f"(CASE {' '.join(f'WHEN {when} THEN true' for when in whens)} ELSE false END)"


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(quote(code) for code in codes)


def _is_phrase(text: str) -> str:
    worth_a_try = f"strlen({text}) <= {_LONGEST} AND regexp_matches({text}, {quote(_STEMS)})"
    return f"CASE WHEN {worth_a_try} THEN regexp_full_match({_plain(text)}, {quote(_PATTERN)}) END"


def _plain(text: str) -> str:
    """SQL for `text` in plain lower-case letters and figures, a blank between words."""
    return f"trim(regexp_replace(lower(strip_accents({text})), '[^a-z0-9]+', ' ', 'g'))"
