"""A filter of segmented customers in the engine's words: the one place where it becomes a condition.

Values are parameters, numbers of our own or codes of the file; columns come from the file's own list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from data.segments.file import SegmentFile
from data.segments.filter import CHURN_CUTS, MISSING, SegmentFilter
from data.segments.looks import NEW, Look
from data.segments.metrics import NUMBER
from data.segments.serving import TABLE

Conditions = tuple[list[str], dict[str, Any]]
# High-value at-risk: seen within the year, likelier than not to stay away, among the best quarter by money.
SEEN_DAYS: Final = 365
RISKY: Final = 0.5
# Where no churn risk is known: not seen for longer than this share of the customers.
RISKY_RECENCY: Final = 0.6
VALUABLE: Final = 0.75


def filters_of(file: SegmentFile) -> frozenset[str]:
    """The parts of a filter that the columns of the file can answer."""
    can = {
        "clv": file.value_column is not None,
        "churn": "churn_risk" in file.columns,
        "where": bool(file.attributes),
        "region": len(file.metrics) > 1,
        "flow": "was" in file.columns,
        "at_risk": {"recency_days", "monetary"} <= file.columns,
    }
    return frozenset({"segments", "search", *(name for name, possible in can.items() if possible)})


def fitting(file: SegmentFile, looks: Sequence[Look], chosen: SegmentFilter) -> SegmentFilter:
    """The part of a filter that makes sense for these customers: what an address has from others is left out.

    Segments that were merged become the segment they were merged into.
    """
    can = filters_of(file)
    own = {key: look.key for look in looks for key in (look.key, *look.keys)}
    known = {item["key"] for item in file.attributes}
    region, flow = chosen.region, chosen.flow
    if region is not None and not {region.x, region.y} <= set(file.metrics):
        region = None
    if flow is not None:
        before, now = own.get(flow[0], flow[0] if flow[0] == NEW else None), own.get(flow[1])
        flow = (before, now) if "flow" in can and before is not None and now is not None else None
    return replace(
        chosen,
        segments=tuple(own[key] for key in chosen.segments if key in own),
        clv=chosen.clv if "clv" in can else "",
        churn=chosen.churn if "churn" in can else "",
        where=tuple((key, values) for key, values in chosen.where if key in known),
        region=region,
        flow=flow,
        at_risk=chosen.at_risk and "at_risk" in can,
    )


def relation(
    file: SegmentFile, looks: Sequence[Look], chosen: SegmentFilter, extra: Iterable[str] = ()
) -> tuple[str, dict[str, Any]]:
    """What follows FROM to have the customers of `chosen`, and its parameters.

    `extra` are further conditions of our own on columns of the file.
    """
    conditions, params = _conditions(file, looks, fitting(file, looks, chosen))
    return f"{TABLE} WHERE {' AND '.join([*extra, *conditions]) or 'true'}", params


def lead(looks: Sequence[Look], column: str = "code") -> str:
    """The code that stands for a customer's segment: the first of its look's codes."""
    merged = [(code, look.codes[0]) for look in looks for code in look.codes[1:]]
    if not merged:
        return column
    cases = " ".join(f"WHEN {code} THEN {first}" for code, first in merged)
    return f"CASE {column} {cases} ELSE {column} END"


def _conditions(file: SegmentFile, looks: Sequence[Look], chosen: SegmentFilter) -> Conditions:
    conditions: list[str] = []
    params: dict[str, Any] = {}
    if chosen.segments:
        conditions.append(_among("code", looks, chosen.segments))
    if chosen.clv:
        conditions.append(_band(file, chosen.clv, params))
    if chosen.churn:
        low, high = (f"CAST({cut!r} AS FLOAT)" for cut in CHURN_CUTS)
        bounds = {"low": f"< {low}", "medium": f">= {low} AND churn_risk < {high}", "high": f">= {high}"}
        conditions.append(f"churn_risk {bounds[chosen.churn]}")
    conditions.extend(_where(file, key, values) for key, values in chosen.where)
    if chosen.flow is not None:
        before, now = chosen.flow
        conditions.append("was IS NULL" if before == NEW else _among("was", looks, (before,)))
        conditions.append(_among("code", looks, (now,)))
    if chosen.at_risk:
        conditions.append(_at_risk(file, params))
    if chosen.region is not None:
        params["region"] = file.drawn(chosen.region)
        conditions.append(_marked("region"))
    if chosen.search:
        conditions.append(_search(file, chosen.search, params))
    return conditions, params


def _among(column: str, looks: Sequence[Look], keys: Sequence[str]) -> str:
    codes = [str(code) for look in looks if look.key in keys for code in look.codes]
    return f"{column} IN ({', '.join(codes)})" if codes else "false"


def _band(file: SegmentFile, band: str, params: dict[str, Any]) -> str:
    column = file.value_column
    if column is None:
        return "true"
    low, high, top = (float(cut) for cut in file.manifest["bands"][column])
    params |= {
        "top10": {"band_from": top},
        "top25": {"band_from": high},
        "middle": {"band_above": low, "band_below": high},
        # Many customers may share the lowest value: they are all of the lowest band.
        "bottom25": {"band_to": low},
    }[band]
    return {
        "top10": f"{column} >= $band_from",
        "top25": f"{column} >= $band_from",
        "middle": f"{column} > $band_above AND {column} < $band_below",
        "bottom25": f"{column} <= $band_to",
    }[band]


def _where(file: SegmentFile, key: str, values: Sequence[str]) -> str:
    kind = next(item["type"] for item in file.attributes if item["key"] == key)
    if kind == NUMBER:
        numbers = [_number(value) for value in values if value != MISSING]
        found = [text for text in numbers if text is not None]
        terms = [f"{key} IN ({', '.join(found)})"] if found else []
    else:
        wanted = set(values)
        terms = _coded(key, (code for code, word in enumerate(file.words(key)) if word in wanted))
    if MISSING in values:
        terms.append(f"{key} IS NULL")
    return f"({' OR '.join(terms)})" if terms else "false"


def _coded(key: str, codes: Iterable[int]) -> list[str]:
    found = [str(code) for code in codes]
    return [f"enum_code({key}) IN ({', '.join(found)})"] if found else []


def _search(file: SegmentFile, text: str, params: dict[str, Any]) -> str:
    sought = text.lower()
    params["search"] = file.named(sought)
    terms = [_marked("search")]
    for key in file.categories:
        terms += _coded(key, (code for code, word in enumerate(file.words(key)) if sought in word.lower()))
    return f"({' OR '.join(terms)})"


def _marked(param: str) -> str:
    """The condition that a customer's place in the file is marked in a parameter of one bit a customer."""
    return f"get_bit(CAST(${param} AS BIT), CAST(rowid AS INTEGER)) = 1"


def _at_risk(file: SegmentFile, params: dict[str, Any]) -> str:
    bands = (file.manifest.get("bands") or {}).get("monetary")
    params["worth"] = float(bands[1]) if bands else file.quantile("monetary", VALUABLE)
    if "churn_risk" in file.columns:
        risky = f"churn_risk >= CAST({RISKY!r} AS FLOAT)"
    else:
        params["unseen"] = file.quantile("recency_days", RISKY_RECENCY)
        risky = "recency_days > $unseen"
    return f"recency_days < {SEEN_DAYS} AND {risky} AND monetary >= $worth"


def _number(text: str) -> str | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return literal(value) if abs(value) < 1e300 else None


def literal(value: float) -> str:
    """A float as the engine reads it."""
    # An exponent makes it a float, brackets keep a negative one from becoming a comment.
    return f"({float(value):.17e})"
