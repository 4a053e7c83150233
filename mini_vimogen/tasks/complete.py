"""The rest of a motion of which part is known, out of a trained lifter.

A motion between two others (in-between), for a hole (in-fill), from one motion
to another (blend), for some joints only (keep the legs, make up the arms), or
with a video that says what happens in between: they differ in what is known,
and ``Request`` says it.
"""

# Over 250 lines: one job, from requests to clips, and the figures of its ways.

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.keypoints import condition_features, features_of
from mini_vimogen.models.lifter import Lifter, ScaledModel
from mini_vimogen.paths.schedules import cosine
from mini_vimogen.representation.stitch import crossfade_features
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT
from mini_vimogen.samplers import completion, ddim, long_form
from mini_vimogen.samplers.ddim import Denoise
from mini_vimogen.samplers.kriging import eased_by_kriging
from mini_vimogen.samplers.long_form import Windows, plan_windows
from mini_vimogen.tasks.completion_places import (
    Completed,
    facing,
    root_rotation,
    stand,
    written,
)
from mini_vimogen.tasks.completion_request import Request, Shown
from mini_vimogen.tasks.lift import Sampling, load_lifter, windowed
from mini_vimogen.training.batches import shortest_window

USUAL_SAMPLING = Sampling(steps=50)
"""As many steps as EDGE's. A motion made in few has noise left in it, which
shows where it meets what is known."""

WAYS: dict[str, Callable[..., Denoise]] = {
    "kriged": eased_by_kriging,
    "eased": completion.eased,
    "equation8": lambda denoise, **what: denoise,
}
"""How the network learns of what is known, by name. All put it back after each
step. Joint errors inside gaps of 5, 15, 30 and 45 frames of held-out real
clips, and the largest change of a joint's velocity at the borders over that of
the real motion (study ``completion``, three seeds, families counting alike):

- "kriged": the guess is bent to what is known, as misses go. 11, 54, 170 and
  247 mm; 1.2, 1.2, 1.1 and 1.1 times.
- "eased": it is bent by straight lines. 19, 73, 201 and 281 mm; 1.6, 2.1, 1.9
  and 2.4 times.
- "equation8": ViMo's equation 8 and nothing else. 319, 351, 396 and 444 mm; 16
  to 18 times.

Turning each joint at constant speed from one side to the other (slerp), without
any network: 20, 75, 196 and 322 mm; 1.9, 2.7, 2.5 and 2.7 times."""


def complete(request: Request, **options) -> list[Clip]:
    """Motions that agree with what is known.

    Args:
        request: what is known, and the length of the whole.
        lifter: None loads the shipped one, where anything is to be made up.
        samples: how many motions.
        sampling: None is ``USUAL_SAMPLING``.
        way: a name of ``WAYS``.
        generator: of the noise; None is seed 0.

    Returns:
        Clips at 30 frames a second. Known frames and joints are those of the
        request, bit for bit; for a motion that follows another, but for the
        root's yaw and place on the floor. With everything known nothing is
        sampled; with nothing known it is plain generation, or, with a video
        alone, what ``lift`` does.

    Raises:
        ValueError: samples under 1, an unknown way, a regressor for a lifter,
            a video that is cut, or, where anything is to be made up, fewer
            frames than the lifter was trained on.

    Source: ViMo, equation 8 and Figure 6.
    """
    return [done.clip for done in completions(request, **options)]


def completions(request: Request, **options) -> list[Completed]:
    """As ``complete``, and by how much paths were bent to known places."""
    return completions_of([request], **options)[0]


@torch.no_grad()
def completions_of(
    requests: Sequence[Request],
    *,
    lifter: ScaledModel | None = None,
    samples: int = 1,
    sampling: Sampling | None = None,
    way: str = "kriged",
    generator: torch.Generator | None = None,
) -> list[list[Completed]]:
    """As ``completions`` for several motions of one length, sampled together.

    Many short motions take a fraction of the time that they take one by one.

    Returns:
        For each request its samples. Their noise depends on the whole list.

    Raises:
        ValueError: as ``complete``; or motions of different lengths.
    """
    if samples < 1:
        raise ValueError(f"samples must be 1 or more, got {samples}")
    if way not in WAYS:
        raise ValueError(f"way must be one of {', '.join(WAYS)}, got {way!r}")
    lengths = {request.frames for request in requests}
    if len(lengths) > 1:
        raise ValueError(
            "requests must be of one length to be sampled together, got "
            f"{', '.join(map(str, sorted(lengths)))} frames"
        )
    if all(bool(request.known.all()) for request in requests):
        return [[_as_known(request)] * samples for request in requests]
    lifter = load_lifter() if lifter is None else lifter
    for request in requests:
        _check(request, lifter)
    sampled = partial(
        _sampled, lifter, requests, sampling=sampling or USUAL_SAMPLING, way=way
    )
    turns = [
        facing(request, seen)
        for request, seen in zip(
            requests, _seen(requests, sampled), strict=True
        )
    ]
    told = [written(*both) for both in zip(requests, turns, strict=True)]
    features = sampled(
        *(torch.stack(parts) for parts in zip(*told, strict=True)),
        samples=samples,
        generator=generator or torch.Generator().manual_seed(0),
    )
    return [
        [stand(one, request, its) for one in own]
        for own, request, its in zip(features, requests, turns, strict=True)
    ]


def _as_known(request: Request) -> Completed:
    """A motion of which everything is known."""
    turns = facing(request, None)
    _, values = written(request, turns)
    return stand(values.nan_to_num(0.0), request, turns)


def _check(request: Request, lifter: ScaledModel) -> None:
    if not isinstance(lifter, Lifter):
        raise ValueError(
            "lifter must sample to complete a motion, got a "
            f"{type(lifter).__name__}"
        )
    if lifter.path != "diffusion":
        raise ValueError(
            "lifter must be one of diffusion to complete a motion, got one of "
            f"{lifter.path} matching"
        )
    least = shortest_window(lifter.frames)
    if request.frames < least:
        raise ValueError(
            f"frames must be at least {least}, the shortest that the lifter "
            f"was trained on, got {request.frames}"
        )
    if request.shown is not None:
        track = request.shown.track
        cuts = detect_cuts(track.keypoints, track.width, track.height)
        if bool(cuts.any()):
            first = int(torch.nonzero(cuts)[0])
            raise ValueError(
                "the video must be one shot, because what is known has to face "
                f"its camera; got a cut at frame {first} of {track.frames}"
            )


def _seen(
    requests: Sequence[Request], sampled: Callable[..., Tensor]
) -> list[Tensor | None]:
    """The root [frames, 3, 3] relative to the camera, out of the video alone;
    None where nobody asks for it."""
    asked = [bool(one.shown is not None and one.blocks) for one in requests]
    if not any(asked):
        return [None] * len(requests)
    nothing = torch.zeros(
        len(requests), requests[0].frames, CAMERA_LAYOUT.width
    )
    plain = sampled(
        nothing.bool(),
        nothing,
        samples=1,
        generator=torch.Generator().manual_seed(0),
    )
    return [
        root_rotation(own[0]) if its else None
        for own, its in zip(plain, asked, strict=True)
    ]


def _sampled(
    lifter: Lifter,
    requests: Sequence[Request],
    known: Tensor,
    values: Tensor,
    *,
    samples: int,
    sampling: Sampling,
    way: str,
    generator: torch.Generator,
) -> Tensor:
    """Features [requests, samples, frames, 151] for ``known`` and ``values``
    [requests, frames, 151]; known ones as they were given."""
    plan = plan_windows(requests[0].frames, lifter.frames)
    condition, present = (
        torch.stack(parts).repeat_interleave(samples, dim=0)
        for parts in zip(
            *(_condition(one.shown, plan, lifter.scaling) for one in requests),
            strict=True,
        )
    )
    known, values = (
        x.repeat_interleave(samples, dim=0) for x in (known, values)
    )
    denoise = windowed(
        lifter, condition, guidance=sampling.guidance, present=present
    )
    what = dict(
        known=plan.cut(known),
        values=plan.cut(lifter.normalizer.apply(values)),
    )
    noise = torch.randn(
        len(known), plan.frames, lifter.features, generator=generator
    )
    fresh = ddim.drawing(noise, generator)  # for frames, not for windows
    clean = completion.sample(
        WAYS[way](denoise, **what),
        plan.cut(noise),
        **what,
        schedule=cosine,
        sampler=partial(long_form.states, windows=plan),
        steps=sampling.steps,
        eta=sampling.eta,
        fresh_noise=lambda step: plan.cut(fresh(step)),
    )
    features = crossfade_features(
        lifter.normalizer.undo(clean), plan.starts, layout=CAMERA_LAYOUT
    )
    # Scaling and stitching have rounded them.
    features = torch.where(known, values, features)
    return features.unflatten(0, (len(requests), samples))


def _condition(
    shown: Shown | None, plan: Windows, scaling: str
) -> tuple[Tensor, Tensor]:
    """What the network is shown [windows, window, c], and of which windows
    there is a video at all, bool [windows].

    In frames without a video nobody is seen.
    """
    there = torch.zeros(plan.frames, 1, dtype=torch.bool)
    if shown is None:
        condition = torch.zeros(plan.frames, features_of(scaling))
    else:
        track = shown.track
        there[shown.span] = True
        keypoints = torch.zeros(plan.frames, *track.keypoints.shape[1:])
        keypoints[shown.span] = track.keypoints.float()
        condition = condition_features(
            keypoints, track.width, track.height, scaling=scaling
        )
    return plan.cut(condition), plan.cut(there).any(dim=(-2, -1))
