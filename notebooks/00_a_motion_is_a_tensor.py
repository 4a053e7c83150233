# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 0. A motion is a tensor
#
# Which numbers make a human motion, and how do we know that we wrote them
# down right?
#
# :::{admonition} In this lesson
# :class: tip
# **You will**
# - turn joint rotations into joint positions (*forward kinematics*), and a
#   skeleton into a body with a surface (*skinning*);
# - write a motion as the 151 numbers a frame that ViMo, a network which turns
#   videos into motion, learns to produce, and read it back to under a tenth of
#   a millimetre;
# - take a motion out as a BVH file, and find the mistake that no validity
#   check can find.
#
# **You need to have read:** nothing. Some Python and PyTorch will do.
#
# **CPU time:** about 5 seconds.
#
# **Paper section:** ViMo {cite}`qiu2024vimo`, the motion representation, and
# the data preparation of EDGE {cite}`tseng2023edge`.
# :::

# %% tags=["hide-input"]
import math
import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import ROT6D_EXAMPLE, ROT6D_LAYOUTS, STANDING_ROOT
from mini_vimogen.data import library
from mini_vimogen.geometry import body as skinned
from mini_vimogen.geometry import kinematics, rotations
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.render.body_figure import body_strip
from mini_vimogen.render.charts import feature_strip, skeleton_figure
from mini_vimogen.render.figure import film_strip
from mini_vimogen.render.player import Player
from mini_vimogen.render.theme import figure, show, use_theme

started = time.process_time()
use_theme()

# %% [markdown]
# ## A real motion
#
# The course ships 57 short recordings of real people. Each is a `Clip`: where
# the pelvis is, how each of 24 joints is turned against the joint it hangs on,
# and how many frames there are in a second. Here is one of them. Blue is the
# body's left, orange its right.

# %%
clips = library.real_motion()
kick = next(clip for clip in clips if clip.source == "deepmimic_kick")
show(
    film_strip(kick, title="A kick, as it was recorded"),
    alt="Six poses of a recorded kick: a standing person swings one leg up "
    "and puts it down again.",
)

# %%
print(f"{len(clips)} clips, {sum(c.duration for c in clips):.0f} s in all")
print(f"this one: {kick.frames} frames at {kick.fps:g} frames a second")
print("root_position", list(kick.root_position.shape), "in metres")
print("local_rotmat ", list(kick.local_rotmat.shape), "rotation matrices")

# %% [markdown]
# The film strip shows six instants. The player below has them all: press
# *Play*, drag to walk around the person, drag the slider to stop the clock.

# %%
Player(kick, title="A kick")

# %% [markdown]
# ## The skeleton
#
# The joints and their order are those of SMPL {cite}`loper2015smpl`, the body
# model that most papers of this field use. Each joint hangs on a *parent*; the
# vector from the parent to the joint in the rest pose is its *offset*. The
# pelvis is the *root* and has no parent.

# %%
show(
    skeleton_figure(SMPL24),
    alt="The 24 joints of the SMPL skeleton in its rest pose, a T, with their "
    "numbers and names, seen from the front.",
)

# %% [markdown]
# The rest pose has its own axes: x to the body's left, y up, z forward. Our
# world has Z up, and a person who has not turned looks along +Y with the right
# hand towards +X. One constant, `STANDING_ROOT`, turns the one into the other;
# it is the root's rotation `local_rotmat[:, 0]` of a person who stands facing
# +Y, where every other joint at rest has the identity. (Rest joints are counted
# from the pelvis, the figure's height from the lowest joint.)

# %%
left_hand = SMPL24.rest_joints[SMPL24.index("left_hand")]
print("left hand in body axes:", left_hand.numpy().round(2))
print("left hand in the world:", (STANDING_ROOT @ left_hand).numpy().round(2))

# %% [markdown]
# ## Rotations, from scratch
#
# A rotation matrix $R$ turns a column vector. It has nine entries but only
# three degrees of freedom: its columns have length 1 and are at right angles.
# Three numbers would do, an axis times an angle $\omega = \theta\, a$, by
# Rodrigues' formula:
#
# $$
# R = I + \sin\theta\, K + (1 - \cos\theta)\, K^2,
# \qquad K\, v = a \times v .
# $$ (eq-rodrigues)


# %%
def axis_angle_to_rotmat(axis_angle: Tensor) -> Tensor:
    """Axis times angle [..., 3] to rotation matrices [..., 3, 3]."""
    angle = axis_angle.norm(dim=-1, keepdim=True)
    x, y, z = (axis_angle / angle.clamp(min=1e-12)).unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1)
    cross = cross.unflatten(-1, (3, 3))  # K in the formula
    sine, cosine = angle.sin()[..., None], angle.cos()[..., None]
    return torch.eye(3) + sine * cross + (1 - cosine) * cross @ cross


quarter_left = axis_angle_to_rotmat(torch.tensor([0.0, 0.0, math.pi / 2]))
print(quarter_left.round(decimals=3))

# %% [markdown]
# Three numbers jump somewhere: a turn by 181 degrees is a turn by 179 degrees
# about the opposite axis. A network that must predict such numbers learns the
# jump badly. Six numbers need not jump {cite}`zhou2019continuity`: keep two of
# the three unit vectors and rebuild the third. Given any two vectors $u, w$ (a
# network's output is never exact), Gram-Schmidt makes them orthonormal:
#
# $$
# r_1 = \frac{u}{|u|}, \qquad
# r_2 = \frac{w - (r_1 \cdot w)\, r_1}{|w - (r_1 \cdot w)\, r_1|}, \qquad
# r_3 = r_1 \times r_2 .
# $$ (eq-gram-schmidt)
#
# Are $r_1, r_2, r_3$ the rows or the columns of $R$, and in what order are the
# six numbers written? Three answers are in use, and code of this field mixes
# them: the first two `rows` one after the other; the first two `columns` one
# after the other; or the first two columns `interleaved`, which is the left
# 3 x 2 block of $R$ read line by line. Ours has to be told which, every time.


# %%
def rot6d_to_rotmat(x: Tensor, *, layout: str) -> Tensor:
    """Six numbers [..., 6] to rotation matrices [..., 3, 3]."""
    pairs = layout == "interleaved"
    u, w = (x[..., 0::2], x[..., 1::2]) if pairs else (x[..., :3], x[..., 3:])
    first = u / u.norm(dim=-1, keepdim=True)
    across = w - (first * w).sum(-1, keepdim=True) * first
    second = across / across.norm(dim=-1, keepdim=True)
    third = torch.linalg.cross(first, second)
    if layout == "rows":
        return torch.stack([first, second, third], dim=-2)
    return torch.stack([first, second, third], dim=-1)  # as columns


# %%
def rotmat_to_rot6d(rotmat: Tensor, *, layout: str) -> Tensor:
    """Rotation matrices [..., 3, 3] to six numbers [..., 6]."""
    if layout == "rows":
        return torch.cat([rotmat[..., 0, :], rotmat[..., 1, :]], dim=-1)
    first, second = rotmat[..., :, 0], rotmat[..., :, 1]
    if layout == "columns":
        return torch.cat([first, second], dim=-1)
    return torch.stack([first, second], dim=-1).flatten(-2)


for layout in ROT6D_LAYOUTS:
    six = rotmat_to_rot6d(quarter_left, layout=layout)
    wanted = torch.tensor(ROT6D_EXAMPLE[layout])  # worked out by hand
    torch.testing.assert_close(six, wanted, atol=1e-6, rtol=0)
    print(f"{layout:12s}", wanted.tolist())

# %% [markdown]
# ## Rotations: the package's version
#
# `mini_vimogen.geometry.rotations` has the same functions under the same
# names. It adds what a library must: checks with readable messages, other ways
# to write a rotation, the angle between two rotations (`geodesic_distance`), and
# a true gradient at the rest pose. Ours divides by the angle, which is zero
# there; the clamp saves the value but cuts the gradient, and the slope comes out
# as 0 instead of 1. An optimiser that starts at rest would never move.

# %%
for version in (axis_angle_to_rotmat, rotations.axis_angle_to_rotmat):
    rest = torch.zeros(3, requires_grad=True)
    version(rest)[1, 0].backward()
    print(f"{version.__module__:35s} slope at rest: {rest.grad.tolist()}")

# %% [markdown]
# ## Rotations: they agree
#
# On random rotations, all equally likely (`nearest_rotation` of a random
# matrix), that neither version has seen.

# %%
generator = torch.Generator().manual_seed(0)
every_way = torch.randn(1000, 3, 3, generator=generator)
every_way = rotations.nearest_rotation(every_way)
vectors = rotations.rotmat_to_axis_angle(every_way)
turns = axis_angle_to_rotmat(vectors)
torch.testing.assert_close(turns, rotations.axis_angle_to_rotmat(vectors))
for layout in ROT6D_LAYOUTS:
    six = rotmat_to_rot6d(turns, layout=layout)
    package = rotations.rotmat_to_rot6d(turns, layout=layout)
    torch.testing.assert_close(six, package)
    back = rotations.rot6d_to_rotmat(six, layout=layout)
    torch.testing.assert_close(rot6d_to_rotmat(six, layout=layout), back)
print("1000 rotations, three layouts: equal")

# %% [markdown]
# ## Forward kinematics, from scratch
#
# Joint $j$ sits where its parent $p$ is, plus the offset $o_j$ turned as the
# parent is turned; and it is turned as its parent is, then by its own local
# rotation $L_j$:
#
# $$
# x_j = x_p + R_p\, o_j, \qquad R_j = R_p\, L_j .
# $$ (eq-forward-kinematics)
#
# The root starts the chain with its position and rotation in the world.


# %%
def forward_kinematics(
    local_rotmat: Tensor, root_position: Tensor, skeleton
) -> Tensor:
    """Rotations [..., joints, 3, 3] and root [..., 3] to [..., joints, 3]."""
    turned, placed = [local_rotmat[..., 0, :, :]], [root_position]
    for joint in range(1, len(skeleton)):
        parent = skeleton.parents[joint]
        arm = turned[parent] @ skeleton.offsets[joint]
        placed.append(placed[parent] + arm)
        turned.append(turned[parent] @ local_rotmat[..., joint, :, :])
    return torch.stack(placed, dim=-2)


# %% [markdown]
# ## Forward kinematics: the package's version
#
# The same loop over joints, on another arrangement in memory: not
# `[clips, frames, joints, 3, 3]` but `[3, 3, joints, clips x frames]`. A
# processor multiplies long rows of numbers much faster than many tiny matrices,
# most of all when gradients are wanted too.


# %%
def cpu_milliseconds(function) -> float:
    """The fastest of five runs, forward and backward."""
    best = math.inf
    for _ in range(5):
        many = many_turns.clone().requires_grad_()
        start = time.process_time()
        function(many, many_roots, SMPL24).square().sum().backward()
        best = min(best, time.process_time() - start)
    return 1000 * best


many_turns = turns[torch.randint(1000, (8, 150, 24), generator=generator)]
many_roots = torch.randn(8, 150, 3, generator=generator)
slow = cpu_milliseconds(forward_kinematics)
fast = cpu_milliseconds(kinematics.forward_kinematics)
print(f"8 clips of 150 frames: from scratch {slow:.1f} ms, package {fast:.1f}")

# %% [markdown]
# ## Forward kinematics: they agree
#
# On all the recordings.

# %%
for clip in clips:
    torch.testing.assert_close(
        forward_kinematics(clip.local_rotmat, clip.root_position, SMPL24),
        clip.joints(),
        atol=1e-5,
        rtol=0,
    )
print(f"{len(clips)} clips: equal to 0.01 mm")

# %% [markdown]
# ## A body around the skeleton, from scratch
#
# A surface of vertices is glued to the joints. Each vertex $v$ of the rest pose
# (in body axes) follows several joints, with weights $w_j$ that add up to one
# and that the maker of the body painted; where a vertex follows two joints, it
# ends up between them. This is *linear blend skinning*, with $\bar x_j$ the
# joints of the rest pose:
#
# $$
# v' = \sum_j w_j \left( R_j\, (v - \bar x_j) + x_j \right) .
# $$ (eq-skinning)


# %%
def pose_body(body, local_rotmat: Tensor, root_position: Tensor) -> Tensor:
    """The body's surface in each frame: [frames, vertices, 3]."""
    turned = kinematics.global_rotmat(local_rotmat, SMPL24)
    placed = forward_kinematics(local_rotmat, root_position, SMPL24)
    surface = torch.zeros(len(placed), *body.vertices.shape)
    for joint in range(len(SMPL24)):
        from_joint = body.vertices - body.rest_joints[joint]
        moved = from_joint @ turned[:, joint].mT  # R v for a row of v's
        moved = moved + placed[:, joint, None]
        surface += body.weights[:, joint, None] * moved
    return surface


human = library.baked_body()
surface = pose_body(human, kick.local_rotmat, kick.root_position)
print(f"{len(human.vertices)} vertices, {len(human.faces)} triangles")

# %%
show(
    body_strip(
        surface,
        human.faces,
        fps=kick.fps,
        vertex_joint=human.weights.argmax(dim=1),
        title="The same kick with a surface",
    ),
    alt="Six shaded human bodies in the poses of the recorded kick, standing "
    "upright with the feet on the floor.",
)

# %% [markdown]
# ## A body: the package's version
#
# `geometry.body.pose_body` hands the same weights to the skinning function of
# the `smplx` package {cite}`pavlakos2019smplx`. SMPL's own surface may not be
# passed on, so the body shipped here is another one, in the public domain,
# shaped so that its joints are those of our skeleton. If you have an SMPL file,
# `smpl_model` and `pose_smpl` of the same module take it.

# %%
dance = next(clip for clip in clips if clip.source == "deepmimic_dance_b")
motion = dance.local_rotmat, dance.root_position
package_surface = skinned.pose_body(human, *motion)

# %% [markdown]
# ## A body: they agree

# %%
torch.testing.assert_close(
    pose_body(human, *motion), package_surface, atol=1e-4, rtol=0
)
print(f"{dance.frames} frames of a dance: equal to 0.1 mm")

# %% [markdown]
# ## The 151 numbers, from scratch
#
# ViMo {cite}`qiu2024vimo` takes over the numbers of EDGE {cite}`tseng2023edge`,
# a network that dances to music. A frame is four *foot contacts*, three numbers
# for the root, and $24 \times 6$ for the rotations, written as rows:
# $4 + 3 + 144 = 151$.
#
# A contact says that a foot joint stands still. It could be computed from the
# rest, and reading back ignores it; a network that must say it can be held to
# its word, by a loss that punishes a foot it calls planted for moving. With
# $f_i$ the position of an ankle or a foot joint (the ball of the foot) in frame
# $i$, $\Delta t$ the time between frames, and EDGE's limit of a centimetre a
# frame at 30 frames a second:
#
# $$
# c_i = \begin{cases}
# 1 & \text{if } |f_{i+1} - f_i| < 0.3\ \mathrm{m/s} \cdot \Delta t, \\
# 0 & \text{else.}
# \end{cases}
# $$ (eq-contact)
#
# The last frame has no next one; EDGE calls it a contact, and so do we.


# %%
def encode(clip: Clip) -> Tensor:
    """A clip as numbers: [frames, 151]."""
    feet = clip.joints()[:, [7, 8, 10, 11]]  # ankles, then feet
    step = (feet[1:] - feet[:-1]).norm(dim=-1)
    step = torch.cat([step, torch.zeros(1, 4)])
    contacts = (step < 0.3 / clip.fps).float()
    six = rotmat_to_rot6d(clip.local_rotmat, layout="rows")
    return torch.cat([contacts, clip.root_position, six.flatten(1)], dim=1)


# %%
def decode(features: Tensor, *, fps: float = 30.0) -> Clip:
    """Numbers [frames, 151] back to a clip."""
    six = features[:, 7:].unflatten(1, (24, 6))
    return Clip(features[:, 4:7], rot6d_to_rotmat(six, layout="rows"), fps=fps)


# %% [markdown]
# ## The 151 numbers: the package's version
#
# `representation.vimo151` names the blocks of a frame, so that nobody has to
# remember that the root sits at 4, 5 and 6. A motion then is an image, with time
# to the right. Its steady red and white stripes are joints at rest, whose two
# rows 1, 0, 0 and 0, 1, 0 do not change; the kick is what changes.

# %%
from mini_vimogen.representation import vimo151

numbers = vimo151.encode(kick)
show(
    feature_strip(numbers, vimo151.LAYOUT, fps=kick.fps, title="The kick"),
    alt="The kick as an image: 151 rows of numbers over time, in the blocks "
    "contacts, root position and six-number rotations.",
)

# %% [markdown]
# ## The 151 numbers: they agree
#
# And they lead back to the motion, on every clip.

# %%
worst_mm = 0.0
for clip in clips:
    torch.testing.assert_close(encode(clip), vimo151.encode(clip))
    back = decode(vimo151.encode(clip), fps=clip.fps)
    error = (back.joints() - clip.joints()).norm(dim=-1).max()
    worst_mm = max(worst_mm, 1000 * float(error))
assert worst_mm < 0.1
print(f"there and back, worst joint of {len(clips)} clips: {worst_mm:.5f} mm")

# %% [markdown]
# ## Out to other programs: BVH
#
# BVH is a text file with the skeleton and, for each frame, three angles a joint
# (we turn about Z, then Y, then X; the file says so), which Blender and most
# animation programs read. It wants Y up, so the writer turns the world, and the
# reader turns it back. Here it goes to a temporary folder; give `bvh.write` a
# path of yours to keep it.

# %%
from mini_vimogen.formats import bvh

worst_bvh = 0.0
with tempfile.TemporaryDirectory() as folder:
    path = bvh.write(kick, Path(folder) / "kick.bvh")
    lines = path.read_text().splitlines()
    print(*lines[:7], "  ...", lines[-1][:60] + " ...", sep="\n")
    for clip in clips:
        back = bvh.read(bvh.write(clip, path))
        error = (back.joints() - clip.joints()).abs().max()
        worst_bvh = max(worst_bvh, float(error))
assert worst_bvh < 1e-4
print(f"write and read back, worst of {len(clips)} clips: {worst_bvh:.1e} m")

# %% [markdown]
# ## Break it: the wrong layout
#
# Write the rotations in one layout and read them in another. Every result is a
# perfectly valid rotation, so no check complains. How wrong is it?


# %%
def mean_error_degrees(written: str, read: str) -> float:
    """Mean angle between a true and a misread rotation."""
    six = rotmat_to_rot6d(turns, layout=written)
    misread = rot6d_to_rotmat(six, layout=read)
    valid = torch.eye(3).expand_as(misread)
    torch.testing.assert_close(misread @ misread.mT, valid)
    return math.degrees(rotations.geodesic_distance(misread, turns).mean())


table = torch.tensor(
    [[mean_error_degrees(w, r) for r in ROT6D_LAYOUTS] for w in ROT6D_LAYOUTS]
)

# %%
picture, axes = figure(width="half", height=3.2)
axes.imshow(table, cmap="Greys", vmin=0, vmax=180)
for row, column in torch.cartesian_prod(torch.arange(3), torch.arange(3)):
    degrees = float(table[row, column])
    ink = "white" if degrees > 90 else "black"
    axes.text(column, row, f"{degrees:.0f}", ha="center", color=ink)
axes.set_xticks(range(3), ROT6D_LAYOUTS)
axes.set_yticks(range(3), ROT6D_LAYOUTS)
axes.set(xlabel="read as", ylabel="written as", title="Mean error (degrees)")
axes.grid(False)
show(
    picture,
    alt="A three by three table of errors: zero degrees where the layout read "
    "is the one written, about 90 to 105 degrees elsewhere.",
)

# %%
six = rotmat_to_rot6d(kick.local_rotmat, layout="rows")
misread = kick.with_(local_rotmat=rot6d_to_rotmat(six, layout="columns"))
show(
    film_strip([kick, misread], labels=["read as rows", "read as columns"]),
    alt="Two rows of poses: the kick as recorded, and the same numbers read "
    "in the wrong layout, a body whose joints bend the wrong way.",
)

# %% [markdown]
# Reading rows as columns gives the transpose of every matrix, which is the
# turn the other way round: every joint bends backwards, and the person falls
# over, as the root is turned the wrong way too. It happens where two programs
# meet: one writes a data set in its layout, the other trains on it in another.
# The training goes well, as nothing in it looks at a body. The picture tells,
# and so does a worked example of each layout, such as the quarter turn above.
#
# ## Exercises
#
# `````{exercise} Left is right
# :label: ex-00-mirror
# A motion seen in a mirror is a new motion, and training data twice the size.
# Mirror the kick in the plane $x = 0$ with `Clip.mirror`. Which wrist of the
# mirrored clip should follow the path of the *left* wrist of the original, with
# x negated? Check it. Why is the answer not exact to the last digit?
# `````
#
# `````{solution} ex-00-mirror
# :class: dropdown
# The right wrist. The skeleton was measured on a person, whose left and right
# bones differ by some millimetres each, a centimetre or two along the arm;
# rotations mirror exactly, bones do not.
# ```python
# mirrored = kick.mirror().joints()[:, SMPL24.index("right_wrist")]
# original = kick.joints()[:, SMPL24.index("left_wrist")]
# apart = mirrored - original * torch.tensor([-1.0, 1.0, 1.0])
# print(f"apart by {1000 * apart.norm(dim=-1).max():.0f} mm at most")
# assert 0.001 < apart.norm(dim=-1).max() < 0.03
# ```
# `````
#
# `````{exercise} ViMo's own contact rule
# :label: ex-00-contact
# ViMo's text says that a foot is in contact when its speed *along the up axis*
# is near zero; EDGE, which we follow, asks that it hardly moves at all. Write
# ViMo's rule, with the limit of 0.3 m/s for near zero, and find the clip with
# most frames that only ViMo calls a contact. How fast are the feet there?
# `````
#
# `````{solution} ex-00-contact
# :class: dropdown
# A dance: a foot that slides, or swings at a constant height, does not move up
# or down, and the rule calls it planted.
# ```python
# def vertical_contacts(clip):
#     heights = clip.joints()[:, [7, 8, 10, 11], 2]
#     rise = heights.diff(dim=0).abs()
#     rise = torch.cat([rise, torch.zeros(1, 4)])
#     return rise < 0.3 / clip.fps
#
# def only_vimo(clip):
#     return vertical_contacts(clip)[:-1] & (encode(clip)[:-1, :4] == 0)
#
# most = max(clips, key=lambda clip: only_vimo(clip).float().mean())
# feet = most.joints()[:, [7, 8, 10, 11]]
# speed = feet.diff(dim=0).norm(dim=-1) * most.fps
# speed = speed[only_vimo(most)].mean()
# share = only_vimo(most).float().mean()
# print(f"{most.caption}: {share:.0%} of the frames, at {speed:.1f} m/s")
# assert share > 0.2 and speed > 0.5
# ```
# `````
#
# `````{exercise} Fewer frames
# :label: ex-00-resample
# Resample the dance to 10 frames a second and back to its own rate. By how
# many millimetres do the joints miss, on average? Compare with 20 frames.
# `````
#
# `````{solution} ex-00-resample
# :class: dropdown
# Half as many frames lose more than twice as much: between two frames the
# motion is taken to go straight on, and a bend is missed by the square of the
# gap, as long as the gap is short against the bend.
# ```python
# def loss_mm(fps):
#     back = dance.resample(fps).resample(dance.fps)
#     apart = back.joints() - dance.joints()[: back.frames]
#     return float(1000 * apart.norm(dim=-1).mean())
#
# print(f"{loss_mm(10.0):.1f} mm at 10, {loss_mm(20.0):.1f} mm at 20")
# assert loss_mm(20.0) < loss_mm(10.0) / 2
# ```
# `````
#
# ## And in the paper
#
# :::{admonition} What the paper does differently
# :class: note
# - ViMo trains on AIST++ {cite}`li2021aist`, five hours of dance, in windows of
#   150 frames. Our recordings are mostly walks, with one short example each of
#   dances, jumps, kicks and the like.
# - EDGE stores the *translation* of SMPL, which lies some 24 cm below the pelvis
#   joint, divided by a scale for each dancer; our `root_position` is the pelvis
#   joint itself, in metres.
# - The body of the papers is SMPL, whose licence forbids passing it on. Ours is
#   another mesh on the same joints.
# - In training, the papers bring each of the 151 channels to the range from -1
#   to 1 by its minimum and maximum. `representation.normalizer` does that; the
#   numbers of this lesson are the raw ones.
# :::
#
# ## Further reading
#
# {cite:t}`zhou2019continuity` on why six numbers; {cite:t}`loper2015smpl` on
# skeleton and skin; {cite:t}`peng2018deepmimic`, from whose project the kick
# comes.
#
# ## What you can do now

# %%
print("You can turn angles into positions and a skeleton into a body:")
print(f"  {len(human.vertices)} vertices follow {len(SMPL24)} joints.")
print("You can write a motion as 151 numbers a frame and read it back:")
print(f"  the worst joint of {len(clips)} clips is {worst_mm:.5f} mm off.")
print("You can take it out as BVH, and know which mistake is silent:")
off = table[~torch.eye(3, dtype=torch.bool)]
print(
    f"  BVH is {worst_bvh:.1e} m off, a wrong layout {off.mean():.0f} degrees"
)
print(f"CPU time: {time.process_time() - started:.1f} s")
