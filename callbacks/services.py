"""What callbacks work with: settings, the store, the job queue and the open analyses."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from data.errors import NotFoundError
from data.kept import Kept
from data.overview.boards import Overview
from data.queries import CustomerQueries
from data.segments.edits import Edits
from data.segments.file import SegmentFile
from data.segments.looks import looks_of
from data.segments.queries import SegmentQueries
from data.store import Analysis, Store
from jobs.campaigns import CampaignBook
from jobs.queue import JobQueue
from settings import Settings

_OPEN_ANALYSES = 4
_OPEN_SEGMENTATIONS = 4
_OPEN_CAMPAIGNS = 2
_READ_OVERVIEWS = 16


@dataclass(frozen=True)
class Services:
    """Handed to every callback module; holds nothing that differs between users."""

    settings: Settings
    store: Store
    jobs: JobQueue
    _open: OrderedDict[str, CustomerQueries] = field(default_factory=OrderedDict, repr=False)
    _segmented: OrderedDict[str, SegmentFile] = field(default_factory=OrderedDict, repr=False)
    _campaigns: Kept = field(default_factory=lambda: Kept(_OPEN_CAMPAIGNS), repr=False)
    _overviews: Kept = field(default_factory=lambda: Kept(_READ_OVERVIEWS), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def create(cls, settings: Settings) -> Services:
        """The services over the workspace that `settings` names."""
        store = Store(settings.home)
        store.sweep()
        return cls(settings, store, JobQueue(store.home, settings.job_workers))

    def analysis(self, analysis_id: str | None) -> Analysis:
        """The analysis of that id, or the newest; NotFoundError where there is none."""
        if analysis_id:
            return self.store.analysis(analysis_id)
        newest = self.store.latest_analysis()
        if newest is None:
            raise NotFoundError("There is no analysis yet: upload data or try the sample on the data page.")
        return newest

    def queries(self, analysis_id: str) -> CustomerQueries:
        """The open queries of an analysis; the last few stay open.

        An evicted one is not closed: another thread may be reading; it goes with its last reader.
        """
        analysis = self.store.analysis(analysis_id)
        with self._lock:
            found = self._open.pop(analysis_id, None) or CustomerQueries(
                analysis, threads=self.settings.threads, memory_mb=self.settings.memory_mb // 2
            )
            self._open[analysis_id] = found
            while len(self._open) > _OPEN_ANALYSES:
                self._open.popitem(last=False)
        return found

    def overview(self, analysis_id: str) -> Overview:
        """The overview of an analysis as it was worked out with it; the last few stay read.

        NotFoundError where there is no such analysis (any more), StoreError where its file is damaged.
        """
        analysis = self.store.analysis(analysis_id)
        return self._overviews.get(analysis_id, lambda: Overview.of(analysis))

    @property
    def edits(self) -> Edits:
        """What people changed of segments and of the playbook."""
        return Edits(self.store.home)

    def segments(self, segmentation_id: str) -> SegmentQueries:
        """The queries of a segmentation, with names, colours and merges as they are now.

        The last few files stay open. NotFoundError where there is no such segmentation (any more).
        """
        found = self.store.segmentation(segmentation_id)
        with self._lock:
            file = self._segmented.pop(segmentation_id, None) or SegmentFile(
                found, threads=self.settings.threads, memory_mb=self.settings.memory_mb // 2
            )
            self._segmented[segmentation_id] = file
            while len(self._segmented) > _OPEN_SEGMENTATIONS:
                self._segmented.popitem(last=False)
        looks = looks_of(found.report, self.edits.looks(found.series, found.method))
        return SegmentQueries(found, looks, file)

    def campaign(self, analysis_id: str) -> CampaignBook:
        """What campaigns to the customers of an analysis bring; the last few stay open.

        NotFoundError where there is no such analysis (any more).
        """
        analysis = self.store.analysis(analysis_id)
        return self._campaigns.get(
            analysis_id,
            # The settings of `queries`: the engine opens a file in one way only at a time.
            lambda: CampaignBook(
                self.store, self.edits, analysis, self.settings.threads, self.settings.memory_mb // 2
            ),
        )
