"""Where customers belong in the segments of a model: its analysis' own segmentations, or those saved beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from data.errors import InputError, LapwingError
from data.segments.edits import Edits
from data.segments.looks import Look, looks_of
from data.store import SEGMENTER, Segmentation, Store
from models.segmentation.params import RULES
from models.segmentation.playbook import Play, play_for

if TYPE_CHECKING:
    import pandas as pd

    from models.segmentation.segmenter import Segmenter

# Columns of scored customers: the segment by rules, the cluster, and what to do about them.
SEGMENT: Final = "segment"
CLUSTER: Final = "cluster"
RECOMMENDATION: Final = "recommendation"
# What `run` writes of its segmentations into the folder of its models.
SAVED: Final = {SEGMENT: "segments.json", CLUSTER: "clusters.json"}
Playbook = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Division:
    """A segmentation that later customers are assigned by, and how its segments appear.

    `id` is that of the segmentation in the workspace, None for one saved beside a model.
    """

    segmenter: Segmenter
    looks: tuple[Look, ...]
    id: str | None = None

    def look(self, code: int) -> Look | None:
        """The segment of that code; None where there is none."""
        return next((look for look in self.looks if code in look.codes), None)


@dataclass(frozen=True)
class Divisions:
    """The divisions of a model by SEGMENT and CLUSTER, as far as it has them, and what people changed of the advice."""

    found: Mapping[str, Division]
    playbook: Playbook

    def columns(self, features: pd.DataFrame) -> dict[str, list[str]]:
        """The column of each division by customer, in the order of `features`, and the RECOMMENDATION.

        Empty where there is no division. The recommendation goes by the rules, else by the cluster.
        """
        names: dict[str, list[str]] = {}
        advice: list[str] = []
        for column, division in self.found.items():
            # One by more than features (a country, say) cannot tell where other customers belong.
            with suppress(InputError):
                codes = division.segmenter.assign(features).tolist()
                looks = {code: division.look(code) for code in set(codes)}
                shown = {code: look.name if look else "" for code, look in looks.items()}
                names[column] = [shown[code] for code in codes]
                if not advice:
                    told = {
                        code: self.play(look.key).strategy if look else "" for code, look in looks.items()
                    }
                    advice = [told[code] for code in codes]
        return {**names, RECOMMENDATION: advice} if names else {}

    def counts(self, columns: Mapping[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
        """How many customers are in each segment of what `columns` gave: name, colour and customers, by column."""
        return {
            name: [
                {"name": look.name, "colour": look.colour, "customers": found[look.name]}
                for look in division.looks
                if found[look.name]
            ]
            for name, division in self.found.items()
            if name in columns and (found := Counter(columns[name]))
        }

    def play(self, key: str) -> Play:
        """What to do about the segment `key`, in the words that people gave it where they did."""
        return overlaid(play_for(key), self.playbook.get(key, {}))


def overlaid(play: Play, edits: Mapping[str, str]) -> Play:
    """The play with the texts that people wrote in the place of its own."""
    return Play(**{name: str(edits.get(name) or getattr(play, name)) for name in Play.__dataclass_fields__})


def default_segmentations(store: Store, analysis_id: str) -> dict[str, Segmentation]:
    """The newest default segmentation by rules, and the newest by another method, of an analysis."""
    found: dict[str, Segmentation] = {}
    for each in store.segmentations(analysis_id):
        if each.manifest.get("default"):
            found.setdefault(SEGMENT if each.method == RULES else CLUSTER, each)
    return {name: found[name] for name in SAVED if name in found}


def divisions_of_analysis(store: Store, analysis_id: str) -> Divisions:
    """What the customers of an analysis were divided by; a segmentation that cannot be read is left out."""
    from models.segmentation.segmenter import Segmenter

    edits = Edits(store.home)
    found: dict[str, Division] = {}
    for name, each in default_segmentations(store, analysis_id).items():
        with suppress(LapwingError):
            looks = looks_of(each.report, edits.looks(each.series, each.method))
            segmenter = Segmenter.from_json(each.file(SEGMENTER).read_bytes())
            found[name] = Division(segmenter, looks, each.id)
    return Divisions(found, edits.playbook())


def divisions_of_folder(folder: Path) -> Divisions:
    """What `run` saved beside its models in `folder`; nothing where it is of an older version.

    Raises StoreError where a file is damaged.
    """
    from models.segmentation.segmenter import Segmenter

    found: dict[str, Division] = {}
    for name, file in SAVED.items():
        if (folder / file).is_file():
            segmenter = Segmenter.from_json((folder / file).read_bytes())
            found[name] = Division(segmenter, looks_of(segmenter.report_, {}))
    return Divisions(found, {})
