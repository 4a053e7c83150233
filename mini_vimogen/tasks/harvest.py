"""A data set of motions out of a folder of videos or keypoint tracks.

files -> harvest_lifting (records, clips) -> curation -> manifest -> report
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm.auto import tqdm

from mini_vimogen.clip import Clip
from mini_vimogen.data.curation import Curation, curate
from mini_vimogen.data.library import data_path
from mini_vimogen.data.quality_gates import Thresholds
from mini_vimogen.render.harvest_report import HarvestReport
from mini_vimogen.tasks.harvest_journal import HarvestJournal, SourceRecord
from mini_vimogen.tasks.harvest_lifting import (
    KEPT,
    REJECTED,
    WAITING,
    Lifting,
)
from mini_vimogen.tasks.harvest_manifest import manifest, write_manifest
from mini_vimogen.tasks.harvest_set import (
    JOURNAL,
    MANIFEST,
    candidates,
    check_out,
    sort,
    sources,
    sweep,
    withdraw,
)
from mini_vimogen.tasks.harvest_sources import source_files
from mini_vimogen.tasks.lift import DEFAULT_LIFTER, load_lifter
from mini_vimogen.tasks.sampling import FlowSampling, Sampling, suited
from mini_vimogen.training.checkpoint import read_card

REPORT = "report.html"
MOST_SAMPLES = 100
SHOWN = 3
"""Kept motions in the report, and rejected ones of each gate."""


@dataclass(frozen=True)
class Harvest:
    """What a harvest found.

    Args:
        out: its folder.
        sources: a record for each file.
        curation: what became of the motions.
    """

    out: Path
    sources: tuple[SourceRecord, ...]
    curation: Curation

    @property
    def kept(self) -> list[Path]:
        """The clips of the set."""
        return [self.out / KEPT / name for name in self.curation.kept]

    def table(self) -> str:
        """The funnel, and the sources that gave nothing, line by line."""
        first, *gates = self.curation.funnel
        faults = [source.fault for source in self.sources if source.fault]
        lines = [
            f"{len(self.sources)} files, {len(faults)} of them left out",
            *(f"  left out: {fault}" for fault in faults),
            f"{first.left} motions wanted",
            *(f"  {g.gate:<12}{g.lost:6d} lost{g.left:6d} left" for g in gates),
            f"{len(self.curation.kept)} motions kept in {self.out / KEPT}",
        ]
        return "\n".join(lines)


def harvest(
    folder,
    out,
    *,
    samples: int = 3,
    model=None,
    sampling: Sampling | FlowSampling | None = None,
    seed: int = 0,
    split_cuts: bool = False,
    thresholds: Thresholds | None = None,
    progress: bool = True,
) -> Harvest:
    """Lift every file of a folder several times, and keep what passes.

    Joints that a track lacks are completed, as for every lift, and each motion
    is put on the floor (``raised_m`` in the manifest). The folder
    ``out`` gets ``clips/`` (the set), ``rejected/``, ``manifest.json`` (where
    each motion is from, its figures, why it was rejected), ``report.html``, and
    a journal from which a killed run goes on and ends with the same files. Run
    again with other thresholds, it judges again and lifts only what it has to.

    Args:
        folder: videos and keypoint files that say their frame rate and size.
            What cannot be read, or shows what another file shows, is listed.
        out: a new or empty folder, or that of an earlier run.
        samples: motions a track.
        model: a trained lifter; None takes the shipped one.
        sampling: None is the model's own, see ``tasks.lift.lift``.
        seed: of the noise; each track's own is drawn from it and its bytes.
        split_cuts: make each shot a motion of its own; otherwise a lift joins
            the shots of a track.
        thresholds: of the gates; None takes ``Thresholds()``.
        progress: show a bar.

    Raises:
        FileNotFoundError: no such folder or model.
        ValueError: nothing in the folder that can be read; samples or seed out
            of range; an ``out`` that holds something else, or a harvest with
            another model, seed, samples or sampling.
    """
    _check_options(samples, seed)
    files, others = source_files(folder)
    out = Path(out)
    check_out(out, Path(folder))
    earlier = (out / JOURNAL).is_file()
    model = Path(model or data_path(DEFAULT_LIFTER))
    lifter = load_lifter(model)
    work = Lifting(
        out,
        lifter,
        samples,
        suited(lifter, sampling),
        seed,
        split_cuts,
        thresholds or Thresholds(),
    )
    settings = _settings(work, model)
    for name in (KEPT, REJECTED, WAITING):
        (out / name).mkdir(parents=True, exist_ok=True)
    journal = HarvestJournal(out / JOURNAL, settings)
    sweep(work, journal, files)
    records = tuple(
        tqdm(
            sources(work, journal, files),
            total=len(files),
            unit="file",
            disable=not progress,
        )
    )
    if all(record.fault for record in records):
        if not earlier:
            withdraw(out)
        raise ValueError(
            f"FOLDER {folder} holds nothing that can be read; the first: "
            f"{records[0].fault}"
        )
    found = curate(list(candidates(work, records)), work.thresholds)
    sort(work, found)
    result = Harvest(out, records, found)
    told = manifest(
        result, settings, model=model.name, thresholds=work.thresholds
    )
    _report(work, result, Path(folder), others).save(out / REPORT)
    write_manifest(told, out / MANIFEST)
    return result


def _check_options(samples, seed) -> None:
    if not isinstance(samples, int) or not 1 <= samples <= MOST_SAMPLES:
        raise ValueError(
            f"samples must be a whole number within 1..{MOST_SAMPLES}, got "
            f"{samples}"
        )
    if not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ValueError(f"seed must be within 0..2**63 - 1, got {seed}")


def _settings(work: Lifting, model: Path) -> dict:
    """All that a lifted motion depends on, beside its source."""
    return {
        "weights_sha256": read_card(model)["weights_sha256"],
        "samples": work.samples,
        "seed": work.seed,
        "sampling": asdict(work.sampling),
        "split_cuts": work.split,
    }


def spread(names: Sequence[str], count: int) -> list[str]:
    """So many of the names, evenly over all, the first and the last among them.

    >>> spread("abcdefg", 3), spread("ab", 3), spread("", 3)
    (['a', 'd', 'g'], ['a', 'b'], [])
    """
    if len(names) <= count:
        return list(names)
    step = (len(names) - 1) / max(count - 1, 1)
    return [names[round(k * step)] for k in range(count)]


def _report(
    work: Lifting, result: Harvest, folder: Path, others: Sequence[str]
) -> HarvestReport:
    """Funnel, lists, and some motions to play."""
    found = result.curation
    chosen = spread(list(found.kept), SHOWN)
    rejected: dict[str, dict[str, Clip]] = {}
    for name, why in found.rejected.items():
        path = work.clip_path(name)
        shown = rejected.setdefault(why.gate, {})
        if path is not None and len(shown) < SHOWN:
            shown[name] = Clip.load(path)
    return HarvestReport(
        title=f"Harvest of {folder.resolve().name}",
        funnel=found.funnel,
        kept={name: Clip.load(work.clip_path(name)) for name in chosen},
        rejected={gate: shown for gate, shown in rejected.items() if shown},
        lists={
            "Files left out": [s.fault for s in result.sources if s.fault],
            "Notes": [n for s in result.sources for n in s.notes],
            "Rejected": [
                f"{name}: {why.gate}: {why.reason}"
                for name, why in found.rejected.items()
            ],
            "Neither videos nor keypoint files": list(others),
        },
    )
