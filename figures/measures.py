"""How good a model is, in words: each figure with its interval, its baseline and what chance would do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from figures import words
from figures.performance import signed_percent

Row = Mapping[str, Any]
# Decimals shown of each measure.
PLACES: Final = {
    "auc": 3,
    "brier": 4,
    "log_loss": 4,
    "tweedie_deviance": 3,
    "r2": 3,
    "gini": 3,
    "calibration_slope": 2,
}
MEASURE_WORDS: Final = {
    "auc": "AUC",
    "brier": "Brier score",
    "log_loss": "Log loss",
    "calibration_slope": "Calibration slope",
    "r2": "R²",
    "mae": "Mean absolute error",
    "gini": "Gini",
}


@dataclass(frozen=True)
class Board:
    """What is told of one leaderboard: its measures (key, words), the one that decides, and the rule."""

    which: str
    title: str
    decides: str
    decides_words: str
    rule: str
    columns: tuple[tuple[str, str], ...]


PROBABILITY: Final = Board(
    "prob",
    "Who will buy",
    "log_loss",
    "log loss",
    "The rule: of the candidates within one standard error of the lowest log loss, paired over the same customers, the "
    "simplest serves. Baselines are measured beside them and never serve.",
    (("log_loss", "Log loss"), ("brier", "Brier score"), ("auc", "AUC")),
)
AMOUNT: Final = Board(
    "spend",
    "How much they will spend",
    "tweedie_deviance",
    "Tweedie deviance",
    "The rule: the candidate with the lowest Tweedie deviance serves. Baselines are measured beside them and never serve.",
    (
        ("tweedie_deviance", "Tweedie deviance"),
        ("mae", "Mean error"),
        ("r2", "R²"),
        ("gini", "Gini"),
    ),
)


def is_current(metrics: Row) -> bool:
    """Whether the metrics are of a Lapwing that measures what this page shows."""
    propensity, spend = metrics.get("propensity") or {}, metrics.get("spend") or {}
    return (
        bool(propensity.get("curves")) and bool(spend.get("leaderboard")) and "verdict" in _first(propensity)
    )


def _first(part: Row) -> Row:
    return next(iter(part.get("leaderboard") or ()), {})


def figure(value: float | None, key: str, currency: str | None = None) -> str:
    """A measure as text, with the decimals worth showing of it."""
    if value is None or not math.isfinite(value):
        return words.MISSING
    if key == "mae":
        return words.money(value, currency)
    return words.marks(minus(_sized(value, PLACES[key])))


def minus(text: str) -> str:
    """A number's text with the typographic minus sign, and no sign before a zero."""
    return text.replace("-", "−") if float(text.replace(",", "")) != 0 else text.replace("-", "")


def _sized(value: float, places: int, sign: str = "") -> str:
    """A number with `places` decimals, fewer where it is large."""
    places = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else places
    return f"{value:{sign},.{places}f}"


def interval(row: Row, key: str, currency: str | None = None) -> str:
    """The 95 % interval of a measure: "0.835 to 0.849"; empty where there is none."""
    low, high = row.get(f"{key}_low"), row.get(f"{key}_high")
    if low is None or high is None:
        return ""
    if key == "mae":
        low_text, high_text = words.column([low, high], currency)
        return f"{low_text} to {high_text}"
    return f"{figure(low, key)} to {figure(high, key)}"


def difference(value: float, low: float, high: float, places: int) -> tuple[str, str]:
    """A difference and its interval: ("+0.0012", "−0.0003 to +0.0027")."""
    return _signed(value, places), f"{_signed(low, places)} to {_signed(high, places)}"


def _signed(value: float, places: int) -> str:
    text = _sized(value, places, "+")
    return words.marks(minus(text) if float(text.replace(",", "")) else f"{0:.{places}f}")


def serving(part: Row) -> Row:
    """The row of the leaderboard that serves."""
    rows: Sequence[Row] = part["leaderboard"]
    return next((row for row in rows if row.get("serving")), rows[0])


def best(part: Row) -> Row:
    """The candidate with the lowest figure."""
    rows: Sequence[Row] = part["leaderboard"]
    return next((row for row in rows if row.get("best")), rows[0])


def skill(row: Row, base_rate: float) -> str:
    """The Brier score against that of giving everybody the base rate."""
    share = float(row["brier_skill"])
    against = f"giving everybody the base rate of {words.percent(base_rate, 1)}"
    if abs(share) < 0.005:
        return f"no better than {against}"
    return f"{words.percent(abs(share))} {'better' if share > 0 else 'worse'} than {against}"


def verdict(row: Row, part: Row, board: Board) -> str:
    """What a row of the leaderboard comes to, in a sentence."""
    top, served = best(part), serving(part)
    baseline = row.get("kind") == "baseline"
    if row.get("best"):
        if row.get("serving") or part.get("chosen_by") == "person":
            return f"Lowest {board.decides_words} of the candidates."
        simpler = ", which is simpler" if served["complexity"] < row["complexity"] else ""
        return (
            f"Lowest {board.decides_words}, but no better than {served['label']}{simpler}: "
            "the difference lies within chance."
        )
    if row["verdict"] == "worse":
        return f"Worse than {top['label']}, beyond chance."
    if row["behind"] < 0:
        better = row["behind_high"] < 0
        return f"{'Better than' if better else 'As good as'} {top['label']}" + (
            ": no candidate beats this baseline." if baseline else "."
        )
    if row.get("serving"):
        return f"No worse than {top['label']}: the difference lies within chance."
    return f"No better than {top['label']}: the difference lies within chance."


def chosen(part: Row, board: Board) -> str:
    """Who chose the serving model, and by what rule."""
    served, top = serving(part), best(part)
    if part.get("chosen_by") == "person":
        cost = ""
        if not served.get("best"):
            beyond = "beyond chance" if served.get("verdict") == "worse" else "within chance"
            value, span = difference(
                served["behind"], served["behind_low"], served["behind_high"], PLACES[board.decides]
            )
            cost = (
                f" Its {board.decides_words} lies {value} ({span}) behind that of {top['label']}: {beyond}."
            )
        return f"{served['label']} was chosen by a person, not by the rule.{cost}"
    return board.rule


def choice_words(choice: Row, labels: Mapping[str, str]) -> str:
    """Whether the more complex model is worth it, in two sentences."""
    simple, complex_ = (
        labels.get(choice["simple"], choice["simple"]),
        labels.get(choice["complex"], choice["complex"]),
    )
    found = choice["log_loss"]
    value, span = difference(found["difference"], found["low"], found["high"], PLACES["log_loss"])
    measured = f"The log loss of {complex_} is {value} ({span}) against that of {simple}"
    if found["high"] < 0:
        return f"{measured}: it is more accurate, beyond chance. Take {complex_} for accuracy; {simple} explains itself."
    if found["low"] > 0:
        return (
            f"{measured}: it is less accurate, beyond chance. Take {simple}: better, and it explains itself."
        )
    return (
        f"{measured}: the difference lies within chance. Take {simple}: as accurate, and it explains itself."
    )


def claims(part: Row, label: str, board: str) -> str:
    """What scoring the training rows would have claimed, in a sentence."""
    seen, honest = part["in_sample"], part["out_of_fold"]
    key = "auc" if board == "prob" else "r2"
    return (
        f"Scored on the customers it learned from, {label} would have claimed "
        f"an {MEASURE_WORDS[key]} of {figure(seen[key], key)}; on customers it never saw it reaches {figure(honest[key], key)}."
    )


def reach(gains: Row, share: float, key: str) -> float:
    """The share of buyers (or spend) in the first `share` of customers."""
    at = min(range(len(gains["share"])), key=lambda place: abs(gains["share"][place] - share))
    return float(gains[key][at])


def calibration_words(row: Row, base_rate: float) -> str:
    """How far probabilities can be taken at their word, for the note under the chart."""
    slope = float(row["calibration_slope"])
    if row["name"] == "base_rate":
        return f"Everybody has the same probability, {words.percent(base_rate, 1)}: right on average, of no use for choosing."
    reading = "close to perfect" if abs(slope - 1) <= 0.1 else "too timid" if slope > 1 else "too bold"
    if slope < 0:
        reading = "the wrong way round, the likelier bought less"
    return (
        f"Slope {figure(slope, 'calibration_slope')} (1 is perfect): {reading}. On average {words.percent(row['mean_predicted'], 1)} predicted, "
        f"{words.percent(base_rate, 1)} bought. Typical gap (ECE) {words.percent(row['ece'], 1)}. Bars are 95 % intervals."
    )


def ranking_words(row: Row) -> str:
    """What the AUC means, for the note under the ROC curve."""
    return (
        f"AUC {figure(row['auc'], 'auc')} (95 %: {interval(row, 'auc')}; chance is 0.5): of one buyer and one who does "
        f"not buy, the buyer is ranked higher {words.percent(row['auc'])} of the time."
    )


def bias(value: float | None) -> str:
    """A bias of level as text."""
    return words.MISSING if value is None else signed_percent(value)


def sentence(text: str) -> str:
    """A text that begins with a capital and ends with a full stop."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""
