"""How segments appear: the names, colours and merges people chose over what a segmentation found."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data.errors import InputError

# No key of a segment has brackets: one of the rules is called "new".
NEW: Final = "(new)"
NEW_NAME: Final = "Not yet a customer"
GREY: Final = 0
COLOURS: Final = 12
NAME_LENGTH: Final = 60
# The same segment has the same colour in every segmentation and after every refresh.
COLOUR_OF: Final[dict[str, int]] = {
    "champions": 1,
    "loyal": 2,
    "potential_loyalists": 3,
    "new": 4,
    "promising": 5,
    "need_attention": 6,
    "about_to_sleep": 7,
    "at_risk": 8,
    "cant_lose": 9,
    "hibernating": 10,
    "lost": 11,
    "high_spenders": 1,
    "occasional": 5,
    "dissatisfied": 8,
    "new_or_promising": 4,
    "lapsed_low_value": 11,
    "outliers": GREY,
}
Edit = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """One segment as people see it.

    `colour` is the number of a colour token (0 grey, 1-12); `codes` the codes of the file it stands for,
    more than one after a merge, and `keys` the keys of those, its own first; `customers` of the whole
    segmentation.
    """

    key: str
    name: str
    colour: int
    codes: tuple[int, ...]
    definition: str
    customers: int
    keys: tuple[str, ...] = ()


def looks_of(report: Mapping[str, Any], edits: Mapping[str, Mapping[str, Any]]) -> tuple[Look, ...]:
    """The segments of a segmentation's `report` with the `edits` of people applied, in the report's order.

    `edits` is `{key: {"name"?, "colour"?, "into"?}}`. What does not apply (a segment that a refresh no
    longer found, a circle of merges) is passed over, and a name that two would have is numbered.
    """
    found = {str(item["key"]): item for item in report["segments"]}
    target = {key: _target(key, found, edits) for key in found}
    colours = _colours([key for key in found if target[key] == key], edits)
    looks: list[Look] = []
    taken: set[str] = set()
    for key, item in found.items():
        if target[key] != key:
            continue
        parts = [item, *(other for name, other in found.items() if name != key and target[name] == key)]
        name = _unique(str(edits.get(key, {}).get("name") or item["name"]), taken)
        looks.append(
            Look(
                key=key,
                name=name,
                colour=colours[key],
                codes=tuple(int(part["code"]) for part in parts),
                definition=" Together with: ".join(
                    str(part["definition"]) if place == 0 else f"{part['name']}. {part['definition']}"
                    for place, part in enumerate(parts)
                ),
                customers=sum(int(part["customers"]) for part in parts),
                keys=tuple(str(part["key"]) for part in parts),
            )
        )
    return tuple(looks)


def check_looks(
    edits: Mapping[str, Mapping[str, Any]], report: Mapping[str, Any] | None = None
) -> dict[str, Edit]:
    """`edits` as they are kept: names cleaned, what is empty left out.

    Raises InputError for a name that is empty, too long or that another segment has (in any case of
    letters), a colour that does not exist, and a merge that goes in circles or, where the `report` is
    given, into a segment that is not there.
    """
    kept: dict[str, Edit] = {}
    for key, given in edits.items():
        item: Edit = {}
        if given.get("name") is not None:
            item["name"] = clean_name(given["name"])
        if given.get("colour") is not None:
            item["colour"] = _checked_colour(given["colour"])
        if given.get("into") is not None:
            item["into"] = str(given["into"])
        if item:
            kept[str(key)] = item
    for key in kept:
        _check_merge(key, kept)
    if report is not None:
        _check_against(kept, report)
    return kept


def clean_name(text: Any, what: str = "segment") -> str:
    """A name without control characters and outer blanks; InputError unless 1 to 60 characters are left."""
    name = " ".join(clean_text(text).split()) if isinstance(text, str) else ""
    if not any(letter.isprintable() for letter in name):
        name = ""
    if not 1 <= len(name) <= NAME_LENGTH:
        raise InputError(f"The name of a {what} has 1 to {NAME_LENGTH} characters; this one has {len(name)}.")
    return name


def clean_text(text: Any) -> str:
    """A text without outer blanks and without characters that are not to be seen; line breaks stay."""
    # Marks that turn the direction of a line would reorder the words beside it; a joiner makes one sign of two.
    return "".join(
        letter
        for letter in str(text).replace("\r\n", "\n")
        if letter in "\n\t\u200d" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co")
    ).strip()


def _checked_colour(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not GREY <= value <= COLOURS:
        raise InputError(f"A segment's colour is a number from {GREY} (grey) to {COLOURS}, not {value!r}.")
    return value


def _check_merge(key: str, edits: Mapping[str, Edit]) -> None:
    seen = {key}
    while (into := edits.get(key, {}).get("into")) is not None:
        if into in seen:
            raise InputError("Segments cannot be merged in a circle: undo one of the merges first.")
        seen.add(into)
        key = into


def _check_against(edits: Mapping[str, Edit], report: Mapping[str, Any]) -> None:
    known = {str(item["key"]): str(item["name"]) for item in report["segments"]}
    names: dict[str, str] = {}
    for key, edit in edits.items():
        into = edit.get("into")
        if key in known and into is not None and into not in known:
            raise InputError("A segment can be merged into another one of the same segmentation only.")
    for key, original in known.items():
        if "into" in edits.get(key, {}):
            continue
        name = edits.get(key, {}).get("name", original)
        if name.casefold() in names:
            raise InputError(f"There is already a segment called {name!r}: choose another name.")
        names[name.casefold()] = key


def _target(key: str, found: Mapping[str, Any], edits: Mapping[str, Mapping[str, Any]]) -> str:
    """The key that `key` is merged into, through any number of merges; itself where that leads nowhere."""
    seen = [key]
    while (into := edits.get(seen[-1], {}).get("into")) in found:
        if into in seen:
            return key
        seen.append(str(into))
    return seen[-1]


def _colours(keys: Iterable[str], edits: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    open_keys = []
    for key in keys:
        colour = edits.get(key, {}).get("colour", COLOUR_OF.get(key))
        if colour is None:
            open_keys.append(key)
        else:
            chosen[key] = int(colour)
    # By name, from a place of its own: independent of order, so a refresh seldom recolours a segment.
    for key in sorted(open_keys):
        first = zlib.crc32(key.encode()) % COLOURS
        ring = [1 + (first + step) % COLOURS for step in range(COLOURS)]
        taken = set(chosen.values())
        chosen[key] = next((colour for colour in ring if colour not in taken), ring[0])
    return chosen


def _unique(name: str, taken: set[str]) -> str:
    shown, place = name, 2
    while shown.casefold() in taken:
        shown, place = f"{name} ({place})", place + 1
    taken.add(shown.casefold())
    return shown
