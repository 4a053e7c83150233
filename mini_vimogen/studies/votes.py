"""A user study of your own: a page of pairs that hides whose motions they are.

``studies.votes_count`` turns the CSVs that voters send back into win rates.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import torch

from mini_vimogen.files import written_whole
from mini_vimogen.formats import vote_files
from mini_vimogen.formats.vote_files import Key, Pair, Shown
from mini_vimogen.render.votes import ShownPair, VotesPage
from mini_vimogen.studies.votes_motions import Matched, match

PAGE, KEY = "votes.html", "votes_key.json"
QUESTION = "Which motion looks better?"
QUESTION_WITH_VIDEO = "Which motion fits the video better?"


@dataclass(frozen=True)
class Built:
    """What ``build`` wrote.

    Args:
        page, key: paths.
        pairs: how many.
        notes: what was found out about the input and done about it.
    """

    page: Path
    key: Path
    pairs: int
    notes: tuple[str, ...]


def build(
    arms: Mapping[str, Path],
    out,
    *,
    tracks=None,
    question: str | None = None,
    seed: int | None = None,
) -> Built:
    """Write a page of pairs, and beside it the key that it does not contain.

    Every arm meets every other on each motion that all have, and stands on the
    left in half of these pairs (one more or less where their number is odd).

    Args:
        arms: name -> folder of motions (see ``formats.motion_file``); files
            are matched by name, whatever their formats.
        out: folder for ``votes.html`` and ``votes_key.json``; made if missing.
        tracks: folder of 2D keypoint files with the same names (.npz), shown
            small beside each pair in place of the video.
        question: what voters are asked.
        seed: of order, sides and names; None draws one, so that nobody can
            work out the sides. It is written into the key.

    Raises:
        FileNotFoundError: no such folder, or no track for a motion.
        ValueError: fewer than two arms, an empty or repeated one, no motion
            that all have, a file that cannot be read, skeletons that differ, a
            question without words, or a key that is there already.
    """
    if question is None:
        question = QUESTION if tracks is None else QUESTION_WITH_VIDEO
    if not question.strip():
        raise ValueError(f"question must have words, got {question!r}")
    if seed is None:
        seed = secrets.randbits(48)
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed must be within 0..2**63 - 1, got {seed}")
    out = Path(out)
    if (out / KEY).exists():
        raise ValueError(
            f"{out / KEY} is there already, and without it the votes on its "
            "page cannot be counted: choose another folder"
        )
    found = match(arms, tracks=tracks)
    key, pairs = _pairs(found, seed=seed, question=question.strip())
    page = VotesPage(key.page, key.question, pairs, found.fps, found.skeleton)
    out.mkdir(parents=True, exist_ok=True)
    # Both or neither: a page without its key would be worth nothing.
    with (
        written_whole(out / KEY) as partial_key,
        written_whole(out / PAGE) as partial_page,
    ):
        vote_files.write_key(key, partial_key)
        page.save(partial_page)
    return Built(out / PAGE, out / KEY, len(pairs), found.notes)


def _pairs(
    found: Matched, *, seed: int, question: str
) -> tuple[Key, list[ShownPair]]:
    """The pairs in a shuffled order, sides balanced, and their key."""
    generator = torch.Generator().manual_seed(seed)
    drawn = _random_names(generator)
    motions = found.motions
    pairs: list[tuple[Pair, ShownPair]] = []
    for arms in combinations(motions, 2):
        names = sorted(motions[arms[0]])
        order = torch.randperm(len(names), generator=generator).tolist()
        turn = int(torch.randint(2, (), generator=generator))
        for number, place in enumerate(order):
            name = names[place]
            # Alternating sides over a random order: as good as half each.
            sides = arms if (number + turn) % 2 else arms[::-1]
            left, right = (Shown(next(drawn), arm) for arm in sides)
            seconds = len(motions[sides[0]][name]) / found.fps
            pair = Pair(next(drawn), name, seconds, left, right)
            shown = ShownPair(
                pair.id,
                (left.id, right.id),
                tuple(motions[arm][name] for arm in sides),
                found.tracks[name],
            )
            pairs.append((pair, shown))
    order = torch.randperm(len(pairs), generator=generator).tolist()
    listed, shown = zip(*(pairs[place] for place in order), strict=True)
    key = Key("unnamed", question, seed, tuple(motions), listed)
    return replace(key, page=_page_name(key, shown)), list(shown)


def _random_names(generator: torch.Generator) -> Iterator[str]:
    """Random names of ten digits, no two alike."""
    used = set()
    while True:
        number = int(torch.randint(16**10, (), generator=generator))
        if number not in used:
            used.add(number)
            yield f"{number:010x}"


def _page_name(key: Key, shown: Sequence[ShownPair]) -> str:
    """Twelve digits that name the key and the motions."""
    found = hashlib.sha256(repr(key).encode())
    for pair in shown:
        for joints in pair.joints:
            found.update(joints.contiguous().cpu().numpy().tobytes())
    return found.hexdigest()[:12]
