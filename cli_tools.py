"""What several commands of `lapwing` share: options that say how a file is read, folders, progress, answers."""

from __future__ import annotations

import errno
import inspect
import json
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from data.errors import InputError
from data.store import Store
from settings import Settings

# The engine is imported where it is used: `lapwing --help` shall not wait for it.
if TYPE_CHECKING:
    from data.reading import ImportOptions, Report
    from jobs.workplace import Workplace

Map = Annotated[list[str], typer.Option("--map", metavar="ROLE=COLUMN", help="Which column holds what.")]
DateOrder = Annotated[str | None, typer.Option(help="Order of day, month and year: dmy, mdy or ymd.")]
Decimal = Annotated[str | None, typer.Option(help="Decimal mark: '.' or ','.")]
Encoding = Annotated[str | None, typer.Option(help="Text encoding, such as utf-8 or cp1252.")]
Delimiter = Annotated[str | None, typer.Option(help="Character between columns.")]
Header = Annotated[bool | None, typer.Option("--header/--no-header", help="Whether line one names columns.")]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook.")]
AmountIs = Annotated[
    str | None, typer.Option(help="What the amount is: line_total, unit_price or order_total.")
]
DateKind = Annotated[str | None, typer.Option(help="How dates are written, such as yyyymmdd or excel.")]
Kind = Annotated[str | None, typer.Option(help="What a row is: transactions or customers.")]
CurrencyToKeep = Annotated[str | None, typer.Option("--currency", help="The currency to keep of several.")]
Duplicates = Annotated[str, typer.Option(help="Exact duplicate rows: keep or drop.")]
Unpaid = Annotated[str, typer.Option(help="Orders cancelled or never paid: keep or drop.")]
ServiceLines = Annotated[str, typer.Option(help="Postage, fees and the like: keep or drop.")]
CancelledPairs = Annotated[str, typer.Option(help="Purchases cancelled in full: keep or drop.")]
PartialMonth = Annotated[str, typer.Option(help="A last month that is cut short: keep or drop.")]
Json = Annotated[bool, typer.Option("--json", help="Print a machine-readable result.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV, XLSX, XLS, Parquet, fixed width; gzip or zip of one.")
]


def check_address(host: str, port: int) -> None:
    """Whether a server can listen there; InputError with what to do instead where it cannot."""
    instead = "choose another one with --port or LAPWING_PORT"
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return
    except (OSError, UnicodeError) as error:
        why = getattr(error, "errno", None)
        if why == errno.EADDRINUSE:
            raise InputError(f"Port {port} is in use, perhaps by another Lapwing: {instead}.") from None
        if why == errno.EACCES:
            raise InputError(f"Port {port} may not be used by this account: {instead}.") from None
        raise InputError(
            f"{host} is no address of this machine: use 127.0.0.1 for this machine alone, 0.0.0.0 for its network."
        ) from None


def reading_options(
    map: Map = [],  # noqa: B006  # typer reads the name and the default
    kind: Kind = None,
    date_order: DateOrder = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    header: Header = None,
    sheet: Sheet = None,
    amount_is: AmountIs = None,
    date_kind: DateKind = None,
    currency: CurrencyToKeep = None,
    duplicates: Duplicates = "keep",
    unpaid: Unpaid = "drop",
    service_lines: ServiceLines = "keep",
    cancelled_pairs: CancelledPairs = "keep",
    partial_month: PartialMonth = "keep",
) -> ImportOptions:
    """How to read a file, as told on the command line; what is not told is found out."""
    from data.reading import ImportOptions

    told = dict(locals())
    pairs = {}
    for item in told.pop("map"):
        role, equals, column = item.partition("=")
        if not equals:
            raise InputError(f"--map takes ROLE=COLUMN, such as customer_id=Client, not {item!r}.")
        pairs[role.strip()] = column.strip()
    told["delimiter"] = delimiter.replace("\\t", "\t") if delimiter else None
    names_of_options = set(ImportOptions.__dataclass_fields__)
    return ImportOptions.from_dict(
        {name: value for name, value in told.items() if name in names_of_options} | {"mapping": pairs or None}
    )


def takes(parameter: str, gather: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: a command that takes what `gather` makes as its `parameter` gets the options of `gather` instead."""
    ours = inspect.signature(gather).parameters

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        theirs = [item for name, item in inspect.signature(command).parameters.items() if name != parameter]

        def taking_each(**values: Any) -> None:
            told = {name: values.pop(name) for name in ours}
            command(**values, **{parameter: gather(**told)})

        hints = {
            name: hint
            for function in (command, gather)
            for name, hint in get_type_hints(
                function, localns={"ImportOptions": object}, include_extras=True
            ).items()
        }
        parameters = [item.replace(annotation=hints[item.name]) for item in (*theirs, *ours.values())]
        taking_each.__name__, taking_each.__doc__ = command.__name__, command.__doc__
        taking_each.__annotations__ = {item.name: item.annotation for item in parameters}
        taking_each.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # known to inspect
        return taking_each

    return decorate


reads_a_file = takes("options", reading_options)


def show(result: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    text = json.dumps(result, ensure_ascii=False, indent=2) if as_json else "\n".join(lines)
    if sys.stdout is not None:  # as it is where the caller closed it
        sys.stdout.write(text + "\n")


def existing(file: Path) -> Path:
    if not file.is_file():
        raise InputError(f"There is no file {file}.")
    return file


@contextmanager
def progress() -> Iterator[Report]:
    """A progress bar on stderr, as the report of a pipeline."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        "{task.percentage:>3.0f} %",
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Starting", total=1.0)
        try:
            yield lambda share, text: bar.update(task, completed=share, description=text)
        except BaseException:
            # A bar that stopped midway would stand before the sentence that says why.
            bar.remove_task(task)
            raise


@contextmanager
def workplace(settings: Settings, store: Store) -> Iterator[Workplace]:
    from jobs.workplace import Workplace

    with tempfile.TemporaryDirectory(prefix="cli-", dir=store.home / "tmp") as scratch:
        yield Workplace(store, settings, Path(scratch))


@contextmanager
def beside(out: Path) -> Iterator[Path]:
    """A temporary folder on the disk of `out`; nothing of it stays, whatever happens."""
    parent = out.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".lapwing-", dir=parent))
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.") from None
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_list(out: Path) -> None:
    """Raise InputError where a list of customers could not be written to `out`."""
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise InputError(f"The list is written as .csv or .xlsx, not {out.suffix or 'without ending'}.")
    if out.is_dir():
        raise InputError(f"{out} is a folder; --out names a file here.")


def check_folder(out: Path, files: Iterable[str], *, models: bool = False) -> None:
    """Raise InputError where the result files could not be put into `out`, before any work is done."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; --out names a folder.")
    for name in files:
        if (out / name).is_dir():
            raise InputError(f"{out / name} is a folder, where a result file goes: choose another --out.")
    if models and (out / "models").exists() and not (out / "models").is_dir():
        raise InputError(
            f"{out / 'models'} is a file, where the folder of models goes: choose another --out."
        )


def move_files(ready: Path, out: Path) -> list[str]:
    """Put the files of `ready` into `out`, each in one step; returns their names."""
    written = []
    for path in sorted(ready.rglob("*")):
        target = out / path.relative_to(ready)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            written.append(str(path.relative_to(ready)))
    return written


@contextmanager
def writing(out: Path) -> Iterator[Path]:
    """A path to write to that becomes `out` when all went well."""
    if out.is_dir():
        raise InputError(f"{out} is a folder; --out names a file here.")
    with beside(out) as work:
        partial = work / f"partial{out.suffix}"
        yield partial
        partial.replace(out)
