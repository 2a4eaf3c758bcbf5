"""The currency that a row names, in its own column or beside its amount, as one code."""

from __future__ import annotations

from data.cleaning.workbench import Workbench
from data.engine import quote
from data.reading.numbers import NumberEvidence


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

    def words(expression: str) -> str:
        return f"regexp_replace({expression}, '[-+\\d\\s.,()''\u2019]', '', 'g')"

    found = bench.all(f"SELECT DISTINCT {words(key)} AS words FROM {bench.rows}")
    codes = {written: currency_code(written) for (written,) in found if written}
    return _case(words(text), {written: code for written, code in codes.items() if code})


def _case(text: str, codes: dict[str, str]) -> str:
    if not codes:
        return "CAST(NULL AS VARCHAR)"
    tests = " ".join(f"WHEN {quote(written)} THEN {quote(code)}" for written, code in sorted(codes.items()))
    return f"CASE {text} {tests} END"
