"""The query engine: DuckDB inside the process, closed to everything but the folders it is given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

DEFAULT_MEMORY_MB = 2048


def connect(
    folders: Iterable[Path],
    *,
    threads: int = 2,
    memory_mb: int = DEFAULT_MEMORY_MB,
    temp: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open an in-memory engine that may read and write below `folders` and nowhere else.

    `temp` is where the engine spills what does not fit in `memory_mb` (default: no spilling).
    The configuration is locked, so no later statement can widen it. Take one `.cursor()` a thread.
    """
    allowed = [f"{Path(folder).resolve()}/" for folder in folders]
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": f"{memory_mb}MB",
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if temp is not None:
        temp.mkdir(parents=True, exist_ok=True, mode=0o700)
        config["temp_directory"] = str(temp.resolve())
        allowed.append(f"{temp.resolve()}/")
    else:
        config["temp_directory"] = ""
    connection = duckdb.connect(":memory:", config=config)
    quoted = ", ".join("'" + folder.replace("'", "''") + "'" for folder in allowed)
    connection.execute(f"SET allowed_directories = [{quoted}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def quote(text: str) -> str:
    """`text` as an SQL string literal, for the few places that take no parameter (file names)."""
    return "'" + text.replace("'", "''") + "'"


def scan(paths: Iterable[Path]) -> str:
    """The FROM expression that reads Parquet `paths`; columns that only some of them have are NULL in the others."""
    names = [quote(str(Path(path).resolve())) for path in paths]
    by_name = ", union_by_name = true" if len(names) > 1 else ""
    return f"read_parquet([{', '.join(names)}]{by_name})"
