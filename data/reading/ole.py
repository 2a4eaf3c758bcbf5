"""The container of old Office files (MS-CFB): whether its tables of sectors can be followed to an end."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

# Two shifts, and from the counts and starts of the tables those that readers follow.
_SHIFTS: Final = struct.Struct("<30xHH")
_COUNTS: Final = struct.Struct("<44xII4xIIIII")
_FIRST_TABLES: Final = 109
_ENTRY: Final = 128
_STORAGE_TYPES: Final = (2, 5)  # a stream, and the root with the small streams
_LAST_SECTOR: Final = 0xFFFFFFFA


def is_sound(data: bytes) -> bool:
    """Whether every chain of sectors in `data` ends, and nothing claims to be longer than the file.

    Readers follow these chains blindly: one that bites its tail takes all the memory there is.
    """
    try:
        _follow_all(data)
    except (struct.error, IndexError, ValueError):
        return False
    return True


def _follow_all(data: bytes) -> None:
    """Follow every chain; raises ValueError, IndexError or struct.error where one cannot be followed."""
    shift, small_shift = _SHIFTS.unpack_from(data)
    tables, directory, cutoff, small_tables, small_count, more_tables, more_count = _COUNTS.unpack_from(data)
    if shift not in (9, 12) or small_shift != 6:
        raise ValueError(shift)
    size = 1 << shift
    sectors = -(-len(data) // size)
    if max(tables, small_count, more_count) > sectors:
        raise ValueError(tables)

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    def numbers(number: int) -> tuple[int, ...]:
        part = sector(number)
        return struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4])

    listed = list(struct.unpack_from(f"<{_FIRST_TABLES}I", data, 76))
    while more_tables < _LAST_SECTOR:
        *found, more_tables = numbers(more_tables)
        listed += found
        if len(listed) > _FIRST_TABLES + sectors * (size // 4):
            raise ValueError(more_tables)
    fat = [entry for table in listed if table < _LAST_SECTOR for entry in numbers(table)]
    small = [entry for table in _chain(fat, small_tables) for entry in numbers(table)]
    entries = b"".join(map(sector, _chain(fat, directory)))
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        kind, start, length = entries[at + 66], *struct.unpack_from("<II", entries, at + 116)
        if kind not in _STORAGE_TYPES:
            continue
        if length > len(data):
            raise ValueError(length)
        is_small = kind != _STORAGE_TYPES[1] and length < cutoff
        if length:
            for _ in _chain(small if is_small else fat, start):
                pass


def _chain(table: list[int], start: int) -> Iterator[int]:
    """The sectors from `start` to the end of their chain; raises ValueError where it has none."""
    steps = 0
    while start < _LAST_SECTOR:
        yield start
        start = table[start]
        steps += 1
        if steps > len(table):
            raise ValueError(start)
