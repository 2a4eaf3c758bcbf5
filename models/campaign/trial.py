"""The customers of a test: who was in which arm and what each brought, checked before anything is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MOST_ARMS: Final = 20
SHOWN: Final = 5
# What exports write where there is no number; as an arm or an id each of these is a name.
_NO_NUMBER: Final = ("", "nan", "na", "n/a", "null", "none", "<na>")
_YES: Final = {"true": "1", "yes": "1", "y": "1", "false": "0", "no": "0", "n": "0"}
_COLUMNS: Final = {"arm": "the arm of each customer", "spend": "what each customer spent"}


@dataclass(frozen=True)
class Trial:
    """A test: `names` of the arms, the control first; all else shape (n,), `codes` being places in `names`.

    `discount` is money given off, `covariate` what was predicted before; `notes` say in words what was odd.
    """

    names: tuple[str, ...]
    codes: Codes
    spend: Floats
    converted: Floats
    discount: Floats | None
    covariate: Floats | None
    notes: tuple[str, ...]

    def counts(self) -> list[int]:
        """Customers of each arm, the control first."""
        return [int(one) for one in np.bincount(self.codes, minlength=len(self.names))]

    def in_order(self) -> Trial:
        """The same test with its rows in an order of their own, so that sums are the same to the last bit."""
        columns = (self.covariate, self.discount, self.converted, self.spend, self.codes)
        order = np.lexsort([column for column in columns if column is not None])
        return replace(
            self,
            codes=self.codes[order],
            spend=self.spend[order],
            converted=self.converted[order],
            discount=None if self.discount is None else self.discount[order],
            covariate=None if self.covariate is None else self.covariate[order],
        )


def trial_of(frame: pd.DataFrame, control: str, covariate: str | None = None) -> Trial:
    """The test of a frame with `arm` and `spend`, optionally `customer_id`, `converted` and `discount`.

    `covariate` names a further column. Text is read as numbers; an empty spend counts as nothing spent, an empty
    covariate as the mean of all. Raises `InputError` in words for a column that is not there or holds no
    numbers, a customer who is there twice, and arms that cannot be compared.
    """
    for column, meaning in _COLUMNS.items():
        if column not in frame.columns:
            raise InputError(f"There is no column {column!r}: it must say {meaning}.")
    if covariate is not None and covariate not in frame.columns:
        raise InputError(
            f"There is no column {covariate!r} to correct with: choose one of the file, or none."
        )
    frame, notes = _once(*_in_an_arm(frame.reset_index(drop=True)))
    arm = _text(frame["arm"])
    names = _names(sorted(arm.unique().tolist()), control)
    codes = pd.Categorical(arm, categories=list(names)).codes.astype(np.int64)
    counts = np.bincount(codes, minlength=len(names))
    if counts.min() < 2:
        alone = names[int(counts.argmin())]
        raise InputError(
            f"Only one customer is in the arm {cut(alone)!r}: an arm needs at least two, better hundreds."
        )
    spend, converted = _outcomes(frame, names, codes, notes)
    return Trial(
        names,
        codes,
        spend,
        converted,
        _discount(frame, notes),
        _covariate(frame, covariate, notes),
        tuple(notes),
    )


def _in_an_arm(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    blank = _blank(frame["arm"])
    if blank.all():
        raise InputError("No customer has an arm: choose the column that says who was contacted.")
    if not blank.any():
        return frame, []
    return frame[~blank], [f"{_customers(int(blank.sum()))} without an arm left out."]


def _once(frame: pd.DataFrame, notes: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """One row a customer, where there are ids to tell."""
    if "customer_id" not in frame.columns:
        return frame, notes
    blank = _blank(frame["customer_id"])
    if blank.any():
        notes.append(
            f"{_customers(int(blank.sum()))} without an id: whether they are there twice cannot be told."
        )
    ids, arm = _text(frame["customer_id"]), _text(frame["arm"])
    if not ids[~blank].duplicated().any():
        return frame, notes
    known = pd.DataFrame({"id": ids[~blank], "arm": arm[~blank]})
    arms_of = known.drop_duplicates().groupby("id", sort=True).size()
    both = arms_of.index[arms_of > 1]
    if len(both):
        found = sorted(known.loc[known["id"] == both[0], "arm"].unique())
        raise InputError(
            f"{_customers(len(both))} {'is' if len(both) == 1 else 'are'} in more than one arm, such as"
            f" {cut(both[0])!r} in {_listed(found)}: what the campaign did to them cannot be told. Take them out of the"
            " file."
        )
    outcomes = [name for name in frame.columns if name not in ("customer_id", "arm")]
    rows = pd.DataFrame({"id": ids, "arm": arm}).join(frame[outcomes].astype("string"))
    copies = rows.duplicated() & ~blank
    more = ids[~blank & ~copies]
    twice = more[more.duplicated()]
    if len(twice):
        raise InputError(
            f"{_customers(twice.nunique())} {'is' if twice.nunique() == 1 else 'are'} in the file more than once with"
            f" different values, such as {cut(min(twice))!r}: give each customer one row, with all they spent."
        )
    if copies.any():
        count = int(copies.sum())
        notes.append(f"{count:,} {'row' if count == 1 else 'rows'} repeated another exactly: counted once.")
    return frame[~copies], notes


def _names(found: list[str], control: str) -> tuple[str, ...]:
    """The arms, the control first, the others by name."""
    if len(found) > MOST_ARMS:
        raise InputError(
            f"There are {len(found):,} different arms, such as {_listed(found[:SHOWN])}, and at most {MOST_ARMS} can be"
            " compared: is it the right column?"
        )
    if len(found) == 1:
        raise InputError(f"Everybody is in the arm {cut(found[0])!r}: there is nobody to compare with.")
    wanted = control.strip()
    named = [name for name in found if name == wanted] or [
        name for name in found if name.casefold() == wanted.casefold()
    ]
    if len(named) != 1:
        raise InputError(
            f"No arm is called {cut(wanted)!r}. There are {_listed(found)}: choose the one that got nothing."
        )
    return (named[0], *(name for name in found if name != named[0]))


def _outcomes(
    frame: pd.DataFrame, names: tuple[str, ...], codes: Codes, notes: list[str]
) -> tuple[Floats, Floats]:
    """What each customer spent and whether they bought (0 or 1), with notes on what is odd."""
    spend = _numbers(frame["spend"], "spend")
    missing = np.isnan(spend)
    if missing.all():
        raise InputError("No customer has a value of spend: choose the column that says what each one spent.")
    if missing.any():
        by_arm = np.bincount(codes[missing], minlength=len(names))
        each = ", ".join(f"{count:,} in {cut(name)}" for name, count in zip(names, by_arm, strict=True))
        notes.append(f"{_customers(int(missing.sum()))} without a spend counted as nothing spent ({each}).")
    spend = np.where(missing, 0.0, spend)
    negative = int((spend < 0).sum())
    if negative:
        notes.append(f"{_customers(negative)} with negative spend (more returned than bought) kept as such.")
    if "converted" not in frame.columns:
        return spend, (spend > 0).astype(np.float64)
    text = _text(frame["converted"]).str.casefold()
    given = _numbers(text.replace(_YES), "converted")
    wrong = ~np.isnan(given) & (given != 0.0) & (given != 1.0)
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"Row {_row(frame, place)}, converted: {cut(text.iloc[place])!r} must be 1 (bought) or 0 (did not)."
        )
    unknown = np.isnan(given)
    if unknown.any():
        notes.append(f"{_customers(int(unknown.sum()))} without a value of converted counted by their spend.")
    converted = np.where(unknown, spend > 0, given).astype(np.float64)
    against = int(((spend > 0) & (converted == 0.0)).sum())
    if against:
        notes.append(f"{_customers(against)} spent something and count as not converted: check both columns.")
    return spend, converted


def _discount(frame: pd.DataFrame, notes: list[str]) -> Floats | None:
    if "discount" not in frame.columns:
        return None
    given = _numbers(frame["discount"], "discount")
    missing = np.isnan(given)
    if missing.all():
        notes.append("No customer has a discount: it is worked out of the share given off.")
        return None
    # Some systems write what is taken off with a minus.
    sign = -1.0 if np.nanmax(given) <= 0.0 else 1.0
    return np.where(missing, 0.0, sign * given)


def _covariate(frame: pd.DataFrame, covariate: str | None, notes: list[str]) -> Floats | None:
    if covariate is None:
        return None
    values = _numbers(frame[covariate], covariate)
    missing = np.isnan(values)
    if missing.all():
        notes.append(f"No customer has a value of {cut(covariate)}: nothing is corrected with it.")
        return None
    if missing.any():
        notes.append(
            f"{_customers(int(missing.sum()))} without {cut(covariate)} taken as the mean of all others."
        )
    # Sorted, so that the mean is the same to the last bit whatever the order of rows.
    values = np.where(missing, np.sort(values[~missing]).mean(), values)
    if np.ptp(values) == 0.0:
        notes.append(f"{cut(covariate)} is the same for everybody: nothing can be corrected with it.")
        return None
    return values


def _numbers(column: pd.Series, name: str) -> Floats:
    """Values as numbers, missing ones as NaN, shape (n,)."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        found = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        wrong = np.isinf(found)
    else:
        blank = _text(column).str.casefold().isin(_NO_NUMBER).to_numpy(dtype=bool)
        read = pd.to_numeric(_text(column).mask(blank), errors="coerce")
        found = read.to_numpy(dtype=np.float64, na_value=np.nan)
        wrong = ~np.isfinite(found) & ~blank
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"Row {_row(column, place)}, {cut(name)}: {cut(column.iloc[place])!r} is not a number"
            f" ({int(wrong.sum()):,} of {len(column):,} rows). Choose another column, or correct the file."
        )
    return np.asarray(found, dtype=np.float64)


def _row(of: pd.DataFrame | pd.Series, place: int) -> int:
    """The row as a person counts, the first below the header being 1."""
    return int(of.index[place]) + 1


def _text(column: pd.Series) -> pd.Series:
    return column.astype("string").fillna("").str.strip()


def _blank(column: pd.Series) -> pd.Series:
    return (_text(column) == "").astype(bool)


def _customers(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"


def cut(text: Any) -> str:
    """A text of a file short enough for a sentence."""
    plain = " ".join(str(text).split())
    return plain if len(plain) <= 40 else plain[:39] + "…"


def _listed(names: list[str]) -> str:
    shown = [repr(cut(name)) for name in names[:MOST_ARMS]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
