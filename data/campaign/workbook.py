"""The calculation of a campaign as a workbook whose formulas work: change an input, and the profit moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import xlsxwriter
from numpy.typing import NDArray
from xlsxwriter.worksheet import Worksheet

from data.errors import InputError

Floats = NDArray[np.float64]

# More formulas than these rows have make a spreadsheet slow to open.
ROWS: Final = 20_000
POINTS: Final = "points"
SHARE, MONEY, WHOLE, NUMBER, TEXT = "share", "money", "whole", "number", "text"
_FORMATS: Final = {SHARE: "0.0 %", WHOLE: "#,##0", NUMBER: "#,##0.00", TEXT: "@"}
_OPTIONS: Final = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}

# The customers' sheet: heading, width, formula of row {n} and kind; no formula for what is known.
_COLUMNS: Final = (
    ("Rank", 8, "", WHOLE),
    ("Customer", 22, "", TEXT),
    ("Probability to buy", 12, "", SHARE),
    ("Spend if they buy", 12, "", MONEY),
    (
        "Probability with the offer",
        13,
        '=MAX(0,MIN(1,IF(Uplift_unit="points",C{n}+Uplift,C{n}*(1+Uplift))))',
        SHARE,
    ),
    ("Extra orders", 12, "=E{n}-C{n}", NUMBER),
    ("Extra spend", 12, "=F{n}*D{n}", MONEY),
    ("Discount: would have bought anyway", 16, "=Discount*Redemption*MIN(C{n},E{n})*D{n}", MONEY),
    ("Discount: bought because of the offer", 16, "=Discount*MAX(F{n},0)*D{n}", MONEY),
    ("Incremental profit", 13, "=G{n}*Margin-H{n}-I{n}-Cost_per_contact", MONEY),
)
# Results of the summary: key of the financials, label, kind, formula over the customers' rows.
_RESULTS: Final = (
    ("customers", "Customers contacted", WHOLE, "=MIN(Contacts,COUNT({A}))"),
    ("baseline_orders", "Buyers without the offer", NUMBER, '=SUMIF({A},"<="&Contacts,{C})'),
    ("orders", "Buyers with the offer", NUMBER, '=SUMIF({A},"<="&Contacts,{E})'),
    ("incremental_orders", "Extra orders", NUMBER, "={orders}-{baseline_orders}"),
    ("baseline_spend", "Spend without the offer", MONEY, "=SUMPRODUCT(({A}<=Contacts)*{C}*{D})"),
    ("incremental_spend", "Extra spend, at list price", MONEY, '=SUMIF({A},"<="&Contacts,{G})'),
    ("incremental_margin", "Margin on the extra spend", MONEY, "={incremental_spend}*Margin"),
    (
        "discounts_anyway",
        "Discounts: would have bought anyway",
        MONEY,
        '=SUMIF({A},"<="&Contacts,{H})',
    ),
    ("discounts", "Discounts, all", MONEY, '={discounts_anyway}+SUMIF({A},"<="&Contacts,{I})'),
    ("contact_cost", "Cost of the contacts", MONEY, "={customers}*Cost_per_contact"),
    ("fixed_cost", "Fixed cost", MONEY, "=Fixed_cost"),
    (
        "total_cost",
        "Total cost: contacts, fixed cost, discounts",
        MONEY,
        "={contact_cost}+{fixed_cost}+{discounts}",
    ),
    ("net_profit", "Net profit", MONEY, '=SUMIF({A},"<="&Contacts,{J})-Fixed_cost'),
    ("roi", "ROI: net profit / total cost", SHARE, '=IF({total_cost}>0,{net_profit}/{total_cost},"nothing spent")'),
    (
        "cost_per_order",
        "Cost per extra order",
        MONEY,
        '=IF({incremental_orders}>0,{total_cost}/{incremental_orders},"no extra orders")',
    ),
)  # fmt: skip
_NONE: Final = {"roi": "nothing spent", "cost_per_order": "no extra orders"}
_FIRST: Final = 5


@dataclass(frozen=True)
class Entry:
    """A labelled value of the summary: an input with the name of its cell, or a number that stays as it is.

    `low` and `high` are the limits that the cell of an input accepts.
    """

    label: str
    value: float | str | None
    kind: str
    name: str = ""
    low: float = 0.0
    high: float = 1.0
    note: str = ""


@dataclass(frozen=True)
class Calculation:
    """What the workbook holds; arrays have a value a customer contacted, in the order of contact.

    `value` is the expected spend given a purchase, `offered` the probability with the offer and `profit` the
    incremental profit: what the formulas give, for viewers that work nothing out. `results` are the financials by
    name, `simulated` what no formula gives, `notes` pairs of what is told and the telling.
    """

    question: str
    symbol: str
    made: dt.datetime
    inputs: Sequence[Entry]
    results: Mapping[str, Any]
    simulated: Sequence[Entry]
    notes: Sequence[tuple[str, str]]
    ids: Sequence[str]
    probability: Floats
    value: Floats
    offered: Floats
    profit: Floats
    discount: float
    redemption: float


class _Plain(Worksheet):
    """A sheet whose formulas use no function newer than Excel 2007."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002
        # Looking each formula over for thirty newer functions takes most of the time of writing it.
        return formula.removeprefix("=")


def check_rows(customers: int) -> None:
    """InputError where a campaign is too large for formulas customer by customer."""
    if customers > ROWS:
        raise InputError(
            f"The calculation in Excel is for at most {ROWS:,} customers, and {customers:,} are contacted:"
            " contact fewer, or take the list as CSV, which has the same numbers for every customer."
        )


def write_calculation(calculation: Calculation, path: Path) -> None:
    """Write the sheets Summary, Customers and Notes; InputError for more customers than `ROWS`."""
    check_rows(len(calculation.ids))
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties(
            {"title": "Lapwing: campaign calculation", "created": calculation.made.replace(tzinfo=None)}
        )
        styles = _styles(book, calculation.symbol)
        summary, customers, notes = (
            book.add_worksheet(name, worksheet_class=_Plain) for name in ("Summary", "Customers", "Notes")
        )
        _write_summary(book, summary, styles, calculation)
        _write_customers(customers, styles, calculation)
        _write_notes(notes, styles, calculation)


def _styles(book: Any, symbol: str) -> dict[str, Any]:
    quoted = symbol.replace('"', "")
    money = f'"{quoted}"#,##0.00;-"{quoted}"#,##0.00' if quoted else "#,##0.00"
    formats = _FORMATS | {MONEY: money}
    styles = {kind: book.add_format({"num_format": given}) for kind, given in formats.items()}
    inputs = {
        f"{kind} input": book.add_format({"num_format": given, "bg_color": "#FFF6D6", "border": 1, "align": "right"})
        for kind, given in formats.items()
    }  # fmt: skip
    strong = {f"{kind} bold": book.add_format({"num_format": given, "bold": True, "top": 1}) for kind, given in formats.items()}  # fmt: skip
    return {
        **styles,
        **inputs,
        **strong,
        "title": book.add_format({"bold": True, "font_size": 14}),
        "bold": book.add_format({"bold": True, "bottom": 1}),
        "heading": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        "note": book.add_format({"font_color": "#51626D", "text_wrap": True, "valign": "top"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True, "valign": "top"}),
    }


def _write_summary(book: Any, sheet: Any, styles: dict[str, Any], calculation: Calculation) -> None:
    for column, width in enumerate((44, 18, 18, 16, 60)):
        sheet.set_column(column, column, width)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.write_string(0, 0, calculation.question, styles["title"])
    sheet.write_string(1, 0, "Change a yellow cell: everything below follows.", styles["note"])
    _headings(sheet, 3, styles, "Inputs", "Value", "", "", "What it is")
    line = _FIRST - 1
    for entry in calculation.inputs:
        sheet.write_string(line, 0, entry.label)
        _cell(sheet, line, 1, entry.value, styles[f"{entry.kind} input"])
        sheet.write_string(line, 4, entry.note, styles["note"])
        sheet.data_validation(line, 1, line, 1, _accepts(entry))
        book.define_name(entry.name, f"=Summary!$B${line + 1}")
        line += 1
    line = _write_results(sheet, line + 1, styles, calculation)
    _headings(
        sheet,
        line,
        styles,
        "From the simulation",
        "Value",
        "",
        "",
        "Fixed numbers: they do not follow the yellow cells",
    )
    for entry in calculation.simulated:
        line += 1
        sheet.write_string(line, 0, entry.label)
        _cell(sheet, line, 1, entry.value, styles[entry.kind])
        sheet.write_string(line, 4, entry.note, styles["note"])


def _write_results(sheet: Any, line: int, styles: dict[str, Any], calculation: Calculation) -> int:
    _headings(sheet, line, styles, "Results", "With the inputs above", "When exported", "Change", "")
    first, last = 2, len(calculation.ids) + 1
    places = {letter: f"Customers!${letter}${first}:${letter}${last}" for letter in "ACDEGHIJ"}
    places |= {key: f"B{line + 2 + place}" for place, (key, *_) in enumerate(_RESULTS)}
    for key, label, kind, formula in _RESULTS:
        line += 1
        style = styles[f"{kind} bold" if key == "net_profit" else kind]
        found = calculation.results[key]
        value = _NONE[key] if found is None else float(found)
        sheet.write_string(line, 0, label, styles["text bold"] if key == "net_profit" else None)
        sheet.write_formula(line, 1, formula.format(**places), style, value)
        _cell(sheet, line, 2, value, style)
        change = f'=IF(AND(ISNUMBER(B{line + 1}),ISNUMBER(C{line + 1})),B{line + 1}-C{line + 1},"")'
        sheet.write_formula(line, 3, change, style, "" if found is None else 0)
    return line + 2


def _accepts(entry: Entry) -> dict[str, Any]:
    if entry.kind == TEXT:
        return {"validate": "list", "source": ["relative", POINTS]}
    say = {"error_title": entry.label[:32], "error_message": f"From {entry.low:g} to {entry.high:g}."}
    kind = "integer" if entry.kind == WHOLE else "decimal"
    return {"validate": kind, "criteria": "between", "minimum": entry.low, "maximum": entry.high, **say}


def _headings(sheet: Any, line: int, styles: dict[str, Any], *texts: str) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(line, column, text, styles["bold"])


def _cell(sheet: Any, line: int, column: int, value: float | str | None, style: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(line, column, value, style)
    elif value is not None:
        sheet.write_number(line, column, float(value), style)


def _write_customers(sheet: Any, styles: dict[str, Any], calculation: Calculation) -> None:
    sheet.freeze_panes(1, 2)
    for column, (heading, width, _, kind) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width, styles[kind])
        sheet.write_string(0, column, heading, styles["heading"])
    sheet.autofilter(0, 0, len(calculation.ids), len(_COLUMNS) - 1)
    p, v, offered = calculation.probability, calculation.value, calculation.offered
    extra = offered - p
    anyway = calculation.discount * calculation.redemption * np.minimum(p, offered) * v
    because = calculation.discount * np.maximum(extra, 0.0) * v
    worked = (offered, extra, extra * v, anyway, because, calculation.profit)
    formulas = [formula for _, _, formula, _ in _COLUMNS if formula]
    kinds = [styles[kind] for *_, kind in _COLUMNS]
    rows = zip(calculation.ids, p.tolist(), v.tolist(), *(one.tolist() for one in worked), strict=True)
    for place, (customer, probability, value, *values) in enumerate(rows):
        line = place + 1
        sheet.write_number(line, 0, line, kinds[0])
        sheet.write_string(line, 1, customer, kinds[1])
        sheet.write_number(line, 2, probability, kinds[2])
        sheet.write_number(line, 3, value, kinds[3])
        for column, (formula, found) in enumerate(zip(formulas, values, strict=True), start=4):
            sheet.write_formula(line, column, formula.format(n=line + 1), kinds[column], found)


def _write_notes(sheet: Any, styles: dict[str, Any], calculation: Calculation) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    for line, (about, text) in enumerate(calculation.notes):
        sheet.write_string(line, 0, about, styles["head"])
        sheet.write_string(line, 1, text, styles["wrap"])
