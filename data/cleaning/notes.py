"""The ledger of a cleaning: tallies of every row, and what is worth knowing of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from data.accounting import Tally, balance, counted, note, spoken, total
from data.cleaning import reasons
from data.cleaning.judging import Judgement
from data.cleaning.values import EXACT_QUANTITY, GROSS, MONEY, OTHER_READING
from data.cleaning.workbench import Workbench
from data.engine import quote, scan
from data.errors import InputError
from data.names import AMOUNT, CUSTOMER_ID, ORDER_ID, ORDERED_AT, QUANTITY, UNIT_PRICE
from data.quarantine import all_of, blank_lines_note, excel_ids_note, understood
from data.reading.dates import ORDER_WORDS, in_figures_sql, timestamps_sql
from data.reading.staging import LINE_NO

_RETURNS: Final = "returns"
_CANCELLATIONS: Final = "cancellations"
_ZERO: Final = "zero_amount"


@dataclass(frozen=True)
class Account:
    """The sums over all rows of a cleaning; `kinds` are tallies of kept rows, `readings` None where one is known."""

    kept: Tally
    reasons: dict[str, Tally]
    kinds: dict[str, Tally]
    unread: int
    first: date | None
    last: date | None
    customers: int
    readings: tuple[Decimal, Decimal] | None


def account(judgement: Judgement) -> Account:
    """Add up the judged rows, in one scan; odd rows have no amount that could be read."""
    bench = judgement.bench
    tests = _kinds(bench)
    sums = ", ".join(
        f"count(*) FILTER (WHERE {test}), coalesce(sum({AMOUNT}) FILTER (WHERE {test}), 0)"
        for test in tests.values()
    )
    both = _readings_differ(bench)
    readings = f"coalesce(sum({GROSS}), 0), coalesce(sum({OTHER_READING}), 0)" if both else "0, 0"
    rows = bench.all(
        f"SELECT reason, count(*), coalesce(sum({AMOUNT}), 0), count(*) FILTER (WHERE {AMOUNT} IS NULL), "
        f"min({ORDERED_AT})::DATE, max({ORDERED_AT})::DATE, {readings}, {sums}, "
        f"count(DISTINCT {CUSTOMER_ID}) FILTER (WHERE reason IS NULL) FROM {judgement.rows} GROUP BY reason"
    )
    found = {row[0]: Tally(row[1], row[2]) for row in rows}
    kept = found.pop(None, Tally())
    mine: tuple[Any, ...] = next(
        (row for row in rows if row[0] is None), (None,) * 8 + (0,) * (2 * len(tests) + 1)
    )
    kinds = {kind: Tally(*mine[8 + 2 * at : 10 + 2 * at]) for at, kind in enumerate(tests)}
    if bench.staged.odd_rows:
        sql = f"SELECT reason, count(*) FROM {scan([bench.staged.odd_path])} GROUP BY reason"
        found |= {reason: found.get(reason, Tally()) + Tally(count) for reason, count in bench.all(sql)}
    unread = sum(row[3] for row in rows) + bench.staged.odd_rows
    return Account(
        kept, found, kinds, unread, mine[4], mine[5], mine[-1], (mine[6], mine[7]) if both else None
    )


def _kinds(bench: Workbench) -> dict[str, str]:
    prefix = bench.inspection.cancelled_prefix
    return {
        _RETURNS: f"{AMOUNT} < 0 OR {EXACT_QUANTITY} < 0",
        _CANCELLATIONS: f"starts_with({ORDER_ID}, {quote(prefix)})" if prefix else "false",
        # Rows whose order has its amount in another row are none.
        _ZERO: f"{AMOUNT} = 0 AND {MONEY} = 0" if bench.order_totals else f"{AMOUNT} = 0",
    }


def _readings_differ(bench: Workbench) -> bool:
    """Whether the money can be read in two ways: all three columns are there, or somebody had to choose."""
    if QUANTITY not in bench.roles or bench.order_totals:
        return False
    chosen = bench.inspection.detected.get("amount_is")
    return {AMOUNT, UNIT_PRICE} <= bench.roles.keys() or (
        chosen is not None and chosen.evidence.startswith("chosen")
    )


def ledger(judgement: Judgement, sums: Account, more: list[dict[str, Any]]) -> dict[str, Any]:
    """The ledger of the import; `more` are notes on its place in a data set. There must be kept rows."""
    bench = judgement.bench
    inspection = bench.inspection
    if sums.first is None or sums.last is None:
        raise nothing_kept(judgement, sums)
    return {
        **balance(sums.kept, sums.reasons),
        "notes": [
            *inspection.notes,
            *more,
            *_on_rows(judgement, sums),
            *_on_readings(bench, sums),
            *_on_order_totals(judgement),
            *_on_reading(judgement, sums),
            *_mixed_dates(judgement),
        ],
        "source": {"name": inspection.name, "bytes": bench.staged.bytes, "sha256": bench.staged.sha256},
        "understood": understood(bench.inspection, bench.options),
        "first_date": sums.first.isoformat(),
        "last_date": sums.last.isoformat(),
        "customers": sums.customers,
    }


def nothing_kept(judgement: Judgement, sums: Account) -> InputError:
    """The error for a file of which nothing is left: its commonest reason, with an example."""
    bench, name = judgement.bench, judgement.bench.inspection.name
    rows = total(sums.reasons.values()).rows
    known = sums.reasons.get(reasons.ALREADY_IN, Tally()).rows
    if known:
        return InputError(_nothing_new(name, known, rows - known))
    reason = max(sums.reasons, key=lambda each: (sums.reasons[each].rows, each))
    key = {
        reasons.BAD_DATE: bench.roles[ORDERED_AT],
        reasons.BAD_QUANTITY: bench.roles.get(QUANTITY),
        reasons.BAD_AMOUNT: bench.roles[AMOUNT if AMOUNT in bench.roles else UNIT_PRICE],
    }.get(reason)
    example = ""
    if key:
        line, value = bench.one(
            f"SELECT {LINE_NO}, {key} FROM {judgement.rows} WHERE reason = {quote(reason)} ORDER BY {LINE_NO} LIMIT 1"
        )
        example = f" (for example '{str(value)[:60]}' in line {line:,})"
    return InputError(
        f"{name}: {all_of(rows, sums.reasons[reason].rows)}: {reason}{example}. Nothing was imported."
    )


def _nothing_new(name: str, known: int, others: int) -> str:
    if not others:
        its = "its only row is" if known == 1 else f"all {known:,} rows are"
        return f"{name}: {its} already in the data set; nothing was added."
    first = "1 row is" if known == 1 else f"{known:,} rows are"
    rest = "the other one cannot be used" if others == 1 else f"the other {others:,} cannot be used"
    return f"{name}: {first} already in the data set and {rest}; nothing was added."


def _on_rows(judgement: Judgement, sums: Account) -> list[dict[str, Any]]:
    """What is worth knowing of the rows that were kept."""
    prefix = judgement.bench.inspection.cancelled_prefix
    texts = {
        _RETURNS: (
            "1 row is a return or correction, of {amount}; it is kept and netted.",
            "{n} rows are returns or corrections, together {amount}; they are kept and netted.",
        ),
        _CANCELLATIONS: (
            f"1 row belongs to a cancelled order (its id begins with '{prefix}'), of {{amount}}.",
            f"{{n}} rows belong to cancelled orders (their ids begin with '{prefix}'), together {{amount}}.",
        ),
        _ZERO: (
            "1 row has an amount of 0: it is kept, but is no purchase.",
            "{n} rows have an amount of 0: they are kept, but are no purchases.",
        ),
    }
    notes = []
    repeated = 0
    if judgement.bench.options.duplicates == "keep":
        repeated = judgement.bench.count(f"{judgement.repeats()} WHERE nth > 1")
    if repeated:
        one = "1 row repeats another row exactly; it is kept."
        notes.append(note("duplicates", repeated, one, "{n} rows repeat another row exactly; they are kept."))
    for kind, tally in sums.kinds.items():
        if tally.rows:
            amount = spoken(tally.amount)
            one, many = (text.replace("{amount}", amount) for text in texts[kind])
            notes.append(note(kind, tally.rows, one, many, tally.amount))
    return notes


def _on_readings(bench: Workbench, sums: Account) -> list[dict[str, Any]]:
    """The revenue that each reading of the money column implies."""
    if sums.readings is None:
        return []
    mine, other = sums.readings
    if mine == other:
        return []
    if AMOUNT in bench.roles:
        text = (
            f"As line totals the rows come to {spoken(mine)}; "
            f"quantity times unit price would give {spoken(other)}."
        )
    else:
        text = f"Quantity times unit price gives {spoken(mine)}; as line totals the rows would come to {spoken(other)}."
    return [{"kind": "amount_readings", "rows": sums.kept.rows, "text": text}]


def _on_order_totals(judgement: Judgement) -> list[dict[str, Any]]:
    """That an amount counts once in its order, and orders whose rows disagree on it."""
    totals = judgement.values.totals
    if not totals.orders:
        return []
    each = "in the one order" if totals.orders == 1 else f"in each of {totals.orders:,} orders"
    text = f"The amount is that of the whole order: it counts once {each}."
    notes = [{"kind": "order_totals", "rows": totals.orders, "text": text}]
    if totals.differing:
        named = ", ".join(f"'{order[:40]}'" for order in totals.examples)
        if totals.differing > len(totals.examples):
            named += ", ..."
        one = f"1 order shows different amounts in its rows ({named}): only that of its first row counts."
        many = f"{totals.differing:,} orders show different amounts in their rows ({named}): only that of the first row counts."
        notes.append(
            {
                "kind": "order_totals_differ",
                "rows": totals.differing,
                "text": one if totals.differing == 1 else many,
            }
        )
    return notes


def _on_reading(judgement: Judgement, sums: Account) -> list[dict[str, Any]]:
    """What was done, or left as it was, while reading."""
    bench = judgement.bench
    notes = [
        excel_ids_note(judgement.values.excel_ids),
        blank_lines_note(bench.staged.blank_lines),
        note(
            "amount_unknown",
            sums.unread,
            "1 row set aside has no readable amount and counts as 0 in the sums.",
            "{n} rows set aside have no readable amount and count as 0 in the sums.",
            Decimal(0),
        ),
    ]
    day = bench.today.isoformat()
    ranges = judgement.ranges
    for kind, rows, words in (
        ("future_dates", ranges.future_rows, f"after {day}"),
        ("old_dates", ranges.old_rows, "before 1970"),
    ):
        many = f"{{n}} rows are dated {words}: too many to be errors, so they are kept."
        notes.append(note(kind, rows, f"1 row is dated {words}; it is kept.", many))
    return [each for each in notes if each["rows"]]


def _mixed_dates(judgement: Judgement) -> list[dict[str, Any]]:
    """A note on the kept dates that fit both orders of a file that mixes them."""
    bench = judgement.bench
    order, dates = bench.options.date_order, judgement.values.dates
    if order not in ORDER_WORDS or bench.options.date_kind != "text" or dates is None:
        return []
    key = bench.roles[ORDERED_AT]
    other = "mdy" if order == "dmy" else "dmy"
    # Only dates in figures have an order; the other order is tried on each distinct one.
    figures = f"FROM {dates} WHERE {in_figures_sql('written')}"
    failed = f"(SELECT written {figures} AND ordered_at IS NULL)"
    if not bench.count(f"({timestamps_sql(failed, 'text', other)}) WHERE ordered_at IS NOT NULL"):
        return []
    other_way = timestamps_sql(f"(SELECT written {figures})", "text", other)
    turned = bench.table("turned", f"SELECT written FROM ({other_way}) WHERE ordered_at IS NOT NULL")
    against, others = bench.one(
        f"SELECT count(*) FILTER (WHERE rows.{ORDERED_AT} IS NULL), count(*) FILTER (WHERE reason IS NULL) "
        f"FROM {judgement.rows} AS rows JOIN {turned} AS turned ON rows.{key} = turned.written"
    )
    if not against:
        return []
    words = ORDER_WORDS[order]
    contradict = "contradicts {0} and is" if against == 1 else "contradict {0} and are"
    text = f"{counted(against, 'date')} {contradict.format(words.replace(' ', '-'))} set aside; "
    if others:
        fit = "other fits both orders and was" if others == 1 else "others fit both orders and were"
        text += f"{others:,} {fit} read as {words}, though the file mixes both."
    else:
        text += "no date that is kept fits both orders."
    return [{"kind": "mixed_dates", "rows": int(others), "text": text}]
