"""One dial: how large a network and how long a training, by name.

Only numbers differ between sizes; no code asks for the size.
"""

import os
from dataclasses import dataclass, replace

from mini_vimogen.conditions.keypoints import SCALINGS

VARIABLE = "MINI_VIMOGEN_SIZE"
DEVICES = ("auto", "cpu", "cuda", "meta")
PRECISIONS = ("fp32", "bf16")
OPTIMIZERS = ("adamw", "adan")


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A recipe: network, data window, optimisation, machine.

    Args:
        size: the name it goes by.
        width, layers, heads, feed_forward, dropout, condition_entry,
            frames_per_token, null_frames, condition_kernel, output_kernel: of
            the network; see ViMoDenoiser.
        frames, fps: window of motion a sample has.
        scaling: of the keypoints, see ``conditions.keypoints``.
        batch: samples per optimiser step, drawn in ``accumulation`` parts.
        steps: optimiser steps in all.
        optimizer: "adamw", or "adan" as in ViMo.
        learning_rate: its plateau. warmup: steps it takes to get there.
            decay: share of the steps, at the end, over which it falls to 0.
        weight_decay: of the matrices; biases, norms and null conditions are
            not decayed.
        gradient_norm: gradients longer than this are cut to it.
        ema: decay of the averaged weights.
        condition_drop: share of the samples that see no condition.
        level_shift: above 1, high noise levels are trained more often.
        device: "auto" is cuda where there is one; "meta" computes shapes only.
        precision: "fp32", or "bf16" under autocast.

    Raises:
        ValueError: a number or a word out of range.
    """

    size: str
    width: int
    layers: int
    heads: int
    feed_forward: int
    dropout: float = 0.0
    condition_entry: str = "add"
    frames_per_token: int = 1
    null_frames: int = 1
    condition_kernel: int = 0
    output_kernel: int = 0
    frames: int
    fps: float = 30.0
    scaling: str = "frame"
    batch: int
    accumulation: int = 1
    steps: int
    optimizer: str = "adamw"
    learning_rate: float
    warmup: int
    decay: float = 0.4
    weight_decay: float = 0.01
    gradient_norm: float = 1.0
    ema: float
    condition_drop: float = 0.1
    level_shift: float = 1.0
    device: str = "auto"
    precision: str = "fp32"

    def __post_init__(self):
        whole = "width layers heads feed_forward frames_per_token null_frames"
        whole += " frames batch accumulation"
        for name in whole.split():
            self._require(name, isinstance(getattr(self, name), int), "whole")
            self._require(name, getattr(self, name) >= 1, "1 or more")
        for name in ("fps", "learning_rate", "gradient_norm", "level_shift"):
            self._require(name, getattr(self, name) > 0, "positive")
        for name in ("steps", "warmup", "weight_decay"):
            self._require(name, getattr(self, name) >= 0, "0 or more")
        for name in ("dropout", "ema", "condition_drop", "decay"):
            self._require(name, 0 <= getattr(self, name) <= 1, "within 0..1")
        self._require("device", self.device in DEVICES, f"one of {DEVICES}")
        self._require(
            "optimizer", self.optimizer in OPTIMIZERS, f"one of {OPTIMIZERS}"
        )
        self._require("scaling", self.scaling in SCALINGS, f"one of {SCALINGS}")
        self._require(
            "precision", self.precision in PRECISIONS, f"one of {PRECISIONS}"
        )
        self._require(
            "batch",
            self.batch % self.accumulation == 0,
            f"a multiple of accumulation {self.accumulation}",
        )

    def _require(self, name: str, fine: bool, wanted: str) -> None:
        if not fine:
            raise ValueError(
                f"{name} must be {wanted}, got {getattr(self, name)!r}"
            )

    @property
    def part(self) -> int:
        """Samples that go through the network at once."""
        return self.batch // self.accumulation

    def network(self) -> dict:
        """Settings of a ViMoDenoiser, but for its numbers of features."""
        names = "width layers heads feed_forward dropout condition_entry"
        names += " frames_per_token null_frames condition_kernel output_kernel"
        return {name: getattr(self, name) for name in names.split()}


_LAPTOP = Preset(
    size="laptop",
    width=128,
    layers=3,
    heads=4,
    feed_forward=256,
    frames_per_token=2,
    condition_kernel=5,
    output_kernel=15,
    frames=60,
    batch=32,
    steps=1500,
    learning_rate=2e-3,
    warmup=50,
    ema=0.995,
    level_shift=3.0,
    device="cpu",
)

PRESETS = {
    preset.size: preset
    for preset in (
        _LAPTOP,
        # The same million weights (2 MB as float16), trained four times longer.
        replace(_LAPTOP, size="desk", steps=6000, ema=0.999),
        Preset(
            size="gpu",
            width=512,
            layers=3,
            heads=8,
            feed_forward=1024,
            dropout=0.1,
            condition_kernel=5,
            output_kernel=15,
            frames=150,
            batch=256,
            steps=40_000,
            learning_rate=4e-4,
            warmup=1000,
            ema=0.9995,
            device="cuda",
            precision="bf16",
        ),
        # EDGE's decoder, ViMo's optimiser, learning rate, weight decay and
        # condition drop; batch 512 is EDGE's paper. The steps are ours: 1000
        # epochs (ViMo) of about 20,000 windows.
        Preset(
            size="paper",
            width=512,
            layers=8,
            heads=8,
            feed_forward=1024,
            dropout=0.1,
            condition_entry="cross",
            null_frames=150,
            frames=150,
            batch=512,
            accumulation=4,
            steps=40_000,
            optimizer="adan",
            learning_rate=1e-4,
            warmup=0,
            decay=0.0,
            weight_decay=0.02,
            ema=0.9999,
            condition_drop=0.25,
            device="cuda",
            precision="bf16",
        ),
    )
}


def preset(size: str | None = None, **changes) -> Preset:
    """The preset of this name, with some of its numbers changed.

    Args:
        size: laptop, desk, gpu or paper; None reads MINI_VIMOGEN_SIZE, and
            takes laptop where that is not set.
        changes: fields of ``Preset``.

    Raises:
        ValueError: no such size, or a change out of range.

    >>> preset("laptop", steps=20).steps
    20
    """
    named = "size"
    if size is None:
        named, size = VARIABLE, os.environ.get(VARIABLE) or "laptop"
    if size not in PRESETS:
        raise ValueError(
            f"{named} must be one of {', '.join(PRESETS)}, got {size!r}"
        )
    return replace(PRESETS[size], **changes)
