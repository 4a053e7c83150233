"""Velocity fields as arrows, and paths that follow them.

Drawn as a sampler walks: from t = 1, all noise, to t = 0. So arrows show where
it goes, against the velocity, and an axis of t runs from 1 on the left to 0.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from mini_vimogen.render.palette import FLOOR, INK
from mini_vimogen.render.theme import label

Velocity = Callable[[Tensor, Tensor], Tensor]


def draw_field_over_time(
    axes,
    velocity: Velocity,
    *,
    reach: float,
    columns: int = 17,
    rows: int = 13,
) -> None:
    """The field of a single number: an arrow for each number and noise level.

    Args:
        velocity: (noisy [b, 1, 1], t [b]) -> noise - clean.
        reach: numbers from -reach to reach are shown.
        columns, rows: of arrows.
    """
    t, number = _grid(
        torch.linspace(1, 0, columns), torch.linspace(-reach, reach, rows)
    )
    upwards = -_asked(velocity, number[:, None], t)[:, 0]
    _draw_arrows(axes, t, number, -torch.ones_like(upwards), upwards, rows)
    axes.set(xlim=(1.02, -0.02), ylim=(-1.05 * reach, 1.05 * reach))
    axes.set_xlabel(label("noise level t", None))
    axes.set_ylabel(label("number", None))


def draw_field(
    axes, velocity: Velocity, t: float, *, reach: float, arrows: int = 13
) -> None:
    """The field of two numbers at one noise level.

    Args:
        velocity: (noisy [b, 1, 2], t [b]) -> noise - clean.
        t: the noise level.
        reach: of both numbers.
        arrows: on a side.
    """
    line = torch.linspace(-reach, reach, arrows)
    x, y = _grid(line, line)
    level = torch.full_like(x, t)
    along = -_asked(velocity, torch.stack([x, y], dim=-1), level)
    _draw_arrows(axes, x, y, *along.unbind(-1), arrows)
    square(axes, reach=reach)


def draw_paths(axes, paths: Tensor, **look) -> None:
    """Thin lines, a hollow ring where each starts and a dot where it ends.

    Args:
        paths: [stops, paths, 2] across and up.
        look: of the lines; see ``axes.plot``.
    """
    look = {"color": INK, "lw": 0.7, "alpha": 0.7} | look
    name = look.pop("label", None)
    x, y = paths.detach().double().numpy().transpose(2, 0, 1)
    axes.plot(x, y, **look)
    dots = {"linestyle": "", "color": look["color"], "markersize": 3}
    axes.plot(x[0], y[0], "o", **dots, markerfacecolor="none", mew=0.5)
    axes.plot(x[-1], y[-1], "o", **dots, label=name)


def square(axes, *, reach: float) -> None:
    """Both numbers to one scale, from -reach to reach."""
    axes.set_aspect("equal")
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach))
    axes.set_xlabel(label("first number", None))
    axes.set_ylabel(label("second number", None))


def _grid(across: Tensor, up: Tensor) -> tuple[Tensor, Tensor]:
    x, y = torch.meshgrid(across, up, indexing="ij")
    return x.flatten(), y.flatten()


@torch.no_grad()
def _asked(velocity: Velocity, numbers: Tensor, t: Tensor) -> Tensor:
    return velocity(numbers[:, None], t)[:, 0].double()


def _draw_arrows(axes, x, y, across, up, rows: int) -> None:
    """Arrows of true direction; the longest spans a step of the grid."""
    longest = float(torch.hypot(across, up).max())
    step = float(y.max() - y.min()) / (rows - 1)
    axes.quiver(
        x.numpy(),
        y.numpy(),
        across.numpy(),
        up.numpy(),
        angles="xy",
        scale_units="y",
        scale=longest / (1.4 * step),
        color="#6f6f6f",
        width=0.004,
        zorder=1,
    )
    axes.grid(False)
    axes.set_facecolor("white")
    for spine in axes.spines.values():
        spine.set_color(FLOOR)
