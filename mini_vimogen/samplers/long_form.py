"""Any length: overlapping windows that are sampled together and agree.

A network that was trained on windows of 60 frames makes 1800 as windows that
overlap. They go through sampling side by side, and after each step a frame that
several windows show is made the same in all of them: as the first of them has
it, so that a motion grows out of its beginning. What the last call leaves of
disagreement is blended away by ``representation.stitch``.

Memory: what is kept between steps grows with the motion, by 600 bytes a frame
and window; ``in_chunks`` sends a few windows at a time through the network, so
that nothing else does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.samplers import ddim
from mini_vimogen.samplers.ddim import Between, Denoise, Schedule, State


@dataclass(frozen=True)
class Windows:
    """Where windows of one length lie on a motion; see ``plan_windows``.

    Args:
        frames: of the whole motion.
        window: frames of each window.
        starts: first frame of each window; they rise, and leave no gap.

    Raises:
        ValueError: windows that do not cover the motion.
    """

    frames: int
    window: int
    starts: tuple[int, ...]

    def __post_init__(self):
        starts = self.starts
        whole = (
            len(starts) > 0
            and starts[0] == 0
            and starts[-1] + self.window == self.frames
            and all(
                0 < after - before <= self.window
                for before, after in zip(starts, starts[1:], strict=False)
            )
        )
        if not whole:
            raise ValueError(
                f"starts must rise from 0 to frames - window by 1 to "
                f"{self.window} frames at a time, for {self.frames} frames in "
                f"windows of {self.window}, got {list(starts)}"
            )

    def __len__(self) -> int:
        return len(self.starts)

    def cut(self, motion: Tensor) -> Tensor:
        """[..., frames, c] to its windows [..., windows, window, c]."""
        if motion.ndim < 2 or motion.shape[-2] != self.frames:
            raise ValueError(
                f"motion must have shape [..., {self.frames}, c], got "
                f"{list(motion.shape)}"
            )
        return motion[..., self._shown(), :]

    def check(self, windows: Tensor, argument: str) -> None:
        """Refuse what is not [..., windows, window, c]."""
        wanted = (len(self), self.window)
        if windows.ndim < 3 or tuple(windows.shape[-3:-1]) != wanted:
            raise ValueError(
                f"{argument} must have shape [..., {len(self)}, "
                f"{self.window}, c], got {list(windows.shape)}"
            )

    def earliest(self, windows: Tensor) -> Tensor:
        """One motion [..., frames, c]; each frame from its first window."""
        self.check(windows, "windows")
        owner, place = self._owners()
        return windows[..., owner, place, :]

    def _shown(self) -> Tensor:
        """[windows, window]: the frame that each window shows where."""
        starts = torch.tensor(self.starts)
        return starts[:, None] + torch.arange(self.window)

    def _owners(self) -> tuple[Tensor, Tensor]:
        """[frames] each: first window that shows a frame, and where in it."""
        ends = torch.tensor(self.starts) + self.window
        frames = torch.arange(self.frames)
        owner = torch.searchsorted(ends, frames, right=True)
        return owner, frames - torch.tensor(self.starts)[owner]


def plan_windows(
    frames: int, window: int, *, overlap: int | None = None
) -> Windows:
    """Windows of one length that cover a motion.

    Args:
        frames: of the motion. window: what the network was trained on; a
            shorter motion is one window of its own length.
        overlap: frames that neighbours share, 0..window - 1; None is half a
            window, as in EDGE. The last window reaches back further where it
            must, so that it is whole.

    Raises:
        ValueError: a number out of range.

    >>> plan_windows(130, 60).starts, plan_windows(130, 60, overlap=0).starts
    ((0, 30, 60, 70), (0, 60, 70))
    """
    if frames < 1 or window < 1:
        raise ValueError(
            f"frames and window must be 1 or more, got {frames} and {window}"
        )
    overlap = window // 2 if overlap is None else overlap
    if not 0 <= overlap < window:
        raise ValueError(
            f"overlap must be within 0..{window - 1} for windows of {window} "
            f"frames, got {overlap}"
        )
    if frames <= window:
        return Windows(frames, frames, (0,))
    last = frames - window
    return Windows(frames, window, (*range(0, last, window - overlap), last))


def states(
    denoise: Denoise,
    noise: Tensor,
    *,
    windows: Windows,
    schedule: Schedule,
    sampler: Callable[..., Iterator[State]] = ddim.states,
    generator: torch.Generator | None = None,
    fresh_noise: Callable[[int], Tensor] | None = None,
    between: Between | None = None,
    **options,
) -> Iterator[State]:
    """All the steps of ``sample``, one by one.

    Arguments, errors and source are those of ``sample``.
    """
    windows.check(noise, "noise")
    if fresh_noise is None:
        whole = windows.earliest(noise)  # drawn once for each frame
        draw = ddim.drawing(whole, generator)
        fresh_noise = draw and (lambda step: windows.cut(draw(step)))

    def made_alike(noisy: Tensor, step: int, t: float) -> Tensor:
        if between is not None:
            noisy = between(noisy, step, t)
        return windows.cut(windows.earliest(noisy)) if t >= 0 else noisy

    yield from sampler(
        denoise,
        noise,
        schedule=schedule,
        fresh_noise=fresh_noise,
        between=made_alike,
        **options,
    )


def sample(denoise: Denoise, noise: Tensor, **options) -> Tensor:
    """Windows of one motion out of noise, alike where they overlap.

    One window is what the sampler alone makes of it.

    Args:
        denoise: (noisy [..., windows, window, c], t [..., windows]) -> clean;
            ``in_chunks`` makes one.
        noise: [..., windows, window, c]: ``windows.cut`` of standard normal
            noise for the whole motion. Where sampling starts.
        windows: ``plan_windows(frames, window)``.
        schedule: t -> (alpha, sigma), the one the network was trained on.
        sampler: ``ddim.states``, ``ddpm.states``, or one that takes the same
            arguments; its own (steps, eta, clamp, levels ...) go to it.
        generator: of the noise of the whole motion, which is then cut; it
            does not depend on the windows.
        fresh_noise: step number 1, 2 ... -> [..., windows, window, c].
        between: done before the windows are made alike;
            ``completion.sample(..., sampler=partial(long_form.states,
            windows=windows))`` completes a long motion with it; give that
            ``fresh_noise`` cut by the windows, as it draws for each window
            otherwise.

    Returns:
        [..., windows, window, c]. The last step leaves the windows as they
        are, as EDGE; ``representation.stitch`` blends them.

    Raises:
        ValueError: noise that is not in these windows, or what the sampler
            refuses.

    Source: EDGE's ``long_ddim_sample``, there for windows that overlap by
    half.
    """
    for state in states(denoise, noise, **options):
        end = state.noisy
    return end


def in_chunks(part: Callable[[slice], Denoise], *, size: int) -> Denoise:
    """A denoiser that calls the network on a few windows at a time.

    Args:
        part: windows (of all leading axes flattened into one) -> the denoiser
            that knows their condition. It is called at every step; let it
            encode the condition anew to save memory, or keep it to save time.
        size: windows in one call of the network, 1 or more.

    Returns:
        (noisy [..., window, c], t [...]) -> clean, any leading axes.

    Raises:
        ValueError: size is under 1.

    >>> ones = in_chunks(lambda which: lambda noisy, t: noisy + 1, size=2)
    >>> ones(torch.zeros(5, 1, 1), torch.ones(5)).flatten()
    tensor([1., 1., 1., 1., 1.])
    """
    if size < 1:
        raise ValueError(f"size must be 1 or more, got {size}")

    def denoise(noisy: Tensor, t: Tensor) -> Tensor:
        flat, levels = noisy.flatten(end_dim=-3), t.flatten()
        clean = []
        for start in range(0, len(flat), size):
            some = slice(start, min(start + size, len(flat)))
            clean.append(part(some)(flat[some], levels[some]))
        return torch.cat(clean).reshape(noisy.shape)

    return denoise
