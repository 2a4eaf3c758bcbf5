"""Commands about campaigns: would it make money, and did it."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli_tools import Json, check_list, existing, progress, reads_a_file, show, takes, workplace, writing
from data.errors import InputError
from data.store import Analysis, Store
from models.campaign.params import LIMITS, RANKS, UNITS, CampaignParams
from settings import Settings

if TYPE_CHECKING:
    from data.reading import ImportOptions
    from jobs.campaigns import CampaignBook

Share = float | None
Discount = Annotated[Share, typer.Option(help="Share of the order value that is given off (default: 0.15).")]
Margin = Annotated[Share, typer.Option(help="Share of spend left after the cost of the goods.")]
Redemption = Annotated[
    Share,
    typer.Option(help="Share of the orders that would have come anyway which use the discount (0.4)."),
]
ContactCost = Annotated[Share, typer.Option(help="Cost of contacting one customer (0.10).")]
FixedCost = Annotated[Share, typer.Option(help="Cost of the campaign whatever its size (0).")]


def _campaign_settings(
    contacted: Annotated[int | None, typer.Option(help="Customers contacted, the best first (500).")] = None,
    rank: Annotated[str | None, typer.Option(help=f"Rank by one of {', '.join(RANKS)} (profit).")] = None,
    discount: Discount = None,
    margin: Margin = None,
    uplift: Annotated[
        Share, typer.Option(help="How much likelier a customer buys with the offer (0.5: half again).")
    ] = None,
    uplift_unit: Annotated[
        str | None, typer.Option(help=f"The uplift is one of {', '.join(UNITS)} (relative).")
    ] = None,
    uplift_range: Annotated[
        Share, typer.Option(help="The uplift lies within this much of it with 80 % probability (0.4).")
    ] = None,
    redemption: Redemption = None,
    contact_cost: ContactCost = None,
    fixed_cost: FixedCost = None,
    budget: Annotated[
        Share, typer.Option(help="Most that the campaign may cost in all (0: no limit).")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="Days after the contact in which purchases count.")
    ] = None,
    forecast_error: Annotated[
        Share, typer.Option(help="How far the level of spend may miss the forecast (the backtest's error).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help=f"Seed of everything random ({LIMITS['seed'].default:g}).")
    ] = None,
    holdout: Annotated[
        Share, typer.Option(help="Share left out at random: --out then has a column arm.")
    ] = None,
) -> dict[str, Any]:
    """The settings of a campaign, as told on the command line."""
    told = dict(locals())
    told["horizon_days"] = told.pop("horizon")
    return {name: value for name, value in told.items() if value is not None}


def simulate(
    asked: dict[str, Any],
    analysis: Annotated[str | None, typer.Argument(help="Analysis id (default: the newest).")] = None,
    audience: Annotated[
        str,
        typer.Option(
            help="at_risk, high_value, red, everybody, segment:SEGMENTATION:KEY or list:ID.",
        ),
    ] = "at_risk",
    out: Annotated[
        Path | None, typer.Option(help="File for the customers to contact, .csv or .xlsx.")
    ] = None,
    segments_out: Annotated[
        Path | None, typer.Option(help="File for the campaign to each segment, .csv.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell whether a campaign to customers of an analysis makes money, and how sure that is."""
    from cli_campaign_words import answer_lines, answer_of
    from data.segments.edits import Edits
    from jobs.campaigns import CampaignBook

    if out:
        check_list(out)
    if segments_out and segments_out.suffix.lower() != ".csv":
        raise InputError(f"The segments are written as .csv, not {segments_out.suffix or 'without ending'}.")
    settings = Settings()
    store = Store(settings.home)
    found = _analysis(store, analysis)
    book = CampaignBook(store, Edits(store.home), found, settings.threads, settings.memory_mb)
    params = CampaignParams.from_params(asked, book.start)
    told = answer_of(book, audience, params)
    if segments_out:
        _write_segments(book, params, segments_out)
    if out:
        _write_list(book, audience, params, out, with_arms="holdout" in asked)
    show(told, as_json, answer_lines(told))
    for path in filter(None, (out, segments_out)):
        sys.stderr.write(f"{path} written\n")


def _analysis(store: Store, analysis: str | None) -> Analysis:
    found = store.analysis(analysis) if analysis else store.latest_analysis()
    if found is None:
        raise InputError("The workspace holds no analysis yet: run `lapwing analyse` first.")
    return found


def _write_segments(book: CampaignBook, params: CampaignParams, path: Path) -> None:
    from data.exports import write_frame_csv
    from models.campaign.by_segment import DECIMALS

    frame = book.segments(params)
    with writing(path) as partial:
        write_frame_csv(frame, partial, DECIMALS)


def _write_list(
    book: CampaignBook, audience: str, params: CampaignParams, path: Path, *, with_arms: bool
) -> None:
    import pyarrow as pa

    from data.exports import csv_chunks, write_xlsx
    from models.campaign.arms import arms

    found, chosen = book.answer(audience, params), book.audience(audience)
    drawn = None
    if with_arms:
        ids = book.file.ids.take(pa.array(chosen.places[found.order[: found.contacted]]))
        drawn = arms(ids, params.holdout, params.seed)
    batches = book.rows(audience, params, drawn)
    with writing(path) as partial:
        if path.suffix.lower() == ".xlsx":
            write_xlsx(batches, partial, "Campaign", found.contacted)
        else:
            with partial.open("wb") as target:
                target.writelines(csv_chunks(batches))


def _costs(
    discount: Discount = None,
    margin: Margin = None,
    redemption: Redemption = None,
    contact_cost: ContactCost = None,
    fixed_cost: FixedCost = None,
) -> dict[str, Any]:
    """What the campaign cost, as told on the command line."""
    return {name: value for name, value in dict(locals()).items() if value is not None}


def readout(
    costs: dict[str, Any],
    options: ImportOptions,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="One row a customer: their arm and what they spent.")
    ] = None,
    arm: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the arm.")] = None,
    control: Annotated[
        str | None, typer.Option(metavar="VALUE", help="The arm that was left out, as the column has it.")
    ] = None,
    spend: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of what they spent.")] = None,
    converted: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of whether they bought (default: spend > 0).")
    ] = None,
    customer: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the customer id.")] = None,
    covariate: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of what was predicted of their spend before.")
    ] = None,
    given: Annotated[
        str | None,
        typer.Option("--discount-column", metavar="COLUMN", help="Column of the money given off to each."),
    ] = None,
    planned: Annotated[
        Share, typer.Option(help="Share that was planned to be left out (default: arms of equal size).")
    ] = None,
    spend_is: Annotated[
        str, typer.Option(help="Amounts are what was paid, or at list price before the discount: paid, list.")
    ] = "paid",
    analysis: Annotated[
        str | None, typer.Option(metavar="ID", help="Analysis whose predicted spend is the covariate.")
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Saved campaign: its costs, and its customers without FILE."),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Data set with the orders since the campaign (default: the newest)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read the result of a campaign: what it changed against the customers who were left out."""
    from cli_campaign_words import readout_lines
    from jobs import readouts
    from jobs.readout_columns import Roles

    if file is None and campaign is None:
        raise InputError("Give the FILE with the result, or --campaign with the id of a saved campaign.")
    roles = Roles(arm, spend, customer, converted, covariate, given)
    settings = Settings()
    with ExitStack() as stack:
        if analysis or campaign:
            store = Store(settings.home)
        else:
            # Nothing of the workspace is asked for: a file can be read where there is none.
            store = Store(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lapwing-"))) / "ws")
        saved = store.campaign(campaign) if campaign else None
        begun = CampaignParams.from_params(saved.manifest["params"], CampaignParams()) if saved else None
        # Of a file nothing is known: a discount that nobody told of is none.
        params = CampaignParams.from_params(costs, begun or CampaignParams(discount=0.0))
        place = stack.enter_context(workplace(settings, store))
        report = stack.enter_context(progress())
        if file is None and saved is not None:
            orders = dataset or _newest_version(store, str(saved.manifest["series"]))
            found = readouts.read_campaign(place, saved.id, orders, params=params, report=report)
        else:
            assert file is not None  # noqa: S101  # one of both is given
            found = readouts.read_file(
                place,
                existing(file),
                file.name,
                options,
                roles,
                params=params,
                control=control,
                analysis=store.analysis(analysis) if analysis else None,
                campaign=saved,
                held_out=planned,
                spend_is=spend_is,
                report=report,
            )
    show(found.result, as_json, readout_lines(found.result))


def _newest_version(store: Store, series: str) -> str:
    """The data set that the customers of a campaign are from, as it is now."""
    found = next((one.id for one in store.datasets() if one.series == series), None)
    if found is None:
        raise InputError(
            "The data set of this campaign is gone: import the orders since, and name it with --dataset."
        )
    return found


def register(app: typer.Typer) -> None:
    """Add the commands to the `lapwing` command."""
    app.command()(takes("asked", _campaign_settings)(simulate))
    app.command()(takes("costs", _costs)(reads_a_file(readout)))
