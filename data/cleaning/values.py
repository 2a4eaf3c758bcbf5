"""The SQL that reads dates, numbers and texts out of the staged rows, as cheaply as the file allows.

Nothing typed is written to disk: most values are read by a plain cast, which costs less than storing
the answer. Texts that take more are read once for each distinct one, into small tables that are joined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from data.cleaning.currencies import column_currency_sql, money_currency_sql
from data.cleaning.workbench import Workbench
from data.engine import scan
from data.names import (
    AMOUNT,
    CATEGORY,
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
from data.reading.dates import timestamps_sql
from data.reading.numbers import AMOUNT_TYPE, number_sql
from data.reading.staging import LINE_NO
from data.service_lines import description_column, service_line_sql

# The quantity as an exact number, for the product with a price; stored as a plain DOUBLE.
EXACT_QUANTITY: Final = "exact_quantity"
# What the money column or the product says, before discounts and refunds.
GROSS: Final = "gross_amount"
# The other reading of the money column, where both can be told.
OTHER_READING: Final = "other_amount"
LINE_TOTAL: Final = "line_total"
# What the cell of the money column says, which is not the row's own where it is that of the order.
MONEY: Final = "money"

_BLANK: Final = "''"
# Stands in the statement for the staged rows to read.
_ROWS: Final = "$staged_rows$"

_TEXT_ROLES: Final = (ORDER_ID, PRODUCT_ID, CATEGORY, COUNTRY)
_NUMBER_ROLES: Final = (QUANTITY, UNIT_PRICE, AMOUNT, DISCOUNT, REFUND)
# Dates that a cast reads as they stand, and blanks: no other order or zone can be meant.
_PLAIN_DATE: Final = r"([1-9]\d{3}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?)?"


@dataclass(frozen=True)
class OrderTotals:
    """Orders whose amount stands in their rows, how many of them show different ones, and some of those."""

    orders: int = 0
    differing: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Values:
    """How the staged rows are read.

    `excel_ids` counts mended ids, `service_lines` tells whether there are any; `dates` is the table (written,
    ordered_at) of the distinct dates, None where a cast reads them all; `totals` tells of amounts of orders.
    """

    statement: str
    staged: str
    excel_ids: int
    service_lines: bool
    dates: str | None
    totals: OrderTotals = OrderTotals()

    def sql(self, rows: str | None = None) -> str:
        """The FROM expression of the staged rows (or only `rows` of them) with their typed values."""
        return self.statement.replace(_ROWS, rows or self.staged)


def typed_values(bench: Workbench) -> Values:
    """The staged rows with values by role.

    Columns: all staged ones and customer_id, ordered_at, EXACT_QUANTITY, unit_price, discount, refund,
    GROSS, amount (net of discount and refund), OTHER_READING, the texts of the other roles, `status`,
    `currency`, and `is_service` (line that is no goods).
    """
    return _Reading(bench).values()


class _Reading:
    """The parts of the statement, collected as the file's content asks for them."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.joins: list[str] = []
        self.texts = dict(bench.roles)
        self.dates: str | None = None

    def values(self) -> Values:
        self._fill_down()
        plain = self._survey()
        numbers = {role: self._number(role, role in plain) for role in _NUMBER_ROLES}
        moment = self._moment(ORDERED_AT in plain)
        ids = self._count_excel_ids() if CUSTOMER_ID not in plain else 0
        customer = self.texts[CUSTOMER_ID]
        mended = f"regexp_replace({customer}, '\\.0$', '')" if ids else customer
        service = self._service_lines()
        columns = {
            CUSTOMER_ID: f"CASE WHEN trim({customer}) <> '' THEN {mended} END",
            ORDERED_AT: moment,
            EXACT_QUANTITY: numbers[QUANTITY],
            UNIT_PRICE: numbers[UNIT_PRICE],
            DISCOUNT: numbers[DISCOUNT],
            REFUND: numbers[REFUND],
            MONEY: numbers[AMOUNT],
            STATUS: self._status(),
            CURRENCY: self._currency(),
            "is_service": service or "false",
        }
        for role in _TEXT_ROLES:
            columns[role] = (
                f"NULLIF({self.texts[role]}, '')" if role in self.texts else "CAST(NULL AS VARCHAR)"
            )
        listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
        typed = f"(SELECT staged.*, {listed} FROM {_ROWS} AS staged {' '.join(self.joins)})"
        typed = f"(SELECT *, {self._readings()} FROM {typed})"
        totals = OrderTotals()
        if self.bench.order_totals:
            typed, totals = self._order_totals(typed)
        refund = self._refund(typed.replace(_ROWS, self.bench.rows))
        net = f"(SELECT *, {self._net(refund)} AS {AMOUNT} FROM {typed})"
        return Values(net, self.bench.rows, ids, service is not None, self.dates, totals)

    def _fill_down(self) -> None:
        """Have the other rows of an order say what is written in its first row only."""
        order = self.bench.roles.get(ORDER_ID)
        if not self.bench.filled:
            return
        firsts = ", ".join(
            f"arg_min({key}, {LINE_NO}) FILTER (WHERE trim({key}) <> '') AS {key}"
            for key in (self.bench.roles[role] for role in self.bench.filled)
        )
        table = self.bench.table(
            "orders",
            f"SELECT {order} AS written, {firsts} FROM {self.bench.rows} WHERE trim({order}) <> '' GROUP BY {order}",
        )
        self.joins.append(f"LEFT JOIN {table} AS orders ON staged.{order} = orders.written")
        for role in self.bench.filled:
            key = self.bench.roles[role]
            self.texts[role] = (
                f"CASE WHEN trim(staged.{key}) <> '' THEN staged.{key} ELSE coalesce(orders.{key}, '') END"
            )
        for role, key in self.bench.roles.items():
            if role not in self.bench.filled:
                self.texts[role] = f"staged.{key}"

    def _survey(self) -> frozenset[str]:
        """The roles whose every text is read by a plain cast; one scan tells."""
        roles, tests = [], []
        for role in _NUMBER_ROLES:
            if key := self.bench.roles.get(role):
                marks = "', '".join(("_", self._other_mark()))
                held = " OR ".join(f"bool_or(contains({key}, '{mark}'))" for mark in marks.split("', '"))
                tests.append(f"NOT ({held}) AND count({self._cast(key)}) = count(NULLIF(trim({key}), ''))")
                roles.append(role)
        if self.bench.options.date_kind in (None, "text"):
            tests.append(f"bool_and(regexp_full_match({self.bench.roles[ORDERED_AT]}, '{_PLAIN_DATE}'))")
            roles.append(ORDERED_AT)
        tests.append(f"NOT bool_or(suffix({self.bench.roles[CUSTOMER_ID]}, '.0'))")
        roles.append(CUSTOMER_ID)
        answers = self.bench.one(f"SELECT {', '.join(tests)} FROM {self.bench.rows}")
        return frozenset(role for role, plain in zip(roles, answers, strict=True) if plain)

    def _other_mark(self) -> str:
        return "." if self.bench.options.decimal == "," else ","

    def _cast(self, text: str) -> str:
        plain = f"replace({text}, ',', '.')" if self.bench.options.decimal == "," else text
        return f"TRY_CAST({plain} AS {AMOUNT_TYPE})"

    def _number(self, role: str, plain: bool) -> str:
        """SQL for the number of `role`: a cast, and a look-up for the texts that need more."""
        key = self.bench.roles.get(role)
        if key is None:
            return f"CAST(NULL AS {AMOUNT_TYPE})"
        text = self.texts[role]
        if plain:
            return self._cast(text)
        hard = (
            f"contains({key}, '_') OR contains({key}, '{self._other_mark()}') "
            f"OR {self._cast(key)} IS NULL AND trim({key}) <> ''"
        )
        value = number_sql("written", self.bench.options.decimal or ".")
        table = self.bench.table(
            f"numbers_{role}",
            f"SELECT written, {value} AS value FROM (SELECT DISTINCT {key} AS written FROM {self.bench.rows} WHERE {hard})",
        )
        name = f"{role}_texts"
        self.joins.append(f"LEFT JOIN {table} AS {name} ON {text} = {name}.written")
        return f"CASE WHEN {name}.written IS NULL THEN {self._cast(text)} ELSE {name}.value END"

    def _moment(self, plain: bool) -> str:
        """SQL for the time of the order: a cast, or a look-up of each distinct text."""
        key, text = self.bench.roles[ORDERED_AT], self.texts[ORDERED_AT]
        if plain:
            return f"TRY_CAST({text} AS TIMESTAMP)"
        written = f"(SELECT {key} AS written FROM {self.bench.rows})"
        options = self.bench.options
        self.dates = self.bench.table(
            "dates", timestamps_sql(written, options.date_kind or "text", options.date_order)
        )
        self.joins.append(f"LEFT JOIN {self.dates} AS dates ON {text} = dates.written")
        return "dates.ordered_at"

    def _count_excel_ids(self) -> int:
        """How many customer ids end in '.0', where all of them are whole numbers: a spreadsheet's doing."""
        key = self.bench.roles[CUSTOMER_ID]
        count, all_whole = self.bench.one(
            f"SELECT count(*), coalesce(bool_and(regexp_full_match({key}, '\\d+\\.0')), false) "
            f"FROM {self.bench.rows} WHERE NOT regexp_full_match({key}, '\\d*|\\s+')"
        )
        return int(count) if all_whole else 0

    def _status(self) -> str:
        if STATUS not in self.texts or not self.bench.inspection.unpaid_statuses:
            return "CAST(NULL AS VARCHAR)"
        return f"lower(trim(regexp_replace({self.texts[STATUS]}, '\\s+', ' ', 'g')))"

    def _currency(self) -> str:
        """SQL for the code of the currency a row names, in its own column or beside its amount."""
        if self.bench.options.currency is None:
            return "CAST(NULL AS VARCHAR)"
        roles = self.bench.roles
        if CURRENCY in roles:
            return column_currency_sql(self.bench, roles[CURRENCY], self.texts[CURRENCY])
        money = [role for role in (AMOUNT, UNIT_PRICE) if role in roles]
        codes = (money_currency_sql(self.bench, roles[role], self.texts[role]) for role in money)
        return f"coalesce({', '.join(codes)})"

    def _service_lines(self) -> str | None:
        """SQL for whether a row is no goods; None where that is not asked or no row is."""
        bench = self.bench
        column = description_column(bench.inspection.columns)
        description = bench.keys[bench.inspection.columns.index(column)] if column else None
        product = bench.roles.get(PRODUCT_ID)
        if bench.options.service_lines != "drop" or not (product or description):
            return None
        pairs = f"SELECT DISTINCT {product or _BLANK} AS product, {description or _BLANK} AS words FROM {bench.rows}"
        test = service_line_sql("product", "words" if description else None)
        table = bench.table("services", f"SELECT product, words FROM ({pairs}) WHERE {test}")
        if not bench.count(table):
            return None
        both = " AND ".join(
            f"{'staged.' + key if key else _BLANK} = services.{name}"
            for key, name in ((product, "product"), (description, "words"))
        )
        self.joins.append(f"LEFT JOIN {table} AS services ON {both}")
        return "services.product IS NOT NULL"

    def _readings(self) -> str:
        """SQL for the row's amount before refunds, and the amount that the other reading would give."""
        roles = self.bench.roles
        product = _product(EXACT_QUANTITY, UNIT_PRICE)
        gross = MONEY if AMOUNT in roles else product
        other = f"CAST(NULL AS {AMOUNT_TYPE})"
        if AMOUNT not in roles:
            other = UNIT_PRICE
        elif QUANTITY in roles:
            other = product if UNIT_PRICE in roles else _product(EXACT_QUANTITY, MONEY)
        return f"{gross} AS {GROSS}, {other} AS {OTHER_READING}"

    def _order_totals(self, typed: str) -> tuple[str, OrderTotals]:
        """The rows `typed` with the amount of an order in one of its rows and 0 in the others.

        It is the amount of the first row, in a row that can be kept, where there is one. Which of the rows
        that show it carries it does not depend on their order. An order that the data set already has
        brings no amount again.
        """
        bench = self.bench
        quantity = bench.roles.get(QUANTITY)
        usable = f"{CUSTOMER_ID} IS NOT NULL AND {ORDERED_AT} IS NOT NULL AND NOT is_service"
        if quantity:
            usable += f" AND ({EXACT_QUANTITY} IS NOT NULL OR trim({quantity}) = '')"
        one = f"PARTITION BY {ORDER_ID}, {CUSTOMER_ID}"
        firsts = (
            f"SELECT *, first_value({GROSS}) OVER ({one} ORDER BY CAST({usable} AS INTEGER) DESC, {LINE_NO}) AS total, "
            f"{usable} AS usable FROM {typed.replace(_ROWS, bench.rows)} "
            f"WHERE {ORDER_ID} IS NOT NULL AND {GROSS} IS NOT NULL"
        )
        texts = f"hash({', '.join(bench.telling_keys)})"
        by = f"usable AND {GROSS} = total DESC, {GROSS} = total DESC, {PRODUCT_ID}, {EXACT_QUANTITY}, {texts}, {LINE_NO}"
        table = bench.table(
            "order_totals",
            f"SELECT {LINE_NO}, {ORDER_ID}, {CUSTOMER_ID}, {GROSS} <> total AS differs, "
            f"row_number() OVER ({one} ORDER BY {by}) AS nth FROM ({firsts})",
        )
        known = "false"
        if bench.existing:
            files = scan(bench.existing)
            known = (
                f"({ORDER_ID}, {CUSTOMER_ID}) IN (SELECT ({ORDER_ID}, {CUSTOMER_ID}) FROM {files} "
                f"WHERE {ORDER_ID} IS NOT NULL AND {AMOUNT} <> 0)"
            )
        carriers = bench.table("carriers", f"SELECT {LINE_NO} FROM {table} WHERE nth = 1 AND NOT ({known})")
        orders = bench.table("totalled", f"SELECT DISTINCT {ORDER_ID}, {CUSTOMER_ID} FROM {table}")
        counts = bench.one(
            f"SELECT (SELECT count(*) FROM {orders}), count(*), coalesce(min({ORDER_ID}, 3), []) FROM "
            f"(SELECT {ORDER_ID} FROM {table} GROUP BY {ORDER_ID}, {CUSTOMER_ID} HAVING bool_or(differs))"
        )
        # A blank cell is no missing amount where another row of the order has it; one that cannot be read is.
        blank = f"trim({bench.roles[AMOUNT]}) = ''"
        has = (
            f"EXISTS (SELECT 1 FROM {orders} AS o WHERE o.{ORDER_ID} = typed.{ORDER_ID} "
            f"AND o.{CUSTOMER_ID} IS NOT DISTINCT FROM typed.{CUSTOMER_ID})"
        )
        amount = (
            f"CASE WHEN {ORDER_ID} IS NULL OR {LINE_NO} IN (SELECT {LINE_NO} FROM {carriers}) THEN {GROSS} "
            f"WHEN {GROSS} IS NOT NULL OR {blank} AND {has} THEN CAST(0 AS {AMOUNT_TYPE}) END"
        )
        netted = f"(SELECT * REPLACE ({amount} AS {GROSS}) FROM {typed} AS typed)"
        return netted, OrderTotals(int(counts[0]), int(counts[1]), tuple(counts[2]))

    def _refund(self, typed: str) -> str | None:
        """SQL for what is taken off a row as paid back; what an order repeats in each row, once."""
        roles = self.bench.roles
        if REFUND not in roles:
            return None
        if ORDER_ID not in roles:
            return REFUND
        refunded = f"{typed} WHERE {REFUND} <> 0 AND {ORDER_ID} IS NOT NULL"
        repeating, alike = self.bench.one(
            "SELECT count(*), count(*) FILTER (WHERE lowest = highest) FROM (SELECT count(*) AS lines, "
            f"min({REFUND}) AS lowest, max({REFUND}) AS highest FROM {refunded} GROUP BY {ORDER_ID}) WHERE lines > 1"
        )
        if not repeating or alike < repeating:
            return REFUND
        # The row that carries it is told by its values: the order of the rows leaves no trace.
        first = f"PARTITION BY {ORDER_ID} ORDER BY {GROSS} DESC NULLS LAST, hash({', '.join(self.bench.keys)}), {LINE_NO}"
        table = self.bench.table(
            "refunded",
            f"SELECT {LINE_NO} FROM (SELECT {LINE_NO}, row_number() OVER ({first}) AS nth FROM {refunded}) WHERE nth > 1",
        )
        return f"CASE WHEN {LINE_NO} NOT IN (SELECT {LINE_NO} FROM {table}) THEN {REFUND} END"

    def _net(self, refund: str | None) -> str:
        amount = GROSS
        if self.bench.inspection.discount_is == LINE_TOTAL and DISCOUNT in self.bench.roles:
            # A discount makes a return smaller too, however its sign is written.
            amount = f"({amount} - sign({GROSS}) * abs(coalesce({DISCOUNT}, 0)))"
        if refund is not None:
            amount = f"({amount} - abs(coalesce({refund}, 0)))"
        return amount if amount == GROSS else f"TRY_CAST({amount} AS {AMOUNT_TYPE})"


def _product(quantity: str, price: str) -> str:
    """SQL for the exact product; the usual sizes are multiplied as machine words."""
    # 38 figures hold every product, so none overflows before it is judged.
    wide = f"TRY_CAST(CAST({quantity} AS DECIMAL(19,4)) * {price} AS {AMOUNT_TYPE})"
    whole = f"{quantity} = trunc({quantity}) AND {quantity} BETWEEN -999999 AND 999999"
    small = f"{price} BETWEEN -99999999 AND 99999999"
    narrow = f"CAST(CAST({quantity} AS DECIMAL(6,0)) * CAST({price} AS DECIMAL(12,4)) AS {AMOUNT_TYPE})"
    return f"CASE WHEN {whole} AND {small} THEN {narrow} ELSE {wide} END"
