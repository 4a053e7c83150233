"""The 57 real clips: where each one lies, and what it shows.

Captions of CMU takes follow CMU's own index where it names the take (016 and
069); those of 047_01, 056_01 and 077_02, and those of the DeepMimic files
(whose names are their only label), were written by looking at the motion.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One clip: its name here, where it is read from, its caption."""

    name: str
    part: str
    member: str
    take: str
    caption: str


_CMU = {
    "016_22 016_47 016_58 069_01 069_02 069_03 069_04 069_05": (
        "a person walks forward"
    ),
    "016_23 016_24": "a person walks forward and veers to the left",
    "016_25 016_26": "a person walks forward and veers to the right",
    "016_27 016_28 069_24 069_25 069_26 069_27 069_31 069_32 069_33": (
        "a person walks forward and makes a 90-degree left turn"
    ),
    "016_29 016_30 069_20 069_21 069_22 069_23 069_28 069_29 069_30": (
        "a person walks forward and makes a 90-degree right turn"
    ),
    "016_31 016_32": "a person stands still, then starts to walk forward",
    "016_33 016_34": "a person walks slowly and stops",
    "047_01 056_01": "a person walks around in a circle to the left",
    "077_02": "a person stands and shifts their weight a little",
}

_DEEPMIMIC = {
    "walk": "a person walks forward",
    "run": "a person runs forward",
    "jump": "a person crouches and jumps forward",
    "kick": "a person kicks high with the right leg, turning to the left",
    "punch": "a person steps forward and punches with the right hand",
    "spin": "a person spins around to the left and leaps",
    "spinkick": "a person leaps into a spinning kick to the left",
    "backflip": "a person does a backflip",
    "cartwheel": "a person does a cartwheel",
    "roll": "a person rolls over on the ground and gets up",
    "crawl": "a person crawls on the ground on knees and elbows",
    "dance_a": "a person dances, turning around once to the right",
    "dance_b": "a person dances on the spot, swinging both arms wide",
    "getup_facedown": "a person lies face down and gets up",
    "getup_faceup": "a person lies on their back and gets up",
}

_WALKER = {
    "0walk_forward": ("forward", "a person walks forward"),
    "turn_left0": ("left_0", "a person walks, turning slightly to the left"),
    "turn_left1": ("left_1", "a person walks, turning to the left"),
    "turn_right0": ("right_0", "a person walks, turning sharply to the right"),
    "turn_right1": ("right_1", "a person walks, turning to the right"),
}


def rows() -> list[Row]:
    """All clips, sorted by name."""
    table = []
    for takes, caption in _CMU.items():
        for take in takes.split():
            year = "2019" if take == "077_02" else "2020"
            table.append(
                Row(
                    f"cmu_{take}",
                    "cmu_walks",
                    f"mocap_{year}.bin",
                    f"CMU_{take}",
                    caption,
                )
            )
    for label, caption in _DEEPMIMIC.items():
        member = f"humanoid3d_{label}.txt"
        table.append(
            Row(f"deepmimic_{label}", "deepmimic", member, label, caption)
        )
    for stem, (label, caption) in _WALKER.items():
        member = f"walker/{stem}.txt"
        table.append(
            Row(f"deepmimic_walker_{label}", "deepmimic", member, stem, caption)
        )
    return sorted(table)
