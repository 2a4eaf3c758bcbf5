"""What stands out, in sentences: findings of `models.insights` with their icon and the list behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from callbacks.facts import Facts
from data.overview.groups import before_words, last_words, month_words
from data.overview.periods import ALL
from figures import words

# From here on a multiple is easier to read than a percentage.
_TIMES = 2.0

ICONS: dict[str, str | dict[str, str]] = {
    "revenue": {"bad": "graph-down-arrow", "good": "graph-up-arrow"},
    "year": "calendar-range",
    "retention": "arrow-repeat",
    "best_at_risk": "exclamation-triangle",
    "best_gone": "door-open",
    "red": "telephone-outbound",
    "cohort": "calendar3",
    "new": "person-plus",
    "order_value": "basket",
    "once": "1-circle",
    "concentration": "trophy",
}


class Sentence(NamedTuple):
    """A finding as people read it: `href` leads to the list of exactly the customers that `link_text` counts."""

    icon: str
    text: str
    link_text: str
    href: str


@dataclass(frozen=True)
class _Of:
    """The numbers of a finding, and what to say them with."""

    numbers: Mapping[str, Any]
    period: str
    facts: Facts

    def __getitem__(self, name: str) -> Any:
        return self.numbers[name]

    def __contains__(self, name: str) -> bool:
        return name in self.numbers

    @property
    def last(self) -> str:
        return last_words(self.period)

    @property
    def before(self) -> str:
        return before_words(self.period)

    def money(self, value: float) -> str:
        return words.money_short(value, self.facts.currency)


def sentence(finding: Mapping[str, Any], facts: Facts) -> Sentence:
    """One finding of a board (`models.insights.Finding` as JSON) in the shop's words.

    Raises KeyError for a finding that this version does not know.
    """
    key = finding["key"]
    marks = ICONS[key]
    return Sentence(
        icon=marks if isinstance(marks, str) else marks[finding["tone"]],
        text=_TEXTS[key](_Of(finding["numbers"], finding["period"], facts)),
        link_text=f"See {_these(finding['numbers']['customers'])}",
        href=href(finding, facts.analysis_id),
    )


def href(finding: Mapping[str, Any], analysis_id: str) -> str:
    """Where the customers of a finding are listed."""
    if finding["link"]:
        return f"{finding['link']}&{urlencode({'analysis': analysis_id})}"
    return group_href(finding["group"], analysis_id)


def group_href(group: str, analysis_id: str) -> str:
    """Where the customers of a group (`data.overview.groups`) are listed."""
    query = {"window": "next", "group": group, "analysis": analysis_id}
    return f"/propensity?{urlencode(query, safe=':')}"


def _these(customers: int) -> str:
    return "this customer" if customers == 1 else f"these {words.count(customers)} customers"


def _revenue(of: _Of) -> str:
    who, amount = words.plural(of["customers"], "customer"), of.money(of["amount"])
    other, before = of.money(of["other"]), of.before
    beside = of.money(of["beside"]) if of["beside"] else ""
    away = f"while {other} went with those who stayed away"
    cause = {
        "lost": f"{who} of {before} did not come back, which cost {amount}; new and returning ones brought {other}",
        "down": f"{who} spent less than in {before}, {amount} in all; those who spent more made up {other} of it",
        "up": f"{who} spent as much as in {before} or more, {amount} more in all; those who spent less took {other} of it",
        "new": f"{who} bought for the first time and brought {amount}{beside and f', returning ones {beside}'}, {away}",
        "returned": f"{who} came back after a pause and brought {amount}{beside and f', new ones {beside}'}, {away}",
    }[of["cause"]]
    revenue = of.money(of["revenue"])
    return f"Revenue of {of.last} {_moved(of['change'], revenue)}: {cause}."


def _moved(change: float, to: str) -> str:
    if change >= _TIMES:
        return f"rose to {to}, {_times(change)} that of the period before"
    return f"{'rose' if change > 0 else 'fell'} by {words.part(abs(change))} to {to}"


def _times(change: float) -> str:
    return f"{words.marks(f'{1 + change:,.1f}')} times"


def _year(of: _Of) -> str:
    before = of.money(of["before"])
    if of["change"] >= _TIMES:
        moved = f"is {_times(of['change'])} the {before} of then"
    else:
        moved = f"is {'up' if of['change'] > 0 else 'down'} by {words.part(abs(of['change']))} from {before}"
    return (
        f"Against the same days a year earlier, revenue of {of.last} {moved}: "
        f"{words.plural(of['customers'], 'customer')} bought, against {words.count(of['customers_before'])} then."
    )


def _retention(of: _Of) -> str:
    share, before = words.percent(of["share"]), words.percent(of["before"])
    told = (
        f"Of the {words.count(of['buyers'])} customers who bought in {of.before}, {words.count(of['again'])} or {share} "
        f"bought again in {of.last}, {'up' if of['change'] > 0 else 'down'} from {before} one period earlier"
    )
    return f"{told}." if of["change"] > 0 else f"{told}. {words.count(of['customers'])} have not come back."


def _best_at_risk(of: _Of) -> str:
    spend = of.money(of["spend"])
    return (
        f"{words.count(of['customers'])} of the {words.count(of['of'])} best customers of {of.last} are "
        f"likelier than not to buy nothing in the next {of.facts.horizon_days} days. They brought {spend}, "
        f"{words.part(of['share'])} of the revenue."
    )


def _best_gone(of: _Of) -> str:
    return (
        f"{words.count(of['customers'])} of the {words.count(of['of'])} best customers of {of.last} have bought nothing in "
        f"the last 12 months. They had brought {of.money(of['spend'])}, {words.part(of['share'])} of the revenue."
    )


def _red(of: _Of) -> str:
    return (
        f"{words.plural(of['customers'], 'customer')} spent {of.money(of['shortfall'])} less than predicted of them "
        f"from {of.facts.dates('past')}. Chance alone would make about {words.count(round(of['by_chance']))} of them "
        "red: contact them first."
    )


def _cohort(of: _Of) -> str:
    share, before = words.percent(of["share"]), words.percent(of["before"])
    unit = "quarters" if "Q" in of["month"] else "months"
    told = (
        f"Of the {words.count(of['cohort'])} customers who first bought in {month_words(of['month'])}, {share} bought "
        f"again within {of['days']} days, against {before} of those who first bought in the {unit} before"
    )
    if of["share"] > of["before"]:
        return f"{told}."
    return f"{told}. {words.count(of['customers'])} have bought only once so far."


def _new(of: _Of) -> str:
    more = f"{words.part(abs(of['change']))} {'more' if of['change'] > 0 else 'fewer'} than"
    if of["change"] >= _TIMES:
        more = f"{_times(of['change'])} as many as"
    return (
        f"{words.plural(of['customers'], 'customer')} bought for the first time in {of.last}, {more} in "
        f"{of.before}."
    )


def _order_value(of: _Of) -> str:
    value, before = (words.money(of[name], of.facts.currency) for name in ("value", "before"))
    moved = f"{'up' if of['change'] > 0 else 'down'} by {words.part(abs(of['change']))} from {before}"
    if of["change"] >= _TIMES:
        moved = f"{_times(of['change'])} the {before}"
    return (
        f"The average order value of {of.last} was {value}, {moved} in {of.before}; "
        f"{words.plural(of['customers'], 'customer')} bought."
    )


def _once(of: _Of) -> str:
    return (
        f"{words.count(of['customers'])} of the {words.count(of['of'])} customers, {words.percent(of['share'])}, have "
        "bought only once."
    )


def _concentration(of: _Of) -> str:
    buyers = words.count(of["buyers"]) + ("" if of.period == ALL else f" who bought in {of.last}")
    told = f"The best tenth of the customers, {words.count(of['customers'])} of the {buyers}, brought"
    if "before" not in of:
        return f"{told} {words.percent(of['share'])} of the revenue."
    share, before = words.percent(of["share"]), words.percent(of["before"])
    turned = "up" if of["share"] > of["before"] else "down"
    return f"{told} {share} of the revenue, {turned} from {before} in {of.before}."


_TEXTS: dict[str, Callable[[_Of], str]] = {
    "revenue": _revenue,
    "year": _year,
    "retention": _retention,
    "best_at_risk": _best_at_risk,
    "best_gone": _best_gone,
    "red": _red,
    "cohort": _cohort,
    "new": _new,
    "order_value": _order_value,
    "once": _once,
    "concentration": _concentration,
}
