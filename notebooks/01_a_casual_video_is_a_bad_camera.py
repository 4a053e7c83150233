# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. A casual video is a bad camera
#
# How much of a person's motion is left in a video, and how much is gone for good?
#
# :::{admonition} In this lesson
# :class: tip
# **You will**
# - work out by hand where a camera sees each joint, and get the joints back from
#   two cameras;
# - build two different motions that one camera cannot tell apart;
# - turn what is found in a real video into numbers for a network, and say what
#   these numbers keep and what they lose.
#
# **You need to have read:** lesson 0, for joints and for the world with Z up.
#
# **CPU time:** about 5 seconds.
#
# **Paper section:** ViMo {cite}`qiu2024vimo`, what goes into the network, and how
# casual videos become training data; the cameras of AIST++ {cite}`li2021aist`.
# :::

# %% tags=["hide-input"]
import itertools
import math
import time

import torch
from matplotlib.patches import Circle
from torch import Tensor

from mini_vimogen.conventions import COCO17
from mini_vimogen.data import library, real_video
from mini_vimogen.data.casual_video import film_clip
from mini_vimogen.geometry import camera as cameras_of_package
from mini_vimogen.geometry import lens, triangulation
from mini_vimogen.geometry.camera import Camera, image_plane, look_at
from mini_vimogen.geometry.camera_rigs import aist_rig
from mini_vimogen.geometry.coco17 import HEAD_JOINT, coco17_points
from mini_vimogen.geometry.kinematics import global_rotmat
from mini_vimogen.geometry.rotations import rotation_about
from mini_vimogen.geometry.skeleton import SMPL24

# %% tags=["hide-input"]
from mini_vimogen.render.figure import film_strip
from mini_vimogen.render.palette import SERIES, SIDES
from mini_vimogen.render.player import Player
from mini_vimogen.render.projection import View
from mini_vimogen.render.theme import figure, label, show, use_theme
from mini_vimogen.render.video_figure import COCO_BONES, track_strip

started = time.process_time()
use_theme()

# %% [markdown]
# ## One punch, nine cameras
#
# AIST++, the collection of dances on which ViMo was trained, was filmed by nine
# cameras at once: eight around the dancer, one every 45 degrees, and a ninth in
# front again. Here is a recorded punch. We put nine cameras around it in the same way.

# %%
clips = {clip.source: clip.canonical() for clip in library.real_motion()}
punch = clips["deepmimic_punch"]
show(
    film_strip(
        punch,
        frames=[4, 18, 26, 34, 46, 60],
        view=View(azimuth=math.radians(-90), elevation=math.radians(8)),
        title="Seen from the person's right: a step, a punch with the right hand",
    ),
    alt="Six poses seen from the right side: a person steps forward, thrusts the "
    "right arm straight ahead, holds it, and draws it back to the chest.",
)

# %% [markdown]
# A video is looked at by a *detector*, a network that finds points of the body in a
# picture, the *keypoints*. Which points? In this field mostly the 17 of the COCO data
# set {cite}`lin2014coco`: five on the face, and twelve joints. So we work with the same
# 17. Our skeleton has no face; `coco17_points` takes five points that are fixed to the
# head.

# %%
print(*COCO17[:9], sep=", ")
print(*COCO17[9:], sep=", ")


def seventeen_points(clip) -> Tensor:
    """A clip's 17 COCO points in the world: [frames, 17, 3] metres."""
    turned = global_rotmat(clip.local_rotmat, clip.skeleton)
    return coco17_points(clip.joints(), turned[:, HEAD_JOINT])


points = seventeen_points(punch)
middle = points[:, [11, 12]].mean(dim=(0, 1))  # of both hips, over all frames
around = middle * torch.tensor([1.0, 1.0, 0.0])
rig = look_at(aist_rig().position + around, middle, focal=1600.0)
pixels, _ = cameras_of_package.project(points[:, None], rig)
print("points", list(points.shape), "pixels", list(pixels.shape))

# %% tags=["hide-input"]
right_wrist, right_shoulder = COCO17.index("right_wrist"), 6
hit = int((points[:, right_wrist] - points[:, right_shoulder])[:, 1].argmax())


def draw_head(axes, places, **look) -> None:
    """A disc between the ears, and a neck; the points of the face on it."""
    skull, collar = places[[3, 4]].mean(dim=0), places[[5, 6]].mean(dim=0)
    torso = (collar - places[[11, 12]].mean(dim=0)).norm()
    axes.plot(*torch.stack([collar, skull]).T.numpy(), "#c8c8c8", **look)
    disc = Circle(skull.tolist(), 0.2 * float(torso), color="#c8c8c8")
    axes.add_patch(disc)
    axes.plot(*places[:5].T.numpy(), ".", color="#222222", ms=2)


# %% tags=["hide-input"]
def draw_sticks(axes, places, seen=None, width=3.0) -> None:
    """The 17 points [17, 2] of a picture (y down) as a stick figure."""
    seen = torch.ones(17) > 0 if seen is None else seen
    places, look = places.detach().double(), dict(lw=width, clip_on=False)
    if seen[[*range(7), 11, 12]].all():
        draw_head(axes, places, **look)
    for a, b in COCO_BONES:
        if seen[a] and seen[b]:
            side = "centre" if a % 2 != b % 2 else ("right", "left")[a % 2]
            pair, ends = places[[a, b]].T.numpy(), dict(solid_capstyle="round")
            axes.plot(*pair, color=SIDES[side], **look, **ends)
            if side == "right":  # hollow
                axes.plot(*pair, color="white", **look | {"lw": width / 3})


def frame_person(axes, places, half: float) -> None:
    """A square picture around the hips, without axes."""
    x, y = places[[11, 12]].mean(dim=0).tolist()
    axes.set(xlim=(x - half, x + half), ylim=(y + half, y - half))
    axes.set(aspect="equal")
    axes.set_axis_off()


# %% tags=["hide-input"]
def draw_cameras_from_above(axes) -> None:
    """Where the nine cameras stand; the person looks up the page."""
    for number, (x, y, _) in enumerate(rig.position.tolist(), start=1):
        far = 1.28 if number == 9 else 1.0
        x, y = x - float(middle[0]), y - float(middle[1])
        axes.text(far * x, far * y, number, ha="center", va="center")
    axes.annotate("", (0, 2.4), (0, -0.8), arrowprops=dict(arrowstyle="->"))
    axes.set(xlim=(-6, 6), ylim=(-6, 7.2), aspect="equal")
    axes.set_title("from above")
    axes.set_axis_off()


picture, panels = figure(height=4.0, rows=2, columns=5)
for number, axes in enumerate(panels.flat[:9]):
    draw_sticks(axes, pixels[hit, number])
    frame_person(axes, pixels[hit, number], 290)
    axes.set_title(f"camera {number + 1}")
draw_cameras_from_above(panels.flat[9])
show(
    picture,
    alt="The same instant of the punch as nine stick figures. From the sides "
    "the right arm is stretched out; from in front and behind it looks short. "
    "A plan shows the cameras around the person, 1 and 9 in front.",
)

# %% [markdown]
# Blue is the body's left, orange and hollow its right; the small dots are the five points
# of the face. In the plan the arrow says where the person looked at first, and camera 9
# is drawn further out than it stands. From cameras 2 and 7 the punching arm is as long
# as it is. From camera 5, behind, it has nearly gone: what points along the line of
# sight looks short.
#
# ## Projection, from scratch
#
# Where does a camera see a point of the world? It takes three steps.
#
# **1. Into the camera's axes.** A camera has axes of its own: x to the picture's
# right, y *down* the picture, z ahead, along the line of sight. They are the rows of a
# rotation matrix $R$. For a level camera (one that is not rolled to a side) that looks
# along $a$, with $e_z$ the world's up and $\times$ the cross product:
#
# $$
# R = \begin{pmatrix} r \\ d \\ \hat a \end{pmatrix}, \qquad
# \hat a = \frac{a}{|a|}, \quad
# r = \frac{\hat a \times e_z}{|\hat a \times e_z|}, \quad
# d = \hat a \times r .
# $$ (eq-01-axes)


# %%
def viewing_rotation(direction: Tensor) -> Tensor:
    """World to camera rotation [..., 3, 3] of a level camera."""
    up = torch.tensor([0.0, 0.0, 1.0]).expand_as(direction)
    ahead = direction / direction.norm(dim=-1, keepdim=True)
    right = torch.linalg.cross(ahead, up)
    right = right / right.norm(dim=-1, keepdim=True)
    down = torch.linalg.cross(ahead, right)
    return torch.stack([right, down, ahead], dim=-2)


# %% [markdown]
# If the camera stands at $c$, a point $p$ of the world is, seen from there,
#
# $$
# \begin{pmatrix} x \\ y \\ z \end{pmatrix} = R\,(p - c) = R\,p + t,
# \qquad t = -R\,c .
# $$ (eq-01-to-camera)
#
# The last of the three numbers, $z$, is the *depth*: how many metres ahead of the
# camera the point lies.


# %%
def to_camera(points: Tensor, camera: Camera) -> Tensor:
    """World points [..., points, 3] in the camera's axes, metres."""
    rotation = camera.rotation[..., None, :, :]  # the same for all points
    turned = (rotation @ points[..., None])[..., 0]
    return turned + camera.translation[..., None, :]


# %% [markdown]
# **2. Onto a plane.** The light from the point travels straight to the lens. Where
# does it cross a plane one metre ahead? By similar triangles at $x / z$ and $y / z$.
# This division is where depth is lost. A real lens then bends the light a little.
# The usual model has five numbers {cite}`brown1966decentering`. With
# $\rho^2 = x^2 + y^2$ on the plane:
#
# $$
# \begin{aligned}
# x' &= x\,(1 + k_1 \rho^2 + k_2 \rho^4 + k_3 \rho^6)
#       + 2 p_1 x y + p_2 (\rho^2 + 2 x^2), \\
# y' &= y\,(1 + k_1 \rho^2 + k_2 \rho^4 + k_3 \rho^6)
#       + p_1 (\rho^2 + 2 y^2) + 2 p_2 x y .
# \end{aligned}
# $$ (eq-01-lens)


# %%
def distort(plane: Tensor, distortion: Tensor) -> Tensor:
    """Where a lens puts points [..., points, 2] of the plane."""
    k1, k2, p1, p2, k3 = distortion[..., None, :].unbind(-1)
    x, y = plane[..., 0], plane[..., 1]
    square = x**2 + y**2
    grown = 1 + k1 * square + k2 * square**2 + k3 * square**3
    bent_x = x * grown + 2 * p1 * x * y + p2 * (square + 2 * x**2)
    bent_y = y * grown + p1 * (square + 2 * y**2) + 2 * p2 * x * y
    return torch.stack([bent_x, bent_y], dim=-1)


# %% [markdown]
# **3. Into pixels.** The *focal length* $f$, in pixels, is the scale: without the lens's
# bending, a point is $f\,x / z$ pixels right of the picture's middle. Pixels are counted
# from the upper left corner, so the place $m$ of the middle is added:
#
# $$
# u = f_x\, x' + m_x, \qquad v = f_y\, y' + m_y .
# $$ (eq-01-pixels)


# %%
def project(points: Tensor, camera: Camera) -> tuple[Tensor, Tensor]:
    """Points [..., points, 3] to pixels [..., points, 2] and depth."""
    seen = to_camera(points, camera)
    depth = seen[..., 2]
    plane = seen[..., :2] / depth[..., None]
    if camera.distortion is not None:
        plane = distort(plane, camera.distortion)
    focal, centre = camera.focal[..., None, :], camera.centre[..., None, :]
    return focal * plane + centre, depth


# %% [markdown]
# One point by hand: a camera at the origin looks along +Y, with $f = 1000$ and the
# middle at (960, 540). A point 30 cm to its right and 3 m ahead is
# $1000 \cdot 0.3 / 3 = 100$ pixels right of the middle.

# %%
ahead = viewing_rotation(torch.tensor([0.0, 1.0, 0.0]))
by_hand = Camera(
    rotation=ahead,
    translation=torch.zeros(3),
    focal=torch.tensor([1000.0, 1000.0]),
    centre=torch.tensor([960.0, 540.0]),
    size=torch.tensor([1920.0, 1080.0]),
)
where, depth = project(torch.tensor([[0.3, 3.0, 0.0]]), by_hand)
print("pixel", where[0].tolist(), "depth", depth.tolist(), "m")
assert torch.allclose(where, torch.tensor([[1060.0, 540.0]]))

# %% [markdown]
# ## Projection: the package's version
#
# `geometry.camera` has the same functions, and `look_at(position, target)`, which
# makes a `Camera` as we just did. What it adds: `in_view` says which points land
# inside the picture; a camera may be rolled to a side or look straight down; and a
# point *behind* the camera is known as such. Ours would put that point into the
# picture too, upside down, as $x / z$ does not mind a negative $z$.
#
# ## Projection: they agree
#
# On cameras anywhere around random points, with the lenses of four real cameras
# that we shall meet below.

# %%
draws = torch.Generator().manual_seed(0)
some = torch.randn(4, 500, 3, generator=draws)
eyes = 5 * torch.nn.functional.normalize(torch.randn(4, 3, generator=draws))
laboratory = real_video.laboratory_video()
bent = laboratory.cameras.distortion.float()
theirs = look_at(eyes, torch.zeros(3)).with_(distortion=bent)
torch.testing.assert_close(
    project(some, theirs),
    cameras_of_package.project(some, theirs),
    atol=1e-3,  # pixels: a float has seven digits
    rtol=1e-5,
)
torch.testing.assert_close(
    viewing_rotation(-eyes), cameras_of_package.viewing_rotation(-eyes)
)
torch.testing.assert_close(
    distort(some[..., :2], bent), lens.distort(some[..., :2], bent)
)
print("2000 points in four cameras: equal")

# %% [markdown]
# ## What each camera hides
#
# Suppose that the fist had come 10 cm further, in the direction in which the arm
# points. By how many pixels would it move in each of the nine pictures?

# %%
shoulder, wrist = points[hit, right_shoulder], points[hit, right_wrist]
forward = (wrist - shoulder) / (wrist - shoulder).norm()
two_fists = torch.stack([wrist, wrist + 0.1 * forward])
at, _ = project(two_fists, rig)  # [cameras, 2, 2]
moved_px = (at[:, 1] - at[:, 0]).norm(dim=-1)

# %% tags=["hide-input"]
picture, axes = figure(width="half", height=2.6)
axes.bar(range(1, 10), moved_px, color=SERIES[0].colour)
axes.set_xticks(range(1, 10), [f"{n}" for n in range(1, 10)])
axes.set(xlabel="camera", ylabel=label("movement", "px"))
axes.set_title("10 cm of a punch, in nine pictures")
show(
    picture,
    alt="Bars for nine cameras: the movement is largest in cameras 2 and 7, "
    "towards the sides, and several times smaller in camera 5, behind.",
)

# %%
best, worst = int(moved_px.argmax()) + 1, int(moved_px.argmin()) + 1
print(f"camera {best}: {moved_px.max():.1f} px,", end=" ")
print(f"camera {worst}: {moved_px.min():.1f} px,", end=" ")
sight = wrist - rig.position[worst - 1]
between = (sight @ forward / sight.norm()).abs().acos().rad2deg()
print(f"its line of sight {between:.0f} degrees off the arm")

# %% [markdown]
# Camera 5 looks nearly along the arm: only 18 degrees lie between them. So 10 cm become
# 8 pixels, where camera 7 has 37. A detector is wrong by some pixels itself. In the real
# video below, where a person is drawn larger, half of its points are more than 12 pixels
# from the truth, or 2.4 cm. At the size of the pictures above that is again 8 pixels.
#
# ## Two motions, one shadow
#
# It is worse than that. A picture is flat, like a shadow, and even a detector without any
# error cannot say which of two bodies threw a shadow. Take the elbow. Its pixel says on
# which *ray* it lies: a straight line from the camera through that pixel. Say that the
# shoulder $p$ and the length $\ell$ of the upper arm are known. Then the elbow is where
# the ray meets a sphere of radius $\ell$ around the shoulder. A line that goes through a
# sphere meets it *twice*, in front and behind. (It just touches it where the upper arm
# lies across the line of sight.) With $d$ the ray's direction, of length 1, and $c$ the
# camera, the two distances $s$ from the camera are
#
# $$
# s = d \cdot (p - c) \;\pm\;
# \sqrt{\ell^2 - |p - c|^2 + \bigl(d \cdot (p - c)\bigr)^2} .
# $$ (eq-01-two-answers)
#
# One is where the elbow was. The code asks on which side of the ray's point nearest to
# the shoulder that is: `behind` is +1 on the far side, -1 on the near one. With the sign
# turned, `closest - behind * root` is the other answer. We take it, then the same for wrist and hand. There
# is a catch: once the elbow has moved, the wrist's ray may miss the sphere around it.
# Then the root is of a negative number, and the answer NaN. From where our camera
# stands, this happens in no frame.


# %%
def other_answer(joint, parent, new_parent, eye) -> Tensor:
    """The other place on a joint's ray, one bone away from its parent."""
    bone, away = (joint - parent).norm(dim=-1), joint - eye
    distance = away.norm(dim=-1)
    ray = away / distance[..., None]
    behind = (distance - ((parent - eye) * ray).sum(dim=-1)).sign()
    to = new_parent - eye
    closest = (to * ray).sum(dim=-1)
    root = (bone**2 - to.square().sum(dim=-1) + closest**2).sqrt()
    return eye + (closest - behind * root)[..., None] * ray


# %%
def turn_over(joints: Tensor, chain, eye) -> Tensor:
    """Joints [frames, 24, 3] with the other answer for a chain of joints."""
    turned = joints.clone()
    for joint in map(SMPL24.index, chain):
        parent = SMPL24.parents[joint]
        given = joints[:, joint], joints[:, parent], turned[:, parent]
        turned[:, joint] = other_answer(*given, eye)
    return turned


# %%
RIGHT_ARM = ("right_elbow", "right_wrist", "right_hand")
LEFT_ARM = ("left_elbow", "left_wrist", "left_hand")
first = punch.joints().double()
angle = math.radians(-20)  # in front, a little to the person's left
eye = torch.tensor([5 * math.sin(angle), 5 * math.cos(angle), 1.0])
eye = middle.double() + eye.double()
watching = look_at(eye, middle.double(), focal=1600.0)
second = turn_over(first, RIGHT_ARM, eye)

# %%
in_first, _ = project(first, watching)
in_second, _ = project(second, watching)
assert second.isfinite().all()  # no ray missed its sphere
parents = list(SMPL24.parents[1:])


def bones(joints: Tensor) -> Tensor:
    """The length of every bone in every frame, metres."""
    return (joints[:, 1:] - joints[:, parents]).norm(dim=-1)


wrist_of = SMPL24.index("right_wrist")
apart_m = (first - second)[:, wrist_of].norm(dim=-1)
apart_px = float((in_first - in_second).abs().max())
torch.testing.assert_close(bones(first), bones(second))
torch.testing.assert_close(in_first, in_second)
print(f"right wrist: up to {apart_m.max():.2f} m apart")
print(f"in the picture: at most {apart_px:.0e} px apart, bones equal")

# %% tags=["hide-input"]
shown = [4, 18, 26, 34, 46, 60]
both = [seventeen_points(punch).double(), None]
both[1] = both[0].clone()
both[1][:, [8, 10]] = second[:, [SMPL24.index(name) for name in RIGHT_ARM[:2]]]
picture, panels = figure(height=3.2, rows=2, columns=len(shown))
for row, name in zip(range(2), ("first", "second"), strict=True):
    flat, _ = project(both[row], watching)
    for axes, frame in zip(panels[row], shown, strict=True):
        draw_sticks(axes, flat[frame])
        frame_person(axes, flat[frame], 320)
    panels[row, 0].set_title(f"{name} motion, from the camera", loc="left")
show(
    picture,
    alt="Two rows of six stick figures, the first and the second motion as the "
    "camera sees them: they are exactly the same.",
)

# %% tags=["hide-input"]
from_the_side = View(azimuth=math.radians(-90), elevation=math.radians(8))
show(
    film_strip(
        [first, second],
        frames=shown,
        fps=punch.fps,
        view=from_the_side,
        labels=["first motion", "second motion"],
        title="The same two motions, from the person's right side",
    ),
    alt="Two rows of poses from the side: in the first the person punches "
    "forward, in the second the right arm points backward, across the chest.",
)

# %%
Player(
    [first.float(), second.float()],
    labels=["first", "second"],
    fps=punch.fps,
    title="Two motions, one shadow: drag to look from the side",
)

# %% [markdown]
# The camera cannot tell a punch from an arm that points backward, across the chest. The
# same holds for the left arm on its own (first exercise). In fact each *bone* has two
# answers, so there are far more than two motions: up to twice as many with each bone,
# less those where a ray misses its sphere or a joint would bend the wrong way. Which one
# is true can only be guessed, from what bodies usually do: elbows bend one way only, and
# a step forward goes well with a punch. That is knowledge about people, not about
# pictures. It is why a network that *lifts* 2D
# points to 3D has to be trained on human motion (lesson 2).
#
# ### Small and near, or large and far
#
# Three more things are gone. Let everything grow away from the camera by a factor:
# every point stays on its ray.

# %%
for factor in (0.5, 1.0, 2.0):
    grown = eye + factor * (first - eye)
    in_grown, _ = project(grown, watching)
    torch.testing.assert_close(in_grown, in_first)
    tall = grown[0, :, 2].max() - grown[0, :, 2].min()
    far = (grown[0, 0] - eye).norm()
    print(f"lowest to highest joint {tall:.2f} m, {far:.1f} m away", end=": ")
    print(f"{(in_grown - in_first).abs().max():.0e} px apart")

# %% [markdown]
# A child near by, a grown-up, and a giant far away make the same video. A lifter
# has one body size built in, and says metres as if everybody had that size.
#
# ### Who moves?
#
# Here somebody walks past a camera that stands still. Then the walk is taken on the
# spot, as on a treadmill, and the camera glides past instead: in each frame it stands
# where the first camera stands, less the way walked so far. Its `glides` is $t = -R\,c$
# for that place $c$, one for each frame.

# %%
walk = clips["cmu_016_27"]
path = walk.root_position * torch.tensor([1.0, 1.0, 0.0])
stand = path.mean(dim=0) + torch.tensor([3.0, 3.0, 1.2])
hips_high = torch.tensor([0.0, 0.0, 0.9])
still = look_at(stand, path.mean(dim=0) + hips_high, focal=1100.0)
glides = -(still.rotation @ (stand - path)[..., None])[..., 0]
gliding = still.with_(translation=glides)  # one camera a frame

walking, _ = project(walk.joints(), still)
on_the_spot, _ = project(walk.joints() - path[:, None], gliding)
torch.testing.assert_close(walking, on_the_spot, atol=1e-2, rtol=0)
went = (path[-1] - path[0]).norm()
print(f"{went:.1f} m walked, or none:", end=" ")
print(f"{(walking - on_the_spot).abs().max():.0e} px apart")

# %% [markdown]
# Only the background would tell, and keypoints have none.
#
# ### Which way is up?
#
# Now the whole world leans to a side by 15 degrees, and the camera leans with it.

# %%
lean = rotation_about("y", torch.tensor(math.radians(15)).double())
leaning = eye + (first - eye) @ lean.T
turned = watching.rotation @ lean.T
with_it = watching.with_(rotation=turned, translation=-(turned @ eye))
in_leaning, _ = project(leaning, with_it)
torch.testing.assert_close(in_leaning, in_first)
print(f"{(in_leaning - in_first).abs().max():.0e} px apart")

# %% [markdown]
# So this is what no method can read off the keypoints of one camera, however good it
# is: the near or the far answer for each bone, the size, who moved, and which way is up.
# A lifter guesses all four from the motions that it was trained on.
#
# ## Two cameras, from scratch
#
# A second camera ends all this, if both are *calibrated*: if we know where each stands,
# how it is turned and how its lens draws ($R$, $t$, $f$ and the lens). Its ray through the
# same point comes from elsewhere, and two rays meet in one place only. The size comes
# back too, as the metres between the two cameras are known, and so does "who moved"
# and "which way is up", as far as the cameras' places say it. That is *triangulation*.
#
# A pixel must first become a ray again. `image_plane` of the package goes step 3
# backwards, $(u - m_x) / f_x$, and then undoes the lens by trying: it looks for the
# place that {eq}`eq-01-lens` sends to the given one. Write $P = (R \;\; t)$
# for the 3 x 4 matrix of a camera, $P_1, P_2, P_3$ for its rows, and $h$ for the
# wanted point with a 1 behind it. With $x, y$ now that place on the camera's plane (no
# longer the metres of step 1), step 2 says $x = P_1 h / P_3 h$.
# Multiplied out,
#
# $$
# (x\, P_3 - P_1)\, h = 0, \qquad (y\, P_3 - P_2)\, h = 0 .
# $$ (eq-01-triangulation)
#
# Two equations for each view; with two views four equations, for three unknowns. With
# noise they cannot all be zero. Stack them as a matrix $A$, and look for the vector $h$ of
# length 1 with the smallest sum of squares $|A h|^2$. That is a least-squares problem,
# and its answer is known: $A$'s last right *singular vector*, the direction that $A$
# shrinks most. We scale it to end in 1. Each view counts by the detector's confidence.


# %%
def triangulate(
    pixels: Tensor, confidence: Tensor, cameras: Camera
) -> tuple[Tensor, Tensor]:
    """Pixels [views, ..., 2] to points [..., 3], and which views counted."""
    inner = pixels.shape[1:-1]
    plane = image_plane(pixels.reshape(len(pixels), -1, 2), cameras)
    weight = confidence.reshape(len(pixels), -1, 1)
    equations = []
    for view in range(len(pixels)):
        shift = cameras.translation[view][:, None]
        row_1, row_2, row_3 = torch.cat([cameras.rotation[view], shift], dim=1)
        x, y = plane[view, :, :1], plane[view, :, 1:]
        equations.append(weight[view] * (x * row_3 - row_1))
        equations.append(weight[view] * (y * row_3 - row_2))
    equations = torch.stack(equations, dim=1)  # [points, 2 views, 4]
    answer = torch.linalg.svd(equations).Vh[:, -1]
    found = answer[:, :3] / answer[:, 3:]
    return found.reshape(*inner, 3), confidence > 0


# %% [markdown]
# ## Two cameras: the package's version
#
# `geometry.triangulation` does not trust every view. A detector sometimes takes the
# left arm for the right one, and a mean of the two is nowhere. So each *pair* of views
# proposes a point, the proposal that most views agree with wins, and views that
# are more than 40 pixels off are left out.
#
# ## Two cameras: they agree
#
# As long as no view is far off. Here three of the nine cameras see the walk, with
# errors of 2 pixels.

# %%
three = rig[[0, 2, 5]]
some_points = seventeen_points(walk)
clean_px, _ = project(some_points, three.reshape(3, 1))
noisy_px = clean_px + 2 * torch.randn(clean_px.shape, generator=draws)
sure = 0.5 + 0.5 * torch.rand(clean_px.shape[:-1], generator=draws)
ours = triangulate(noisy_px, sure, three)
package = triangulation.triangulate(noisy_px, sure, three)
torch.testing.assert_close(ours, package, atol=1e-3, rtol=0)
error = 1000 * (ours[0] - some_points).norm(dim=-1).mean()
print(
    f"{some_points.shape[0] * 17} points: equal; {error:.1f} mm off the truth"
)

# %% [markdown]
# How far apart should two cameras stand? One stays in front of the punch, the other
# goes around it; both have errors of 3 pixels.

# %%
degrees = torch.arange(4, 181, 4)
mean_mm, median_mm = [], []
for turn in torch.deg2rad(degrees.float()):
    angles = torch.stack([torch.zeros(()), turn])
    level = torch.stack([angles.sin(), angles.cos(), 0 * angles], dim=-1)
    pair = look_at(middle + 5 * level, middle, focal=1600.0)
    exact, _ = project(points, pair.reshape(2, 1))
    wrong = exact + 3 * torch.randn(exact.shape, generator=draws)
    found, _ = triangulate(wrong, torch.ones(wrong.shape[:-1]), pair)
    off = 1000 * (found - points).norm(dim=-1)
    mean_mm.append(float(off.mean()))
    median_mm.append(float(off.median()))

# %% tags=["hide-input"]
picture, axes = figure(width="half", height=2.6)
axes.plot(degrees, mean_mm, color=SERIES[0].colour, label="mean")
axes.plot(degrees, median_mm, "--", color=SERIES[1].colour, label="median")
axes.legend()
axes.set_yscale("log")
axes.set_yticks([10, 30, 100, 300], ["10", "30", "100", "300"])
axes.minorticks_off()
axes.set_xticks([0, 45, 90, 135, 180])
axes.set(xlabel=label("angle between cameras", "degrees"))
axes.set(ylabel=label("error", "mm"), title="Two cameras, 3 px of noise")
show(
    picture,
    alt="The error of triangulation over the angle between two cameras: very "
    "large near 0, flat and lowest around 90 degrees, and larger again towards "
    "180, where the mean jumps about far above the median.",
)

# %%
least = min(mean_mm)
flat = degrees[torch.tensor(mean_mm) < 1.1 * least]
print(f"mean at best {least:.0f} mm; less than a tenth above that", end=" ")
print(f"from {flat.min()} to {flat.max()} degrees")

# %% [markdown]
# Two cameras side by side are nearly one camera: their rays lie nearly along each other
# and meet nowhere in particular. For two that face each other this holds only near the
# line from one to the other. The points there are very wrong, and rule the mean, which
# jumps about; the median grows evenly. Around a right angle each camera sees what the
# other does not, and 20 degrees more or less hardly matter. This is our *oracle*, the answer that a
# single camera lacks: whatever lifts one camera's keypoints is compared with what two
# or more cameras say.
#
# ## A real video
#
# Four calibrated cameras (their $R$, $t$, $f$ and lens are known) filmed a man
# who leans and turns. The detector is BlazePose {cite}`bazarevsky2020blazepose`.
# It ran once; the course ships what it found, and four small pictures.

# %%
view = laboratory.frame_view
track = laboratory.tracks[view]
print("keypoints", list(track.keypoints.shape), f"at {track.fps:g} per second")
found = [track.keypoints[frame.number] for frame in laboratory.frames]
placed = [
    torch.cat([frame.place(one[:, :2]), one[:, 2:]], dim=1)
    for frame, one in zip(laboratory.frames, found, strict=True)
]
times = [frame.number / track.fps for frame in laboratory.frames]
drawn = f"View {view + 1} of 4: the man's left in blue, his right in orange"
show(
    track_strip(
        [f.pixels for f in laboratory.frames], placed, times=times, title=drawn
    ),
    alt="Four frames of a real video: a man with a swimming cap leans, lifts a "
    "leg and turns; the joints found are drawn over him, left in blue.",
)

# %% [markdown]
# A detector reports three numbers for each point: x, y and a *confidence*, from 0, not
# seen, to 1. What is a confidence worth? The four views together give a 3D truth. It was
# fitted when the video was packed; leaving one view out moved its points by 1 to 2 cm,
# and 2 cm are about 10 pixels in these pictures. Projected back, it says how many pixels
# lie between each keypoint and the truth.

# %%
tracks = torch.stack([one.keypoints for one in laboratory.tracks]).double()
truth = laboratory.points.double()
should_be, far = project(truth, laboratory.cameras.reshape(4, 1))
wrong_px = (tracks[..., :2] - should_be).norm(dim=-1)
per_metre = laboratory.cameras.focal[:, 0] / far.mean(dim=(1, 2))
print("2 cm in each view:", (0.02 * per_metre).round().int().tolist(), "px")
limits = [0.0, 0.5, 0.8, 0.95, 0.99, 1.0]
medians = []
for low, high in itertools.pairwise(limits):
    among = (tracks[..., 2] > low) & (tracks[..., 2] <= high)
    medians.append(float(wrong_px[among].median()))
    print(f"confidence {low:4.2f} to {high:4.2f}:", end=" ")
    print(
        f"{among.sum():4d} points, half of them over {medians[-1]:.0f} px off"
    )

# %% [markdown]
# (The pictures are 1920 pixels high.) Low confidence is a warning. The 12 pixels that are
# left at high confidence are no more than the truth itself may be off, so they do not
# say how good the detector can be. High confidence is no promise all the same, as the
# man on the roof will show. *Which* points are unsure, and when? Here is another video, of a man on a roof,
# who does jumping jacks (arms up twice in the first 2.3 seconds), walks, turns a somersault down to the grass and runs.

# %%
street = real_video.street_track()
picture, axes = figure(height=3.4)
seconds = street.frames / street.fps
image = axes.imshow(
    street.keypoints[..., 2].T,
    aspect="auto",
    cmap="Greys",
    vmin=0,
    vmax=1,
    extent=(0, seconds, 16.5, -0.5),
)
axes.set_yticks(range(17), [name.replace("_", " ") for name in COCO17])
axes.set(xlabel=label("time", "s"), title="Confidence: black 1, white 0")
axes.grid(False)
picture.colorbar(image, label=label("confidence", None))
show(
    picture,
    alt="Confidence of 17 points over 7.7 seconds: mostly black; elbows, "
    "wrists, knees and ankles turn grey and white in spans, those of the left "
    "most, and many points at once in the somersault.",
)

# %% [markdown]
# From the fourth second on he walks across the picture, and his left arm and leg are on
# the far side, behind his body; then comes the somersault. Joints are missing for a while,
# not here and there. The left elbow is worst, then the left wrist, knee and ankle; the
# hips and shoulders are never unsure. A point that something hides is called
# *occluded*.
#
# Confidence does not catch everything. In one of the four views of the laboratory the
# detector took left for right in many frames, sure of itself. What does that do to
# triangulation? Two views each, then all four, ours and the package's:

# %%
BODY = slice(5, 17)  # without the face
places, sure = tracks[..., :2], tracks[..., 2]


def off_mm(found: Tensor) -> str:
    """Median error, and what the worst twentieth exceeds."""
    error = 1000 * (found - truth)[:, BODY].norm(dim=-1).flatten()
    worst = error.quantile(0.95)
    return f"median {error.median():3.0f} mm, one in 20 over {worst:4.0f} mm"


sights = laboratory.cameras.position - truth.mean(dim=(0, 1))
sights = sights / sights.norm(dim=-1, keepdim=True)
for pair in map(list, itertools.combinations(range(4), 2)):
    two = places[pair], sure[pair], laboratory.cameras[pair]
    pair_found, _ = triangulate(*two)
    between = torch.rad2deg((sights[pair[0]] @ sights[pair[1]]).acos())
    print(f"views {pair[0] + 1} and {pair[1] + 1},", end=" ")
    print(f"{between:3.0f} degrees apart:", off_mm(pair_found))

# %%
all_four, _ = triangulate(places, sure, laboratory.cameras)
robust, _ = triangulation.triangulate(places, sure, laboratory.cameras)
print("all four, ours:                ", off_mm(all_four))
print("all four, package's:           ", off_mm(robust))
for one, share in enumerate(laboratory.swapped.double().mean(dim=(1, 2)), 1):
    usual_px = wrong_px[one - 1][:, BODY].median()
    print(
        f"view {one}: left taken for right in {share:3.0%} of cases,", end=" "
    )
    print(f"median {usual_px:2.0f} px from the truth")

# %% [markdown]
# The three worst tails are the pairs with view 2, the one that takes left for right.
# Views 1 and 3 make no such mistake, and still are three times as far off as views 1 and
# 4. An angle of 146 degrees costs something (half as much again, in the curve above), but
# the last lines say more: view 4 lies closest to the truth by itself.
#
# More views help only if none of them lies: the bad one spoils the tail of our mean of
# all four. The package's version leaves out a view that the others contradict. Its median
# is the best of all, but not its tail: one point in 20 is still over 145 mm off, against
# 66 mm for views 1 and 4 alone. A view that is wrong by less than 40 pixels stays in, and
# where two views are wrong, the wrong pair may win. (The truth was fitted to these
# same four views, with bones of constant length and those mistakes put right. So it is no
# judge of the last few millimetres, and may lean towards one view.)
#
# ### Your own video
#
# Name a video here, say `"dance.mp4"` in the folder of this notebook, and run this and
# the next cell again. That needs the packages of the extra `video` and the detector's
# two files. Nothing is fetched here: if something is missing, the cell says what, and
# we go on with the man on the roof.

# %%
from mini_vimogen.formats import video

MY_VIDEO = None
watched = street
if MY_VIDEO is None:
    print("not live: MY_VIDEO names no video; here is the man on the roof")
else:
    try:
        watched = video.read_keypoints(MY_VIDEO, frames=300)
        print("live:", MY_VIDEO)
    except (FileNotFoundError, ValueError) as problem:
        print(f"not live: {problem}; here is the man on the roof")
print(f"{watched.frames} frames, {watched.width:g} x {watched.height:g} pixels")

# %% tags=["hide-input"]
picture, panels = figure(height=1.8, columns=7)
step = (watched.frames - 1) / 6
for at, axes in enumerate(panels):
    one = watched.keypoints[round(at * step)]
    draw_sticks(axes, one[:, :2], one[:, 2] > 0.1)
    reach = (one[:, :2] - one[[11, 12], :2].mean(dim=0)).abs().max()
    frame_person(axes, one[:, :2], 1.1 * float(reach) + 1)
    axes.set_title(f"{round(at * step) / watched.fps:.1f} s")
    axes.set_axis_off()
show(
    picture,
    alt="Seven instants of the video as stick figures, close up; joints with a "
    "confidence below 0.1 are left out.",
)

# %% [markdown]
# On the roof, at 6.4 s, the detector has the man upside down. In the video he has just
# landed from a somersault, and stands on his feet. How sure was it?

# %%
landed = street.keypoints[191, :, 2]
print(f"{int((landed > 0.9).sum())} of 17 points with a confidence over 0.9")

# %% [markdown]
# ## Cuts
#
# A *cut* is where a film jumps from one camera to another. The keypoints jump too, and
# nothing in the file says so. To see what a cut looks like, we need videos whose cuts
# are known. `film_clip` makes them: a simulated camera somewhere around a recorded
# motion, hand-held, now and then replaced by another, and a simulated detector with
# the mistakes above.

# %%
from mini_vimogen.conditions.cuts import detect_cuts

filming = torch.Generator().manual_seed(3)
held_out = library.real_motion("validation") + library.real_motion("test")
videos = [film_clip(clip, generator=filming) for clip in 3 * held_out]
known = sum(len(one.cut_frames) for one in videos)
frames = sum(len(one.keypoints) for one in videos)
print(f"{len(videos)} videos, {frames} frames, {known} cuts")

# %% [markdown]
# The first idea: at a cut all points move far. Take the mean step of the points that
# both frames saw, divide it by the size of the person in the picture, and call it a
# cut above some limit.


# %%
def mean_step(keypoints: Tensor) -> Tensor:
    """Mean movement into each frame [frames], in sizes of the person."""
    place, seen = keypoints[..., :2], keypoints[..., 2] > 0.1
    known = torch.where(seen[..., None], place, torch.nan)
    step = known.diff(dim=0).norm(dim=-1).nanmean(dim=1)
    low = torch.where(seen[..., None], place, torch.inf).amin(dim=1)
    high = torch.where(seen[..., None], place, -torch.inf).amax(dim=1)
    size = (high - low).amax(dim=-1)[1:]
    return torch.cat([torch.zeros(1), (step / size).nan_to_num(0.0)])


# %% tags=["hide-input"]
longest = max(videos, key=lambda one: len(one.cut_frames))
seconds = torch.arange(len(longest.keypoints)) / longest.fps
picture, panels = figure(height=5.0, rows=3)
wrist_x = longest.keypoints[:, 9, 0]
hip_x = longest.keypoints[:, 11, 0]
named = {"left wrist": wrist_x, "left hip": hip_x}
for style, (name, x) in zip(SERIES, named.items(), strict=False):
    x = torch.where(x == 0, torch.nan, x)  # not seen
    panels[0].plot(seconds, x, style.linestyle, color=style.colour, label=name)
panels[0].set(ylabel=label("x in the picture", "px"))
panels[0].set_title("A simulated video with cuts (vertical lines)")
panels[0].legend()
panels[1].plot(seconds, mean_step(longest.keypoints), color=SERIES[0].colour)
panels[0].tick_params(labelbottom=False)
panels[1].set_title("Its mean step")

# %% tags=["hide-input"]
for axes in panels[:2]:
    axes.set(xlim=(0, float(seconds[-1])))
    for frame in longest.cut_frames:
        axes.axvline(frame / longest.fps, color="#8a8a8a", lw=0.8, ls="--")
named = [clip.source for clip in 3 * held_out]
uncut = videos[named.index("deepmimic_cartwheel", len(held_out))]
assert not uncut.cut_frames
seconds = torch.arange(len(uncut.keypoints)) / uncut.fps
panels[2].plot(seconds, mean_step(uncut.keypoints), color=SERIES[0].colour)
panels[2].set_title("Mean step in a video without a cut: a cartwheel")
panels[2].set(xlim=(0, float(seconds[-1])))
for axes in panels[1:]:
    axes.set(ylabel=label("mean step", None), ylim=(0, 1))
    axes.set(xlabel=label("time", "s"))
show(
    picture,
    alt="Above, x of a wrist and a hip over time, with jumps at the cuts. Then "
    "the mean step of all points: high peaks at the cuts, lower ones elsewhere. "
    "Below, a cartwheel without a cut: one peak above 0.5.",
)


# %%
def count(find) -> str:
    """How a way to find cuts does on all the videos."""
    found = torch.cat([find(one) for one in videos])
    true = torch.cat([one.cuts for one in videos])
    right, wrong = int((found & true).sum()), int((found & ~true).sum())
    return f"{right:3d} of {int(true.sum())} cuts found, {wrong:3d} false"


def by_steps(limit: float):
    """The first idea, as a function of a video."""
    return lambda one: mean_step(one.keypoints) > limit


def by_package(one) -> Tensor:
    return detect_cuts(one.keypoints, one.width, one.height)


for limit in (0.1, 0.2, 0.3):
    print(f"mean step > {limit}:", count(by_steps(limit)))
print("detect_cuts:    ", count(by_package))

# %% [markdown]
# No limit is right for all of these videos. A low one finds cuts where there are none,
# as at the peak of the cartwheel: there the detector took left for right, and the points
# moved further than at many a cut. A high one misses the cuts that change little.
#
# The package's `detect_cuts` asks something else: did a joint move as it did just
# before, or as it does just after? In four steps:
#
# 1. Where exchanging left and right makes the step smaller, it exchanges them.
# 2. It compares each joint's step with the one before and the one after. The smaller
#    of the two differences, in sizes of the person, is what the motion does not explain.
# 3. It takes the median over the joints, so that a few bad ones do not matter. Call this
#    the *jump* of the frame.
# 4. A cut is a frame with jump $> 0.05 + 2.5\,\times$ the usual jump (the median over five
#    frames on either side), and no smaller than the jumps of its two neighbours.
#
# A cut between two cameras that see nearly the same can still get past it, and every
# count above is of simulated videos.
#
# ## Normalisation, from scratch
#
# A network should not care whether a video is 640 or 1920 pixels wide. So keypoints
# are brought to a common scale before it sees them: they are *normalised*. One way, that
# of the lifter MotionBERT {cite}`zhu2023motionbert`, takes the whole clip. Put a *box*, an
# upright square just large enough, around every seen point of every frame. With its
# middle $m$ and side $s$, bring it to the range from -1 to 1:
#
# $$
# x' = 2\, \frac{x - m_x}{s}, \qquad y' = 2\, \frac{y - m_y}{s} .
# $$ (eq-01-box)
#
# Points that were not seen lie anywhere, even outside the box; the code below ends with
# a clamp, which puts them on its edge.


# %%
def crop_scale(keypoints: Tensor) -> Tensor:
    """Keypoints [frames, 17, 3] of a clip; its box goes to -1 ... 1."""
    place, confidence = keypoints[..., :2], keypoints[..., 2:]
    seen = place[confidence[..., 0] != 0]  # [seen points, 2]
    if len(seen) < 4:
        return torch.zeros_like(keypoints)  # too few for a box
    low, high = seen.amin(dim=0), seen.amax(dim=0)
    side = (high - low).max()
    scaled = 2 * (place - (low + high) / 2) / side
    return torch.cat([scaled, confidence], dim=-1).clamp(-1, 1)


# %% [markdown]
# Another way takes every frame for itself: count from the middle of the hips, in units
# of half the side of that frame's own box.


# %%
def around_hips(keypoints: Tensor) -> Tensor:
    """Places [frames, 17, 2] from the hips, in units of each frame's box."""
    place = keypoints[..., :2]
    hips = place[:, 11:13].mean(dim=1, keepdim=True)
    box = place.amax(dim=1) - place.amin(dim=1)  # [frames, 2]
    return (place - hips) / (box.amax(dim=-1) / 2)[:, None, None]


# %% [markdown]
# ## Normalisation: the package's version
#
# `conditions.keypoints.crop_scale` is the first. `condition_features`, which our
# lifter uses, is the second, and does not throw away what it divides by. A frame
# becomes 55 numbers: x, y and confidence of 17 points (51), where the hips are in the
# picture (2), the logarithm of the box's size (1), and whether a new shot begins (1).
# Unseen points are filled in first, from the frames before and after. That is our reading
# of the paper's "simple interpolation and completion".
#
# ## Normalisation: they agree
#
# On all the simulated videos, and, for the hips, on the roof.

# %%
from mini_vimogen.conditions import keypoints as conditions

for one in videos:
    torch.testing.assert_close(
        crop_scale(one.keypoints), conditions.crop_scale(one.keypoints)
    )
filled = conditions.complete(street.keypoints)  # unseen points filled in
features = conditions.condition_features(filled, street.width, street.height)
of_package = features[:, :51].unflatten(1, (17, 3))[..., :2]
torch.testing.assert_close(around_hips(filled), of_package, atol=1e-4, rtol=0)
print(f"{len(videos)} videos and {street.frames} frames of the roof: equal")

# %% [markdown]
# ## Break it: not seen is not "at the origin"
#
# A point that was not seen has no place. But a file must write something, and mostly
# writes zeros: x = 0, y = 0, confidence 0. Forget the confidence, and the point *is*
# somewhere: in the upper left corner of the picture. Here is a walk, with the left
# wrist unseen for a third of a second.

# %%
side_view, _ = project(seventeen_points(walk), still)
side_view = torch.cat([side_view, torch.ones(len(side_view), 17, 1)], dim=-1)
gap, left_wrist = slice(20, 30), COCO17.index("left_wrist")
unseen = side_view.clone()
unseen[gap, left_wrist] = 0.0  # as the file has it
forgotten = unseen.clone()
forgotten[..., 2] = 1.0  # ... and now the confidence is forgotten
ways = {
    "all points seen": crop_scale(side_view),
    "unseen, known to be": crop_scale(conditions.complete(unseen)),
    "unseen, taken for (0, 0)": crop_scale(forgotten),
}
heights = {}
for name, scaled in ways.items():
    tall = scaled[0, :, 1].max() - scaled[0, :, 1].min()
    heights[name] = float(tall)
    print(f"{name:26s} the person is {tall / 2:4.0%} of the box tall")

# %% tags=["hide-input"]
picture, panels = figure(height=2.9, columns=3)
for axes, (name, scaled) in zip(panels, ways.items(), strict=True):
    for frame in (0, 12, 25, 40, 56):
        draw_sticks(axes, scaled[frame, :, :2], width=1.5)
    axes.set(xlim=(-1.1, 1.1), ylim=(1.1, -1.1), aspect="equal", title=name)
    axes.set(xlabel=label("x'", None), ylabel=label("y'", None))
show(
    picture,
    alt="A walk at five instants in the box from -1 to 1, three times. With all "
    "points seen, and with the gap filled, walkers fill the box. Where the "
    "unseen wrist is taken for the corner, they are small and far to the right, "
    "and one arm shoots into the upper left corner.",
)

# %% [markdown]
# One wrist in ten frames shrank the walker in *all* frames, as all share the box. The
# box of each frame by itself confines the harm to ten frames, but there everything
# shrinks:

# %%
with_gap, without = around_hips(forgotten), around_hips(side_view)
others = [joint for joint in range(17) if joint != left_wrist]
change = (with_gap - without)[:, others].norm(dim=-1).amax(dim=1)
hurt = int((change > 0.05).sum())
print(f"per frame: {hurt} of {len(change)} frames are changed,")
print(f"  by up to {change.max():.2f} (the box reaches from -1 to 1)")
mended = around_hips(conditions.complete(unseen))
change = (mended - without).norm(dim=-1).amax(dim=0)  # of each joint
print(f"per frame, unseen known to be: the wrist {change[left_wrist]:.2f},")
print(f"  the other points by up to {change[others].max():.2f}")

# %% [markdown]
# The picture tells it at once: a limb that shoots to a corner. A training that
# never draws its input does not notice. So in this course 0 confidence always means
# *not seen*, and `complete` gives such a point a likely place, and keeps the zero, so
# that the network knows that it was made up.
#
# ## What normalisation keeps and loses
#
# Both ways forget how large the video was. What else? Here is the walk once more, and
# with an editor's cut in the middle: the second half is blown up to twice the size.
# The body does just the same, from the same direction. A third version rolls the camera
# by 15 degrees about its line of sight, so that the picture turns.

# %%
half = len(side_view) // 2
cut_in = side_view.clone()
about = torch.tensor([700.0, 500.0])
cut_in[half:, :, :2] = 2 * (side_view[half:, :, :2] - about)
small = side_view * torch.tensor([1 / 3, 1 / 3, 1.0])
cos, sin = math.cos(math.radians(15)), math.sin(math.radians(15))
turn = torch.tensor([[cos, -sin], [sin, cos]])
tilted = side_view.clone()
tilted[..., :2] = (side_view[..., :2] - about) @ turn.T + about
versions = {
    "a third of the pixels": small,
    "cut to twice the size": cut_in,
    "camera rolled": tilted,
}


# %%
def of_clip(keypoints: Tensor) -> Tensor:
    """The first way, without confidence."""
    return crop_scale(keypoints)[..., :2]


def largest_change(way, version: Tensor, part=slice(None)) -> float:
    """By how much a version changes the numbers of the walk."""
    return float((way(version) - way(side_view))[part].abs().max())


print("largest change of a number".ljust(34), "whole clip  each frame")
for name, version in versions.items():
    changes = [largest_change(way, version) for way in (of_clip, around_hips)]
    print(name.ljust(34), f"{changes[0]:10.2f}{changes[1]:12.2f}")
before = slice(0, half)
changes = [largest_change(w, cut_in, before) for w in (of_clip, around_hips)]
name = "cut, the frames before it"
print(name.ljust(34), f"{changes[0]:10.2f}{changes[1]:12.2f}")
assert largest_change(around_hips, cut_in) < 1e-3 < 0.3 < changes[0]

# %% tags=["hide-input"]
picture, panels = figure(height=4.6, rows=2, columns=2)
for row, (name, version) in enumerate(
    {"one shot": side_view, "with a cut": cut_in}.items()
):
    ways = {"whole clip": of_clip, "each frame": around_hips}
    for axes, (text, way) in zip(panels[row], ways.items(), strict=True):
        for frame in (0, 28, 56):
            draw_sticks(axes, way(version)[frame], width=1.5)
        axes.set(xlim=(-1.5, 1.5), ylim=(1.25, -1.25), aspect="equal")
        axes.set(xlabel=label("x'", None), ylabel=label("y'", None))
        axes.set_title(f"{text}, {name}")
show(
    picture,
    alt="Four panels. By the whole clip, walkers stand side by side; with a cut, "
    "small ones and large ones. By each frame, all walkers stand on one spot, "
    "with a cut exactly as without.",
)

# %% [markdown]
# By the whole clip, the box of the close shot rules, and the frames *before* the cut
# change too. By each frame nothing changes. But look what that costs: the walkers all
# stand on one spot. Where did the walk go?

# %%
features = conditions.condition_features(
    side_view, still.size[0], still.size[1]
)
hips = {
    "whole clip": of_clip(side_view)[:, 11:13].mean(dim=1)[:, 0],
    "each frame": around_hips(side_view)[:, 11:13].mean(dim=1)[:, 0],
    "each frame, kept beside": features[:, 51],
}
print("(1 is half the box, or half the longer side of the picture)")
for name, x in hips.items():
    print(f"{name:25s} the hips go from x = {x[0]:5.2f} to {x[-1]:5.2f}")
size = features[:, 53].exp()
print(f"box / longer side, kept beside: from {size[0]:.2f} to {size[-1]:.2f}")

# %% [markdown]
# | | whole clip | each frame | each frame, and what it divides by |
# | --- | --- | --- | --- |
# | number of pixels of the video | gone, as wanted | gone, as wanted | gone, as wanted |
# | the person's way through the picture | kept | lost | kept |
# | the person comes nearer or goes away | kept | lost | kept |
# | the posture is the same after a cut to a close shot | no | yes | yes |
# | one wrong point harms | the whole clip | its frame | its frame |
# | a rolled camera is made good | no | no | no |
# | size of the person, near or far limbs | lost before | lost before | lost before |
#
# The last column is what the lifter of lesson 2 is given. Here it is for the first
# frame of the real video's first view: joints counted from the hips, in units of half
# the person's box, with their confidence, and then what was divided by.

# %%
first_view = laboratory.tracks[0]
seen = conditions.condition_features(
    first_view.keypoints, first_view.width, first_view.height
)[0]
for name in ("left_shoulder", "left_wrist", "right_ankle"):
    x, y, sure = seen[:51].unflatten(0, (17, 3))[COCO17.index(name)].tolist()
    print(f"{name:14s} x = {x:5.2f}, y = {y:5.2f}, confidence {sure:.2f}")
print(f"hips at x = {seen[51]:.2f}, y = {seen[52]:.2f} of the picture")
print(f"the person's box is {seen[53].exp():.2f} of its longer side")

# %% [markdown]
# ## How much is left?
#
# *Left*, of each joint that was seen: the ray that it lies on, in every frame, and a
# number for how sure the detector was. Motion across the line of sight is in the
# pixels.
#
# *Gone*, with one camera that nobody measured: how far along its ray a joint lies, so
# two answers for each bone; how large the person is, because a small one nearby looks
# the same; whether the person moved or the camera; which way is up; all joints that
# were hidden; and across a cut, where the new camera stands. Arithmetic brings none of
# this back. What does is knowing how people are built and how they move, and that is
# learned: lesson 2.
#
# (The picture itself holds more than its keypoints, floor lines and shadows for
# example. ViMo does not look at it, and neither do we.)
#
# ## Exercises
#
# `````{exercise} Four punches
# :label: ex-01-four
# `turn_over` takes the right arm. Take the left arm too, and both. How many different
# motions with the same picture do you have? Check that all pictures are equal, and
# find the largest distance between two of the motions at either wrist.
# `````
#
# `````{solution} ex-01-four
# :class: dropdown
# Four, if an arm is turned over as a whole: each has two answers, whatever the other does.
# But that is not all. Each bone has two answers; the last line turns the right hand alone.
# ```python
# motions = [
#     first,
#     second,
#     turn_over(first, LEFT_ARM, eye),
#     turn_over(second, LEFT_ARM, eye),
# ]
# wrists = [SMPL24.index(f"{side}_wrist") for side in ("left", "right")]
# farthest = 0.0
# for one, other in itertools.combinations(motions, 2):
#     pictures = project(one, watching)[0], project(other, watching)[0]
#     torch.testing.assert_close(*pictures)
#     torch.testing.assert_close(bones(one), bones(other))
#     apart = (one - other)[:, wrists].norm(dim=-1).max()
#     assert apart > 0.5
#     farthest = max(farthest, float(apart))
# print(f"{len(motions)} motions, up to {farthest:.2f} m apart")
# fifth = turn_over(first, RIGHT_ARM[2:], eye)
# torch.testing.assert_close(project(fifth, watching)[0], in_first)
# print(f"a fifth: the hand {(fifth - first).norm(dim=-1).max():.2f} m off")
# ```
# `````
#
# `````{exercise} Left for right
# :label: ex-01-swap
# Cameras 1, 3 and 6 (`three` above) see the walk (`some_points`) without any error, at the
# pixels `clean_px`. But the detector of camera 1 takes left for right: exchange points 1
# with 2, 3 with 4, and so on, in its pixels. What do `triangulate` of this lesson and the
# package's make of it? What does the package's make of cameras 1 and 3 alone?
# `````
#
# `````{solution} ex-01-swap
# :class: dropdown
# Ours puts most joints neither left nor right, but somewhere in between, and half of them
# more than 6 cm off the straight line from one to the other. The package's leaves out the view
# that two others contradict, unless left and right are less than 40 pixels apart in it.
# With two views only, nobody can say which of them is wrong.
# ```python
# swapped_px = clean_px.clone()
# order = [0, 2, 1, 4, 3] + [j + 1 if j % 2 else j - 1 for j in range(5, 17)]
# swapped_px[0] = clean_px[0][:, order]
# all_sure = torch.ones(swapped_px.shape[:-1])
#
# def error_mm(function, views):
#     given = swapped_px[views], all_sure[views], three[views]
#     error = (function(*given)[0] - some_points).norm(dim=-1)
#     return float(1000 * error.mean())
#
# ours_mm = error_mm(triangulate, [0, 1, 2])
# package_mm = error_mm(triangulation.triangulate, [0, 1, 2])
# two_mm = error_mm(triangulation.triangulate, [0, 1])
# print(f"mean: ours {ours_mm:.0f} mm, package's {package_mm:.0f} mm")
# print(f"package's with two views: {two_mm:.0f} mm")
# assert min(ours_mm, two_mm) > 3 * package_mm
# ```
# `````
#
# `````{exercise} The film maker's zoom
# :label: ex-01-zoom
# Camera 3 of the nine goes back to four times its distance, and its focal length grows by
# the same factor. So the person stays as large in the picture. What changes? A metre at
# depth $z$ is $f / z$ pixels long. At the hit of the punch, by how much is the nearest of
# the 17 points drawn larger than the farthest, before and after?
# `````
#
# `````{solution} ex-01-zoom
# :class: dropdown
# From far away everything has nearly the same depth, and near things are no longer
# drawn larger. That was a hint at depth, a weak one, and a long lens takes it away. In
# the limit $x / z$ becomes $x$ divided by one number for all points.
# ```python
# def spread(times):
#     """Largest over smallest pixels per metre among the points."""
#     place = middle + times * (rig.position[2] - middle)
#     zoomed = look_at(place, middle, focal=1600.0 * times)
#     _, depth = project(points[hit], zoomed)
#     per_metre = 1600.0 * times / depth
#     return float(per_metre.max() / per_metre.min())
#
# near, far = spread(1.0), spread(4.0)
# print(f"near limbs drawn larger: by {near - 1:.0%}, from afar {far - 1:.0%}")
# assert far - 1 < (near - 1) / 3
# ```
# `````
#
# ## And in the paper
#
# :::{admonition} What the paper does differently
# :class: note
# - ViMo trains on projections into the cameras of AIST++, which are few and stand
#   still; it speaks of eight angles. Ours are simulated anew for each clip, hand-held,
#   with cuts, as casual videos are.
# - Its detector for casual videos is AlphaPose {cite}`fang2023alphapose`; ours for the
#   two real videos is BlazePose, which runs on any laptop.
# - Missing points get confidence 0 and are filled in by "simple interpolation and
#   completion". That is all the paper says; our `complete` is one reading of it.
# - How it normalises 2D points is not said. Ours takes each frame by itself and keeps
#   beside it what that loses.
# - Nothing is said about cuts.
# :::
#
# ## Further reading
#
# {cite:t}`hartley2004multiple`, chapters 6 and 12, on cameras and triangulation;
# {cite:t}`lee1985determination` on the two answers for each bone;
# {cite:t}`li2021aist` on nine cameras and a 3D truth out of them.
#
# ## What you can do now

# %%
print("You can say where a camera sees a joint, and go back from two:")
print(f"  {least:.0f} mm off at best, with detector errors of 3 pixels.")
print("You can build two motions that one camera cannot tell apart:")
print(f"  a wrist {apart_m.max():.2f} m apart, {apart_px:.0e} pixels apart.")
print("You can turn keypoints into numbers, and say what they lose:")
print(
    "  an unseen wrist taken for (0, 0) shrinks the walker from "
    f"{heights['all points seen'] / 2:.0%} to "
    f"{heights['unseen, taken for (0, 0)'] / 2:.0%} of the box."
)
print(f"CPU time: {time.process_time() - started:.1f} s")
