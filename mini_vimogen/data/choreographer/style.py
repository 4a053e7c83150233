"""Style: how one person stands and moves, whatever the action; and moods."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.score import Score

MOODS = ("neutral", "happy", "sad", "angry", "tired")
DEGREE = np.pi / 180.0


@dataclass(frozen=True)
class Style:
    """Habits of one person. Lengths in metres, angles in radians, rest are
    factors on what the average person does.

    half_width: ankle from the midline when standing; crouch: how far the
    pelvis stands below straight legs; the arm angles are those of hanging arms.
    """

    mood: str = "neutral"
    half_width: float = 0.088
    toe_out: float = 0.05
    crouch: float = 0.006
    spine_pitch: float = 0.03
    head_pitch: float = 0.0
    arm_flexion: float = 0.02
    arm_abduction: float = 0.14
    arm_twist: float = 0.25
    elbow: float = 0.30
    arm_swing: float = 1.0
    hip_sway: float = 1.0
    hip_turn: float = 1.0
    bounce: float = 1.0
    foot_lift: float = 1.0
    tempo: float = 1.0
    idle: float = 1.0

    def as_dict(self) -> dict:
        """Plain names and numbers, for a record."""
        return asdict(self)


# What a mood adds to a habit (lengths, angles) or multiplies it by (factors).
_MOOD_SHIFTS = {
    "neutral": {},
    "happy": {
        "spine_pitch": -0.06,
        "head_pitch": -0.10,
        "arm_swing": 1.25,
        "bounce": 1.3,
        "foot_lift": 1.15,
        "tempo": 1.06,
        "hip_sway": 1.2,
    },
    "sad": {
        "spine_pitch": 0.20,
        "head_pitch": 0.28,
        "arm_swing": 0.55,
        "bounce": 0.7,
        "foot_lift": 0.8,
        "tempo": 0.88,
        "arm_twist": 0.15,
        "crouch": 0.003,
    },
    "angry": {
        "spine_pitch": 0.08,
        "head_pitch": 0.06,
        "arm_swing": 1.2,
        "arm_abduction": 0.12,
        "arm_twist": 0.15,
        "elbow": 0.35,
        "tempo": 1.08,
        "crouch": 0.004,
        "hip_turn": 1.2,
    },
    "tired": {
        "spine_pitch": 0.15,
        "head_pitch": 0.16,
        "arm_swing": 0.6,
        "foot_lift": 0.7,
        "bounce": 0.75,
        "tempo": 0.9,
        "crouch": 0.008,
        "hip_sway": 1.4,
        "elbow": -0.08,
    },
}
_FACTORS = (
    "arm_swing",
    "hip_sway",
    "hip_turn",
    "bounce",
    "foot_lift",
    "tempo",
    "idle",
)


def draw_style(mood: str, dice: Dice) -> Style:
    """A random person in a mood.

    Raises:
        ValueError: the mood is not in ``MOODS``.
    """
    if mood not in MOODS:
        raise ValueError(
            f"mood must be one of {', '.join(MOODS)}, got {mood!r}"
        )
    habits = {
        "half_width": 0.088 + dice.normal(0.010),
        "toe_out": 0.05 + dice.normal(0.05),
        "crouch": max(0.006 + dice.normal(0.002), 0.003),
        "spine_pitch": 0.03 + dice.normal(0.04),
        "head_pitch": dice.normal(0.05),
        "arm_flexion": 0.02 + dice.normal(0.05),
        "arm_abduction": 0.15 + dice.normal(0.04),
        "arm_twist": 0.25 + dice.normal(0.12),
        "elbow": max(0.30 + dice.normal(0.08), 0.12),
    }
    for name in _FACTORS:
        habits[name] = 1.0 + dice.normal(0.05 if name == "tempo" else 0.12)
    style = Style(mood=mood, **habits)
    for name, shift in _MOOD_SHIFTS[mood].items():
        habit = getattr(style, name)
        habit = habit * shift if name in _FACTORS else habit + shift
        style = replace(style, **{name: habit})
    return style


def standing_feet(style: Style) -> tuple[np.ndarray, np.ndarray]:
    """Ankles [2, 2] on the ground and foot yaws [2] of a standing person.

    The person stands over the origin, facing +Y: left is -X.
    """
    ankle = np.stack(
        [-rig.OUTWARD * style.half_width, rig.REST_ANKLE[:, 2]], axis=-1
    )
    return ankle, rig.OUTWARD * style.toe_out


def standing_pelvis(style: Style) -> float:
    """Height of the pelvis of a standing person, metres."""
    return rig.standing_height() - style.crouch


def standing_score(frames: int, style: Style) -> Score:
    """A score of somebody standing still, arms hanging."""
    ankle, foot_yaw = standing_feet(style)
    score = Score(
        pelvis=np.zeros((frames, 3)),
        pelvis_turn=np.zeros((frames, 3)),
        ankle=np.zeros((frames, 2, 3)),
        foot_turn=np.zeros((frames, 2, 2)),
        planted=np.ones((frames, 2), dtype=bool),
        foot_free=np.zeros((frames, 2)),
        knee_out=np.zeros((frames, 2)),
        spine=np.zeros((frames, 3)),
        head=np.zeros((frames, 3)),
        collar=np.zeros((frames, 2, 2)),
        shoulder=np.zeros((frames, 2, 3)),
        elbow=np.full((frames, 2), style.elbow),
        wrist=np.zeros((frames, 2, 2)),
        exact=np.zeros((frames, 2)),
    )
    score.pelvis[:, 2] = standing_pelvis(style)
    score.ankle[..., :2] = ankle
    score.ankle[..., 2] = rig.ANKLE_HEIGHT
    score.foot_turn[..., 0] = foot_yaw
    score.spine[:, 0] = style.spine_pitch
    score.head[:, 0] = style.head_pitch - 0.6 * style.spine_pitch
    # Arms hang towards the ground, not along a slumped trunk.
    flexion = style.arm_flexion + 0.8 * style.spine_pitch
    score.shoulder[:] = [flexion, style.arm_abduction, style.arm_twist]
    return score
