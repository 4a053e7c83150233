"""Cameras as people hold them, drawn at random for a batch of motions."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.data.draws import BatchDraws
from mini_vimogen.data.shots import SHOTS, Shots
from mini_vimogen.geometry.camera import Camera, viewing_rotation
from mini_vimogen.geometry.camera_motion import around, tremor, turned

_ON_A_TRIPOD, _PANNING, _WALKING_ALONG = range(3)


@dataclass(frozen=True)
class CameraSettings:
    """How casual cameras are drawn. Pairs are (low, high), drawn evenly.

    Args:
        pitch_degrees: how far the camera looks down at the person.
        distance: metres from the person, before the path's extent is added.
        focal: pixels for a picture whose shorter side is 1080.
        most_of_frame: the focal length is cut so that a person of
            ``body_height`` metres fills at most this share of the shorter side.
        portrait: share of upright pictures.
        size: longer and shorter side in pixels.
        following: shares of cameras that stand still, that turn with the
            person, and that walk along.
        follow_seconds: how slowly a following camera reacts.
        off_middle: the person may stand so far from the picture's middle, as
            a share of half the picture.
        off_screen: share of shots that aim or zoom so that part of the person
            is outside the picture.
        orbit: share of shots that circle the person.
        orbit_degrees: per second, either way.
        zoom: share of shots that zoom.
        zoom_rate: change of the logarithm of the focal length per second.
        shake_degrees: size (root mean square) of the hand's tremor about each
            axis.
        roll_degrees: every camera is tilted to a side by up to this.
        aslant: share of shots tilted by up to ``aslant_degrees`` instead.
    """

    pitch_degrees: tuple[float, float] = (-10.0, 30.0)
    distance: tuple[float, float] = (2.5, 7.0)
    focal: tuple[float, float] = (1000.0, 2500.0)
    most_of_frame: float = 0.93
    body_height: float = 1.8
    portrait: float = 0.4
    size: tuple[int, int] = (1920, 1080)
    following: tuple[float, float, float] = (0.5, 0.25, 0.25)
    follow_seconds: float = 0.5
    off_middle: float = 0.25
    off_screen: float = 0.1
    orbit: float = 0.15
    orbit_degrees: tuple[float, float] = (5.0, 30.0)
    zoom: float = 0.15
    zoom_rate: tuple[float, float] = (0.05, 0.25)
    shake_degrees: tuple[float, float] = (0.0, 0.6)
    roll_degrees: float = 3.0
    aslant: float = 0.1
    aslant_degrees: float = 25.0


STEADY = CameraSettings(
    following=(1.0, 0.0, 0.0),
    off_middle=0.0,
    off_screen=0.0,
    orbit=0.0,
    zoom=0.0,
    shake_degrees=(0.0, 0.0),
    roll_degrees=0.0,
    aslant=0.0,
)
"""A level camera on a tripod somewhere around the person."""


def casual_cameras(
    path: Tensor,
    *,
    fps: float,
    generator: torch.Generator,
    shot: Tensor | None = None,
    valid: Tensor | None = None,
    settings: CameraSettings | None = None,
) -> Camera:
    """One drawn camera for each shot of each example, frame by frame.

    Args:
        path: [batch, frames, 3] metres, what the camera films (the pelvis).
        fps: frames per second.
        generator: all draws come from it.
        shot: [batch, frames] int64, which shot a frame belongs to, 0 to 7; None
            is one shot. A new shot is a new camera; the picture's size stays.
        valid: [batch, frames] frames that count; None is all.
        settings: None takes ``CameraSettings()``.

    Returns:
        A camera with leading dimensions [batch, frames].

    A camera that stays at its place keeps its distance from the whole path:
    half the path's extent in the shot is added.
    """
    settings = settings or CameraSettings()
    draws = BatchDraws(path, generator)
    if shot is None:
        shot = torch.zeros_like(path[..., 0], dtype=torch.long)
    if valid is None:
        valid = torch.ones_like(shot, dtype=torch.bool)
    shots = Shots.of(path, shot, valid, fps=fps)
    position, target, distance = _stand(draws, path, shots, settings)
    size, focal, aim = _picture(draws, distance, shots, settings)
    # Towards the person first; then past, so that it appears off the middle.
    rotation = viewing_rotation(target - position)
    past = -aim * size / 2 / focal[..., None]
    past = torch.cat([past, torch.ones_like(past[..., :1])], dim=-1)
    past = (rotation.transpose(-1, -2) @ past[..., None])[..., 0]
    rotation = viewing_rotation(past)
    level = Camera(
        rotation=rotation,
        translation=-(rotation @ position[..., None])[..., 0],
        focal=focal[..., None].expand_as(size),
        centre=size / 2,
        size=size,
    )
    roll = shots.spread(_rolls(draws, len(path), settings))
    turn = torch.stack([0 * roll, 0 * roll, roll], dim=-1)
    low, high = (math.radians(d) for d in settings.shake_degrees)
    shake = draws.even(len(path), low=low, high=high)
    shake = tremor(shots.seconds, size=shake, generator=generator)
    return turned(level, turn + shake)


def _stand(draws, path, shots: Shots, settings):
    """Where the camera stands and looks [batch, frames, 3], and the distance
    [batch, shots] in metres."""
    batch = len(path)
    follows = draws.which(batch, SHOTS, shares=settings.following)
    low, high = settings.distance
    distance = draws.even(batch, SHOTS, low=low, high=high)
    stays = follows != _WALKING_ALONG
    distance = distance + torch.where(stays, shots.extent / 2, 0.0)
    smooth = _smoothed(path, shots, window=settings.follow_seconds)
    still = shots.spread(shots.middle)
    mode = shots.spread(follows)[..., None]
    base = torch.where(mode == _WALKING_ALONG, smooth, still)
    target = torch.where(mode == _ON_A_TRIPOD, still, smooth)
    low, high = (math.radians(d) for d in settings.pitch_degrees)
    pitch = draws.even(batch, SHOTS, low=low, high=high)
    yaw = draws.even(batch, SHOTS, high=2 * math.pi)
    low, high = (math.radians(d) for d in settings.orbit_degrees)
    rate = _sometimes(draws, batch, share=settings.orbit, low=low, high=high)
    position = around(
        base,
        yaw=shots.spread(yaw) + shots.spread(rate) * shots.since,
        pitch=shots.spread(pitch),
        distance=shots.spread(distance),
    )
    return position, target, distance


def _picture(draws, distance, shots: Shots, settings):
    """Picture size [batch, frames, 2], focal length [batch, frames] in pixels,
    and where the person stands, as a share of half the picture [batch, frames,
    2]."""
    batch = len(distance)
    size = distance.new_tensor(settings.size)
    short = size.min()
    upright = draws.chance(batch, 1, 1, share=settings.portrait)
    size = torch.where(upright, size.sort().values, size.sort().values.flip(0))
    low, high = settings.focal
    focal = draws.even(batch, SHOTS, low=low, high=high) * (short / 1080)
    fits = settings.most_of_frame * short * distance / settings.body_height
    focal = torch.minimum(focal, fits)
    room = settings.off_middle
    aim = draws.even(batch, SHOTS, 2, low=-room, high=room)
    # Off screen: either the person stands at the picture's edge, or the picture
    # is a close-up that leaves out the legs.
    edge = draws.even(batch, SHOTS, low=0.75, high=1.0)
    edge = edge * draws.sign(batch, SHOTS)
    closer = draws.even(batch, SHOTS, low=1.2, high=2.2)
    happens = draws.chance(batch, SHOTS, share=settings.off_screen)
    close_up = happens & draws.chance(batch, SHOTS, share=0.5)
    focal = torch.where(close_up, fits * closer, focal)
    across = torch.where(happens & ~close_up, edge, aim[..., 0])
    along = torch.where(close_up, 0.4 * closer - 0.2, aim[..., 1])
    low, high = settings.zoom_rate
    rate = _sometimes(draws, batch, share=settings.zoom, low=low, high=high)
    focal = shots.spread(focal) * torch.exp(shots.spread(rate) * shots.since)
    size = size.expand(*shots.index.shape, 2)
    return size, focal, shots.spread(torch.stack([across, along], dim=-1))


def _rolls(draws, batch: int, settings) -> Tensor:
    """Tilt to a side [batch, shots] in radians."""
    most = (settings.roll_degrees, settings.aslant_degrees)
    usual, aslant = (
        draws.even(batch, SHOTS, low=-m, high=m).deg2rad() for m in most
    )
    happens = draws.chance(batch, SHOTS, share=settings.aslant)
    return torch.where(happens, aslant, usual)


def _sometimes(draws, batch: int, *, share: float, low, high) -> Tensor:
    """A rate of either sign [batch, shots]; 0 where it does not happen."""
    rate = draws.even(batch, SHOTS, low=low, high=high)
    happens = draws.chance(batch, SHOTS, share=share)
    return rate * draws.sign(batch, SHOTS) * happens


def _smoothed(path: Tensor, shots: Shots, *, window: float) -> Tensor:
    """The path [batch, frames, 3] under a Gaussian window of ``window`` s."""
    seconds = shots.seconds
    apart = (seconds[:, None] - seconds) / max(window, 1e-3)
    weight = torch.exp(-0.5 * apart.square()) * shots.valid[:, None]
    total = weight.sum(dim=-1, keepdim=True).clamp(min=1e-6)
    return (weight / total) @ path
