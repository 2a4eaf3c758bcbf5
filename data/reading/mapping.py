"""Which column of a table of orders plays which role: by known layout, by name, by content; the rest is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from data.accounting import counted
from data.errors import InputError, Question
from data.names import (
    AMOUNT,
    CURRENCY,
    CUSTOMER_ID,
    CUSTOMERS,
    DISCOUNT,
    ORDER_ID,
    ORDERED_AT,
    PRODUCT_ID,
    QUANTITY,
    REFUND,
    ROLES,
    STATUS,
    UNIT_PRICE,
)
from data.reading.amounts import near_products, products_total, repeats_in_orders, settle_amount, total_words
from data.reading.asking import NO_COLUMN, chosen_columns, column_choices, named, role_question, role_words
from data.reading.kinds import WORDS, order_dates
from data.reading.layouts import FixedLayout, Layout
from data.reading.options import Detected, ImportOptions
from data.reading.orders import is_currency, is_status
from data.reading.profiles import FEW_ROWS, SHARE_OF_DATES, ColumnProfile, Sample
from data.reading.roles import Roles
from data.reading.vocabulary import (
    AMOUNT_RANKS,
    CUSTOMER_HINTS,
    CUSTOMER_IDS,
    DATE_RANKS,
    NO_IDS,
    OTHER_DATES,
    PART_WORDS,
    ROLE_NAMES,
    TOTAL_WORDS,
    bare_name,
    plain_name,
    status_means,
)

_NUMBERS: Final = (AMOUNT, QUANTITY, UNIT_PRICE)
# A column of a known file is passed over for the next where fewer of its cells are filled.
_FILLED: Final = 0.5
_TIED: Final = 0.9
_FEWEST_CUSTOMERS: Final = 3
# A file in which an id seldom comes again may be one of customers that has some of them twice.
_NEARLY_ALL: Final = 0.8
_FEWEST_NUMBERS: Final = 0.05


def find_roles(
    name: str,
    sample: Sample,
    options: ImportOptions,
    layout: Layout | FixedLayout | None,
    twins: Sequence[tuple[str, ...]] = (),
    ignored: tuple[str, ...] = (),
    kind_is_chosen: bool = False,
) -> Roles:
    """Give each role its column, and ask for the first required one that nothing but a person can tell.

    `name` is the file's, for messages; `twins` are groups of columns under one header; `ignored` columns
    play no role unless chosen; `kind_is_chosen` says that the user calls it a table of orders. What
    `options.mapping` says stands. Raises InputError where no column could
    play a required role.
    """
    chosen = chosen_columns(name, sample.columns, options, ROLES)
    finder = _Finder(name, sample, chosen, ignored)
    if isinstance(layout, FixedLayout):
        finder.fixed(layout)
    elif layout is not None:
        finder.known(layout)
    else:
        finder.by_name()
        finder.by_content()
    questions = finder.between_twins(twins) or finder.questions
    discount_is = finder.discount(layout) if isinstance(layout, Layout) else None
    if not questions:
        advice = layout.advice if isinstance(layout, Layout) else None
        questions = finder.missing(advice, kind_is_chosen)
    mapping, detected = finder.mapping, finder.detected
    finder.refuse_words()
    if any(question.key in _NUMBERS for question in questions):
        # What the amount means depends on the answer.
        return Roles(mapping, chosen, detected, questions[:1], options.amount_is, discount_is)
    before = {*mapping, *finder.vacated}
    meaning = settle_amount(
        sample,
        mapping,
        detected,
        wanted=options.amount_is,
        known=layout is not None,
        chosen=frozenset(role for role, column in chosen.items() if column),
    )
    if meaning.detected is not None:
        detected["amount_is"] = meaning.detected
    if meaning.question is not None:
        questions = (*questions, meaning.question)
    vacated = tuple(sorted(before - mapping.keys()))
    return Roles(mapping, chosen, detected, questions[:1], meaning.amount_is, discount_is, vacated)


class _Finder:
    """Role -> column as far as it is told, with a finding for each, and the first question."""

    def __init__(self, name: str, sample: Sample, chosen: dict[str, str], ignored: tuple[str, ...]) -> None:
        self.name = name
        self.sample = sample
        self.chosen = chosen
        self.ignored = ignored
        self.mapping = {role: column for role, column in chosen.items() if column}
        self.detected = {role: Detected(column, "chosen", 1.0) for role, column in self.mapping.items()}
        self.questions: tuple[Question, ...] = ()
        self.vacated: set[str] = set()

    def give(self, role: str, column: str, words: str, sure: float) -> None:
        self.mapping[role] = column
        self.detected[role] = Detected(column, words, sure)

    def free(self) -> list[ColumnProfile]:
        """The columns without a role."""
        taken = {*self.mapping.values(), *self.ignored}
        return [each for each in self.sample.profiles.values() if each.name not in taken]

    def open(self, role: str) -> bool:
        return role not in self.mapping and role not in self.chosen

    # By layout

    def fixed(self, layout: FixedLayout) -> None:
        for role, column in layout.roles.items():
            if self.open(role) and column not in self.mapping.values():
                self.give(role, column, f"its place in the lines of {layout.name}", 0.98)

    def known(self, layout: Layout) -> None:
        for role, columns in layout.candidates(self.sample.columns).items():
            fitting = [column for column in columns if column not in self.mapping.values()]
            if self.open(role) and fitting:
                column = self._fullest(fitting)
                words = f"the file has the columns of {layout.name}"
                if column != fitting[0]:
                    words += f", and '{fitting[0]}' is mostly empty"
                self.give(role, column, words, 1.0)

    def _fullest(self, columns: list[str]) -> str:
        """The first of `columns` that is filled well enough, or that which is filled best."""
        filled = {column: self.sample.profiles[column].filled() for column in columns}
        good = [column for column in columns if filled[column] >= _FILLED * len(self.sample)]
        return good[0] if good else max(columns, key=lambda column: filled[column])

    def discount(self, layout: Layout) -> str | None:
        """Which discount of a known file is taken off its rows: the one with which its orders tie."""
        if layout.discount_is is None or DISCOUNT not in self.mapping:
            return None
        columns = layout.candidates(self.sample.columns)[DISCOUNT]
        total = next((each for each in self.sample.columns if plain_name(each) == layout.ties_to), None)
        if total is not None and DISCOUNT not in self.chosen and len(columns) > 1:
            ties = {column: self._ties(column, total) for column in columns}
            best = max(columns, key=lambda column: ties[column])
            if ties[best] > ties[columns[0]]:
                words = f"with it the rows of an order come to its '{total}'"
                self.give(DISCOUNT, best, words, 0.95)
        return layout.discount_is

    def _ties(self, discount: str, total: str) -> float:
        """The share of orders whose rows, less `discount`, come to their `total`."""
        roles = self.mapping
        if not {ORDER_ID, QUANTITY, UNIT_PRICE} <= roles.keys():
            return 0.0
        numbers = [
            self.sample.numbers(each) for each in (roles[QUANTITY], roles[UNIT_PRICE], discount, total)
        ]
        sums: dict[str, float] = {}
        totals: dict[str, float] = {}
        for order, q, price, off, whole in zip(self.sample.column(roles[ORDER_ID]), *numbers, strict=True):
            sums[order] = sums.get(order, 0.0) + (q or 0.0) * (price or 0.0) - abs(off or 0.0)
            if whole is not None:
                totals.setdefault(order, whole)
        tied = [abs(sums[order] - whole) < 0.011 for order, whole in totals.items()]
        return sum(tied) / len(tied) if tied else 0.0

    # By name

    def by_name(self) -> None:
        by_plain: dict[str, str] = {}
        for column in self.sample.columns:
            if column not in self.ignored:
                by_plain.setdefault(plain_name(column), column)
        for column in self.sample.columns:
            if column not in self.ignored:
                by_plain.setdefault(bare_name(column), column)
        # The others first: quantity and price tell which of several amounts is the right one.
        for role in [role for role in ROLES if role != AMOUNT] + [AMOUNT]:
            if not self.open(role):
                continue
            ranks = {ORDERED_AT: DATE_RANKS, AMOUNT: AMOUNT_RANKS}.get(role, (ROLE_NAMES[role],))
            found = [[by_plain[each] for each in rank if each in by_plain] for rank in ranks]
            fitting = [self._fitting(role, columns) for columns in found]
            full = self._told(role, [columns for columns in fitting if columns])
            if not full:
                continue
            if len(ranks) == 1 or len(full[0]) == 1:
                self._give_named(role, full[0][0], [column for columns in full for column in columns])
            else:
                self._choose(role, full[0])

    def _fitting(self, role: str, columns: list[str]) -> list[str]:
        free = [self.sample.profiles[column] for column in columns if column not in self.mapping.values()]
        return [each.name for each in free if _FITS.get(role, _anything)(each)]

    def _told(self, role: str, ranked: list[list[str]]) -> list[list[str]]:
        """Of the columns that fit by name, those that tell something; all of them where none does."""

        def telling(column: str) -> bool:
            values = self.sample.profiles[column]
            if role == CUSTOMER_ID:
                # One and the same in every row is the shop's own account, or the like.
                return len(values.values.keys() - {""}) > 1
            return values.filled() > 0

        told = [[column for column in columns if telling(column)] for columns in ranked]
        told = [columns for columns in told if columns] or ranked
        if role == STATUS and told:
            # Of a status of the parcel and one of the payment, the one that tells who never paid.
            told = [sorted(told[0], key=lambda column: -self._unpaid(column))]
        return told

    def _unpaid(self, column: str) -> int:
        values = self.sample.profiles[column].values.items()
        return sum(count for text, count in values if status_means(text) in ("unpaid", "refunded"))

    def _give_named(self, role: str, column: str, of: list[str]) -> None:
        words = f"a column called '{column}' holds that"
        if role in (ORDERED_AT, AMOUNT) and len(of) > 1:
            words += f", rather than '{of[1]}'"
        self.give(role, column, words, 0.9)

    def _choose(self, role: str, columns: list[str]) -> None:
        """Give `role` one of several columns whose names say the same, where their values do not differ."""
        first, *others = columns
        if role == ORDERED_AT:
            alike = all(self.sample.same_days(first, other) for other in others)
            words = f"'{first}' and '{others[0]}' hold the same days"
        else:
            if (column := self._product_of(columns)) is not None:
                self.give(AMOUNT, column, "it is the quantity times the price of its row", 0.95)
                return
            alike = all(self.sample.same_amounts(first, other) for other in others)
            words = f"'{first}' and '{others[0]}' hold the same amounts"
        if alike:
            self.give(role, first, words, 0.9)
        elif not self.questions:
            self.questions = (self._between(role, columns),)

    def _product_of(self, columns: list[str]) -> str | None:
        """The column that is quantity x unit price of its row."""
        if not {QUANTITY, UNIT_PRICE} <= self.mapping.keys():
            return None
        quantity, price = (self.sample.numbers(self.mapping[role]) for role in (QUANTITY, UNIT_PRICE))
        product = [None if q is None or p is None else q * p for q, p in zip(quantity, price, strict=True)]
        ties = {column: self.sample.agreement(self.sample.numbers(column), product) for column in columns}
        best = max(columns, key=lambda column: ties[column])
        return best if ties[best] >= _TIED else None

    def _between(self, role: str, columns: list[str]) -> Question:
        """The question between columns that say the same by name and differ by content."""
        if role != AMOUNT:
            choices = column_choices(self.sample.profiles[column] for column in columns)
        else:
            rows = counted(len(self.sample), "row")
            choices = tuple(
                (
                    column,
                    f"{column} (together {total_words(self.sample.numbers(column))} in the {rows} looked at)",
                )
                for column in columns
            )
        which = " and ".join([", ".join(f"'{column}'" for column in columns[:-1]), f"'{columns[-1]}'"])
        both = "both" if len(columns) == 2 else "each"
        text = (
            f"In {self.name}, {which} may {both} be {role_words(role)}, and they differ: which one counts? "
            "Nothing was imported."
        )
        return role_question(role, text, choices)

    # By content

    def by_content(self) -> None:
        """Fill a required role that no name told, where just one column could play it."""
        asked = {question.key for question in self.questions}
        if self.open(ORDERED_AT) and ORDERED_AT not in asked:
            dates = [each for each in self.free() if each.is_date() and not OTHER_DATES.search(each.name)]
            called = self._called(ORDERED_AT)
            if len(dates) == 1:
                self.give(ORDERED_AT, dates[0].name, "it is the only column of dates", 0.7)
            elif not dates and called and not called[0].is_number():
                # A date column of unreadable dates is still that, and the message will say so.
                self.give(ORDERED_AT, called[0].name, f"a column called '{called[0].name}' holds that", 0.4)
        if self.open(CUSTOMER_ID):
            ids = [each for each in self.free() if plain_name(each.name) == "id" and each.repeats()]
            if ids:
                words = f"'{ids[0].name}' repeats from row to row, as customers do"
                self.give(CUSTOMER_ID, ids[0].name, words, 0.6)
            else:
                self._customer_by_hint()
        if self.open(ORDER_ID) and not {PRODUCT_ID, QUANTITY, UNIT_PRICE} & self.mapping.keys():
            ids = [each for each in self.free() if plain_name(each.name) == "id" and each.is_unique()]
            if ids and STATUS in self.mapping and len(self.sample) > 1:
                words = f"'{ids[0].name}' is another in each row, and rows have a status as orders do"
                self.give(ORDER_ID, ids[0].name, words, 0.6)
        if not self._has_amount() and AMOUNT not in self.chosen and AMOUNT not in asked:
            self._amount_by_content()
        elif self.open(AMOUNT) and AMOUNT not in asked and UNIT_PRICE not in self.chosen:
            self._total_beside_product()

    def _customer_by_hint(self) -> None:
        """Take the one column that is called like an id of customers, and whose values come again."""
        likely = [
            each
            for each in self.free()
            if CUSTOMER_IDS.search(each.name)
            and not NO_IDS.search(each.name.replace("_", " "))
            and each.repeats()
            and len(each.values) >= _FEWEST_CUSTOMERS
            and not each.is_date()
            and (not each.is_number() or each.is_whole())
        ]
        if len(likely) == 1:
            words = f"'{likely[0].name}' is called like an id of customers, and its values come again"
            self.give(CUSTOMER_ID, likely[0].name, words, 0.6)

    def _total_beside_product(self) -> None:
        """A total after a discount or a tax is what was paid, rather than quantity x price: taken, or asked about."""
        free = [
            each.name
            for each in self.free()
            if each.is_number() and not each.is_date() and not OTHER_DATES.search(each.name)
        ]
        column = near_products(self.sample, self.mapping, free)
        if column is None:
            return
        total, product = total_words(self.sample.numbers(column)), products_total(self.sample, self.mapping)
        quantity, price = self.mapping[QUANTITY], self.mapping[UNIT_PRICE]
        rows = counted(len(self.sample), "row")
        if TOTAL_WORDS.search(column):
            words = (
                f"by its name it is a total, and it is near '{quantity}' x '{price}': together {total}, not {product}, "
                f"in the {rows} looked at"
            )
            self.give(AMOUNT, column, words, 0.7)
        elif not self.questions:
            text = (
                f"In {self.name}, '{column}' is near '{quantity}' x '{price}', but not the same: what was paid? The "
                f"{rows} looked at come to {total} or {product}. Nothing was imported."
            )
            choices = (
                (column, f"{column}: {total} in all"),
                (NO_COLUMN, f"{quantity} x {price}: {product} in all"),
            )
            self.questions = (role_question(AMOUNT, text, choices),)

    def _amount_by_content(self) -> None:
        if UNIT_PRICE in self.mapping and QUANTITY not in self.mapping and UNIT_PRICE not in self.chosen:
            price = self.mapping.pop(UNIT_PRICE)
            self.detected.pop(UNIT_PRICE)
            self.vacated.add(UNIT_PRICE)
            words = f"'{price}' is the only price and there is no quantity: it is taken as the line's total"
            self.give(AMOUNT, price, words, 0.7)
            return
        numbers = [each for each in self.free() if each.is_number() and each.numbers.fractions]
        called = self._called(AMOUNT)
        if len(numbers) == 1:
            self.give(AMOUNT, numbers[0].name, "it is the only column of numbers with decimals", 0.6)
        elif not numbers and called:
            # Likewise an amount column of unreadable amounts.
            self.give(AMOUNT, called[0].name, f"a column called '{called[0].name}' holds that", 0.4)

    def _called(self, role: str) -> list[ColumnProfile]:
        """The free columns that go by a name of `role`."""
        return [each for each in self.free() if bare_name(each.name) in ROLE_NAMES[role]]

    def _has_amount(self) -> bool:
        return AMOUNT in self.mapping or (QUANTITY in self.mapping and UNIT_PRICE in self.mapping)

    # Questions

    def between_twins(self, twins: Sequence[tuple[str, ...]]) -> tuple[Question, ...]:
        """A question for the first role that went by itself to one of several columns of the same header."""
        for role in [role for role in ROLES if role in self.mapping and role not in self.chosen]:
            group = next((each for each in twins if self.mapping[role] in each), ())
            left = [self.sample.profiles[column] for column in group if column not in self.chosen.values()]
            if len(left) < 2:
                continue
            self.mapping.pop(role)
            self.detected.pop(role)
            places = {each.name: self.sample.columns.index(each.name) + 1 for each in left}
            choices = tuple(
                (each.name, f"{each.name} (column {places[each.name]}, for example {each.example()})")
                for each in left
            )
            text = (
                f"{self.name} has {len(group)} columns called '{group[0]}': which of them holds "
                f"{role_words(role)}? Nothing was imported."
            )
            return (role_question(role, text, choices),)
        return ()

    def missing(self, advice: str | None, kind_is_chosen: bool) -> tuple[Question, ...]:
        """The question for the first required role without a column; InputError where no column could play it."""
        if CUSTOMER_ID not in self.mapping:
            return (self._ask(CUSTOMER_ID, self._customers(), advice),)
        if ORDERED_AT not in self.mapping:
            dates = self._dates()
            return (self._ask(ORDERED_AT, dates) if dates or kind_is_chosen else self._no_dates(),)
        if not self._has_amount():
            return (self._ask(AMOUNT, self._amounts()),)
        return ()

    def _customers(self) -> list[ColumnProfile]:
        """Columns that might tell the customer, the likeliest first; any but dates and amounts."""
        required = {self.mapping.get(role) for role in (ORDERED_AT, AMOUNT, QUANTITY, UNIT_PRICE)}
        left = [
            each
            for each in self.sample.profiles.values()
            if each.name not in required and each.filled() and not each.is_date()
        ]

        def likelihood(each: ColumnProfile) -> int:
            fraction = each.is_number() and not each.is_whole()
            return (
                4 * bool(CUSTOMER_HINTS.search(each.name) and not NO_IDS.search(each.name.replace("_", " ")))
                + 2 * each.repeats()
                + (len(each.values) > 1)
                - (each.name in self.mapping.values())
                - 6 * fraction
                - 8 * (each.name in self.ignored)
            )

        return sorted(left, key=likelihood, reverse=True)

    def _dates(self) -> list[ColumnProfile]:
        """Columns that read as dates of any kind; those that are dates of something else come last."""
        likely = [each.name for each in order_dates(self.sample)]
        left = [each for each in self.free() if each.dates.readable() >= SHARE_OF_DATES]
        return sorted(left, key=lambda each: (each.name not in likely, not each.is_date()))

    def _amounts(self) -> list[ColumnProfile]:
        """Columns of numbers, those with decimals first, and ids last."""
        required = {self.mapping.get(role) for role in (CUSTOMER_ID, ORDERED_AT, QUANTITY)}
        left = [
            each
            for each in self.sample.profiles.values()
            if each.is_number()
            and not each.is_date()
            and each.name not in required
            and each.name not in self.ignored
        ]

        def likelihood(each: ColumnProfile) -> int:
            whole_order = repeats_in_orders(self.sample, each.name, self.mapping.get(ORDER_ID))
            return (
                4 * bool(each.numbers.currencies)
                + 2 * bool(each.numbers.fractions)
                + 3 * bool(TOTAL_WORDS.search(each.name))
                - 3 * bool(PART_WORDS.search(each.name) and not TOTAL_WORDS.search(each.name))
                - 2 * whole_order
                - (each.name in self.mapping.values())
            )

        return sorted(left, key=likelihood, reverse=True)

    def _ask(self, role: str, candidates: list[ColumnProfile], advice: str | None = None) -> Question:
        if not candidates:
            raise self._nothing_for(role, advice)
        text = f"Which column of {self.name} holds {role_words(role)}? Nothing was imported."
        if advice:
            text = f"{advice} Or choose a column of {self.name} that holds {role_words(role)}. Nothing was imported."
        return role_question(role, text, column_choices(candidates))

    def refuse_words(self) -> None:
        """Raise InputError where the user chose a column for numbers that holds none."""
        for role in _NUMBERS:
            column = self.sample.profiles.get(self.chosen.get(role, ""))
            if column is not None and column.filled() and column.numbers.share() < _FEWEST_NUMBERS:
                raise InputError(
                    f"{self.name}: no number in the column '{column.name}' can be read (for example "
                    f"{column.example()}), so it is not {role_words(role)}; nothing was imported. Choose another column "
                    f"in the form, or with --map {role}=COLUMN."
                )

    def _no_dates(self) -> Question:
        """Without dates no table of orders can be used: the question whether it is one of customers."""
        ids = self.sample.profiles[self.mapping[CUSTOMER_ID]]
        people, rows = len(ids.values.keys() - {""}), len(self.sample)
        if rows >= FEW_ROWS and people < _NEARLY_ALL * rows:
            several = counted(people, "customer")
            raise InputError(
                f"{self.name} has no column that reads as a date, and orders need one: its columns are "
                f"{named(self.sample.columns)}. Its rows are no customers either: '{ids.name}' comes again ({several} in "
                f"the {counted(rows, 'row')} looked at). Export it with the date of each order; nothing was "
                "imported."
            )
        again = (
            f"In '{ids.name}', {counted(rows - people, 'row')} looked at came before. "
            if people < rows
            else ""
        )
        text = (
            f"{self.name} has no column that reads as a date, and orders need one: its columns are "
            f"{named(self.sample.columns)}. {again}Is each row a customer? If not, export it with the date of each order. "
            "Nothing was imported."
        )
        return Question("kind", text, ((CUSTOMERS, WORDS[CUSTOMERS]),), "--kind {value}")

    def _nothing_for(self, role: str, advice: str | None) -> InputError:
        looked_for = {
            CUSTOMER_ID: "no column that could tell the customer",
            ORDERED_AT: "no column that reads as a date",
            AMOUNT: "no column of numbers that could be the amount",
        }[role]
        then = {
            CUSTOMER_ID: advice or "Export it with the customer's id or e-mail.",
            ORDERED_AT: "Export it with the date of each order.",
            AMOUNT: "Export it with the amount of each row, or with quantity and price.",
        }[role]
        return InputError(
            f"{self.name} has {looked_for}: its columns are {named(self.sample.columns)}. {then}"
        )


def _anything(_column: ColumnProfile) -> bool:
    return True


def _date(column: ColumnProfile) -> bool:
    return column.dates.readable() >= SHARE_OF_DATES and not OTHER_DATES.search(column.name)


def _number(column: ColumnProfile) -> bool:
    return column.numbers.filled == 0 or column.numbers.share() >= SHARE_OF_DATES


def _customer(column: ColumnProfile) -> bool:
    return not column.is_date() or column.dates.kind() != "text"


def _money_back(column: ColumnProfile) -> bool:
    """Amounts paid back, and not a mark that something was."""
    flags = {text.strip() for text in column.values} <= {"", "0", "1"}
    return _number(column) and column.filled() > 0 and not flags


_FITS: Final[dict[str, Callable[[ColumnProfile], bool]]] = {
    CUSTOMER_ID: _customer,
    ORDERED_AT: _date,
    AMOUNT: _number,
    QUANTITY: _number,
    UNIT_PRICE: _number,
    CURRENCY: is_currency,
    STATUS: is_status,
    REFUND: _money_back,
}
