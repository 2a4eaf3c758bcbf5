"""The currency that a row names, in its own column or beside its amount, as one code."""

from __future__ import annotations

from data.accounting import counted
from data.cleaning.workbench import Workbench
from data.engine import quote
from data.errors import QuestionError
from data.names import AMOUNT, CURRENCY, UNIT_PRICE
from data.reading.numbers import NumberEvidence
from data.reading.orders import currency_question


def currency_code(text: str) -> str | None:
    """The code of the currency that `text` names ('€' and 'eur' are both 'EUR'); None where it names none."""
    evidence = NumberEvidence()
    evidence.add({f"{text.strip()} 1": 1})
    return evidence.currency()


def named_currency(text: str) -> str:
    """The code for `text`, which is known to be a currency: itself in capitals where it is not a usual one."""
    return currency_code(text) or text.strip().upper()


def column_currency_sql(bench: Workbench, key: str, text: str) -> str:
    """SQL for the code in a column of currencies; `text` is its expression, `key` the staged column."""
    found = bench.all(f"SELECT DISTINCT {key} FROM {bench.rows} WHERE trim({key}) <> ''")
    return _case(text, {written: named_currency(written) for (written,) in found})


def money_currency_sql(bench: Workbench, key: str, text: str) -> str:
    """SQL for the code beside the number in a column of amounts, NULL where there is none."""

    found = bench.all(f"SELECT DISTINCT {_words(key)} AS words FROM {bench.rows}")
    codes = {written: currency_code(written) for (written,) in found if written}
    return _case(_words(text), {written: code for written, code in codes.items() if code})


def ask_for_one(bench: Workbench) -> None:
    """Raise QuestionError where the rows name several currencies and none was chosen.

    An inspection sees a sample; this sees every row.
    """
    if bench.options.currency is not None:
        return
    counts: dict[str, int] = {}
    if CURRENCY in bench.roles:
        role, key = CURRENCY, bench.roles[CURRENCY]
        found = bench.all(f"SELECT {key}, count(*) FROM {bench.rows} WHERE trim({key}) <> '' GROUP BY 1")
    else:
        role = AMOUNT if AMOUNT in bench.roles else UNIT_PRICE
        key = bench.roles[role]
        # Plain numbers name no currency, and reading them as such is the cheapest way to tell.
        some = f"(SELECT {key} FROM {bench.rows} WHERE TRY_CAST({key} AS DOUBLE) IS NULL)"
        found = bench.all(f"SELECT {_words(key)} AS words, count(*) FROM {some} GROUP BY 1")
    for written, rows in found:
        code = named_currency(written) if role == CURRENCY else currency_code(written) if written else None
        if code:
            counts[code] = counts.get(code, 0) + int(rows)
    if len(counts) > 1:
        column = bench.inspection.mapping[role]
        asked = currency_question(counts, f"column '{column}'", counted(sum(counts.values()), "row"))
        raise QuestionError((asked,))


def _words(expression: str) -> str:
    return f"regexp_replace({expression}, '[-+\\d\\s.,()''\u2019]', '', 'g')"


def _case(text: str, codes: dict[str, str]) -> str:
    if not codes:
        return "CAST(NULL AS VARCHAR)"
    tests = " ".join(f"WHEN {quote(written)} THEN {quote(code)}" for written, code in sorted(codes.items()))
    return f"CASE {text} {tests} END"
