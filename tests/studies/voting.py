"""A small user study for the tests: two arms, and voters who are made up."""

from pathlib import Path

from mini_vimogen.formats.vote_files import COLUMNS, Key
from tests.oracles import wandering_clip

MOTIONS = ("spin", "kick", "walk", "roll", "jump", "bow")
ARMS = ("zebrafinch", "quokkapath")
"""Names that no page holds by chance."""


def folders(root: Path, *, arms=ARMS, motions=MOTIONS) -> dict[str, Path]:
    """Folders of clips, every one different."""
    made = {}
    for number, arm in enumerate(arms):
        made[arm] = root / f"from_{arm}"
        made[arm].mkdir()
        for place, name in enumerate(motions):
            clip = wandering_clip(30, seed=10 * number + place)
            clip = clip.with_(caption=f"{arm} {name}", source=f"{arm}_{name}")
            clip.save(made[arm] / f"{name}.npz")
    return made


def row(key: Key, place: int, *, arm: str, voter="v", seconds=4.0) -> dict:
    """A vote for an arm on the pair at a place of the page."""
    pair = key.pairs[place]
    (chosen,) = [s.id for s in (pair.left, pair.right) if s.arm == arm]
    return {
        "page": key.page,
        "pair": pair.id,
        "chosen": chosen,
        "seconds": seconds,
        "voter": voter,
    }


def write_csv(path: Path, rows, *, columns=COLUMNS) -> Path:
    """A CSV as the page writes it; no field may need quotes."""
    lines = [",".join(columns)]
    lines += [",".join(str(one[name]) for name in columns) for one in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
