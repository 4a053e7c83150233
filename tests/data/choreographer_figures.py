"""The choreographer's figures, action by action, over many seeds.

    python -m tests.data.choreographer_figures --seeds 200

prints what the tests assert on a few seeds. Held against every clip: contact
with the floor, speed of resting feet, depth below the floor, joint angles
against the real clips, and whether each caption's checks take the clip and
leave those of other actions.
"""

import argparse
import time
from dataclasses import dataclass

import torch

from mini_vimogen.clip import Clip
from mini_vimogen.data.captions import captions
from mini_vimogen.data.choreographer import ACTIONS, perform, plan_sequence
from mini_vimogen.data.choreographer.limits import AngleRange
from mini_vimogen.data.library import real_motion
from mini_vimogen.geometry.kinematics import FOOT_JOINTS, foot_contacts
from mini_vimogen.metrics.text_match import passes_all

LOW = torch.tensor([0.075, 0.075, 0.02, 0.02])
"""Height under which ankles and toes rest: 1.5 to 2 cm over a flat foot's."""


@dataclass
class Feet:
    """What the feet of one clip do, on measured joints."""

    contact: float  # share of frames with a foot joint at rest on the floor
    speed: float  # metres per second of the joints in contact, mean
    depth: float  # metres of the deepest foot joint below the resting toes


def measure_feet(clip: Clip) -> Feet:
    """Contact is a joint that is slow (0.3 m/s) and low at the same time."""
    joints = clip.joints()
    feet = joints[:, FOOT_JOINTS]
    speed = feet.diff(dim=0).norm(dim=-1) * clip.fps
    slow = foot_contacts(joints, fps=clip.fps)[:-1] > 0
    rests = slow & (feet[:-1, :, 2] < LOW)
    # A clip stands on its lowest joint: if that sinks, resting toes float.
    toes = feet[:-1, 2:, 2][slow[:, 2:] & (feet[:-1, 2:, 2] < 0.1)]
    return Feet(
        contact=float(rests.any(1).double().mean()),
        speed=float(speed[rests].mean()) if rests.any() else 0.0,
        depth=float(toes.median() - feet[..., 2].min())
        if toes.numel()
        else 0.0,
    )


@dataclass
class Sample:
    """One seed of one action: its plan, clip and captions."""

    action: str
    clip: Clip
    captions: tuple


def draw_samples(action: str, seeds: range, duration=None) -> list[Sample]:
    """Clips of an action, each with two terse and two long captions."""
    samples = []
    for seed in seeds:
        plan = plan_sequence([action], generator=seed, durations=[duration])
        words = torch.Generator().manual_seed(seed)
        said = captions(plan.acts, generator=words, mood=plan.style.mood)
        samples.append(Sample(action, perform(plan), said))
    return samples


def accepted(samples: list[Sample]) -> list[tuple[str, Sample]]:
    """The captions that do not pass their own clip, with the clip."""
    failed = []
    for sample in samples:
        joints = sample.clip.joints()
        for caption in sample.captions:
            if not passes_all(caption.checks, joints, fps=sample.clip.fps):
                failed.append((caption.text, sample))
    return failed


def wrongly_taken(own: list[Sample], others: list[Sample]) -> float:
    """Share of (caption, clip of another action) pairs that pass."""
    taken, pairs = 0, 0
    for at, sample in enumerate(others):
        joints = sample.clip.joints()
        mine = own[at % len(own)]
        caption = mine.captions[at % len(mine.captions)]
        taken += passes_all(caption.checks, joints, fps=sample.clip.fps)
        pairs += 1
    return taken / pairs


HEAD = (
    "action  contact  speed cm/s (worst)  depth mm  angles in  own checks  "
    "others taken (worst)"
)


def row(action: str, drawn: dict, real: AngleRange) -> str:
    """The figures of one action among the samples of all."""
    samples = drawn[action]
    feet = [measure_feet(sample.clip) for sample in samples]
    within = [real.share_within(s.clip.local_rotmat) for s in samples]
    failed = accepted(samples)
    said = sum(len(s.captions) for s in samples)
    taken = {
        other: wrongly_taken(samples, drawn[other])
        for other in drawn
        if other != action
    }
    worst = max(taken, key=taken.get)
    many = len(samples)
    lines = [
        f"{action:6s}  {sum(f.contact for f in feet) / many:6.1%}  "
        f"{100 * sum(f.speed for f in feet) / many:5.2f} "
        f"({100 * max(f.speed for f in feet):.2f})  "
        f"{1000 * max(f.depth for f in feet):8.3f}  "
        f"{sum(within) / many:8.2%}  {1 - len(failed) / said:8.1%}  "
        f"{sum(taken.values()) / len(taken):8.1%} "
        f"({taken[worst]:.1%} {worst})"
    ]
    for text, sample in failed[:3]:
        lines.append(f"        seed {samples.index(sample)}: {text}")
    return "\n".join(lines)


def main() -> None:
    """Print one line an action, then the cost of a clip with its captions."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--duration", type=float, default=None)
    options = parser.parse_args()
    start = time.process_time()
    drawn = {
        action: draw_samples(action, range(options.seeds), options.duration)
        for action in ACTIONS
    }
    each = (time.process_time() - start) / (len(ACTIONS) * options.seeds)
    real = AngleRange.of(real_motion())
    print(HEAD)
    for action in ACTIONS:
        print(row(action, drawn, real))
    print(f"{1000 * each:.1f} CPU-ms a clip with four captions")


if __name__ == "__main__":
    main()
