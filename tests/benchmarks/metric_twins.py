"""Slow twins of the metrics: one loop for every sum in the published formulas.

Written before the fast versions, straight from the formulas, one frame and one
joint at a time. They serve twice: as the oracle of the metric tests, and as the
yardstick of the speed tests. Nothing here calls ``mini_vimogen.metrics``.

All joints are Z up, in metres, as numpy arrays [frames, joints, 3], one clip.
"""

import math

import numpy as np

HUMERUS = 0.2568381092115207  # metres, SMPL's rest pose
SHOULDERS = 0.39084835854945527
HIPS = 0.11924706586886204
UP = np.array([0.0, 0.0, 1.0])

# ------------------------------------------------------------------ the dance


def physical_foot_contact(joints: np.ndarray) -> float:
    """Sum over frames of left foot x right foot x root acceleration."""
    frames = len(joints)
    accelerations = []
    for i in range(frames - 2):
        second = joints[i + 2, 0] - 2 * joints[i + 1, 0] + joints[i, 0]
        second = np.array([second[0], second[1], max(second[2], 0.0)])
        accelerations.append(np.linalg.norm(second))
    largest = max(accelerations)
    total = 0.0
    for i in range(frames - 2):
        per_foot = []
        for ankle, toes in ((7, 10), (8, 11)):
            steps = [
                np.linalg.norm(joints[i + 2, j, :2] - joints[i + 1, j, :2])
                for j in (ankle, toes)
            ]
            per_foot.append(min(steps))
        weight = accelerations[i] / largest if largest > 0 else 0.0
        total += per_foot[0] * per_foot[1] * weight
    return total / (frames - 2) * 10_000


def _velocity(path: np.ndarray, i: int, frame_time: float) -> np.ndarray:
    return (path[i] - path[i - 1]) / frame_time


def _acceleration(path, i, frame_time, compat) -> np.ndarray:
    ahead = (path[i + 1] - path[i]) / frame_time
    if compat:  # the published bracket
        behind = path[i] - path[i - 1] / frame_time
    else:
        behind = (path[i] - path[i - 1]) / frame_time
    return (ahead - behind) / frame_time


def _mean_velocity(path, i, frame_time) -> np.ndarray:
    """Mean of the velocities that exist at frames i - 2 .. i + 2."""
    total, count = np.zeros(3), 0
    for k in range(i - 2, i + 3):
        if 1 <= k <= len(path) - 1:
            total = total + _velocity(path, k, frame_time)
            count += 1
    return total / count


def _mean_acceleration(path, i, frame_time, compat) -> np.ndarray:
    """Mean of the accelerations that exist at frames i - 2 .. i + 2."""
    total, count = np.zeros(3), 0
    for k in range(i - 2, i + 3):
        if 1 <= k <= len(path) - 2:
            total = total + _acceleration(path, k, frame_time, compat)
            count += 1
    return total / count


def horizontal_energy(path, frame_time) -> float:
    total = 0.0
    for i in range(1, len(path)):
        total += np.sum(_mean_velocity(path, i, frame_time)[:2] ** 2)
    return total / (len(path) - 1)


def vertical_energy(path, frame_time) -> float:
    total = 0.0
    for i in range(1, len(path)):
        total += _mean_velocity(path, i, frame_time)[2] ** 2
    return total / (len(path) - 1)


def expenditure(path, frame_time, compat) -> float:
    total = 0.0
    for i in range(1, len(path)):
        mean = _mean_acceleration(path, i, frame_time, compat)
        total += np.linalg.norm(mean)
    return total / (len(path) - 1)


def kinetic_features(
    joints: np.ndarray, *, fps: float | None = None, compat: bool = True
) -> np.ndarray:
    """72 numbers: horizontal energy, vertical energy, expenditure per joint."""
    frame_time = 1 / 60 if compat else 1 / fps
    features = []
    for joint in range(24):
        path = np.asarray(joints[:, joint], float)
        features.append(horizontal_energy(path, frame_time))
        features.append(vertical_energy(path, frame_time))
        features.append(expenditure(path, frame_time, compat))
    return np.array(features)


def _move(a, b, p, a_old, p_old, frame_time):
    along = (b - a) / np.linalg.norm(b - a)
    return np.dot(((p - a) - (p_old - a_old)) / frame_time, along)


def _plane_normal(a, b, c):
    normal = np.cross(c - a, b - a)
    return normal / np.linalg.norm(normal)


def _angle(start_1, end_1, start_2, end_2):
    first, second = end_1 - start_1, end_2 - start_2
    cosine = np.dot(first, second)
    cosine /= np.linalg.norm(first) * np.linalg.norm(second)
    return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))


def _geometric_frame(x: np.ndarray, old: np.ndarray, dt: float) -> list[bool]:
    """The 32 questions about one frame and the frame before it."""
    hl, sw, hw = HUMERUS, SHOULDERS, HIPS
    low = np.array([0.0, 0.0, min(x[j, 2] for j in range(len(x)))])

    def move(a, b, p, th):
        return _move(x[a], x[b], x[p], x[a], old[p] - old[a] + x[a], dt) > th

    def nmove(a, b, c, p, th):
        normal = _plane_normal(x[a], x[b], x[c])
        speed = ((x[p] - x[a]) - (old[p] - old[a])) / dt
        return np.dot(speed, normal) > th

    def plane(a, b, c, p, th):
        return np.dot(x[p] - x[a], _plane_normal(x[a], x[b], x[c])) > th

    def nplane(n1, n2, a, p, th):
        normal = (n2 - n1) / np.linalg.norm(n2 - n1)
        return np.dot(x[p] - a, normal) > th

    def angle(j1, j2, k1, k2, between):
        degrees = _angle(x[j1], x[j2], x[k1], x[k2])
        return between[0] < degrees < between[1]

    def fast(p, th):
        return np.linalg.norm(x[p] - old[p]) / dt > th

    zero = np.zeros(3)
    upright = _angle(x[12], x[0], zero, UP)
    return [
        nmove(12, 2, 1, 21, 1.8 * hl),
        nmove(12, 1, 2, 20, 1.8 * hl),
        nplane(x[9], x[12], x[12], 21, 0.2 * hl),
        nplane(x[9], x[12], x[12], 20, 0.2 * hl),
        move(3, 9, 9, 1.8 * hl),
        move(3, 9, 9, 1.8 * hl),
        angle(19, 17, 19, 21, (0, 110)),
        angle(18, 16, 18, 20, (0, 110)),
        nplane(x[16], x[17], x[20], 21, 2.5 * sw),
        move(20, 21, 21, 1.4 * hl),
        move(21, 0, 20, 1.4 * hl),
        move(20, 0, 21, 1.4 * hl),
        fast(21, 2.5 * hl),
        fast(20, 2.5 * hl),
        plane(0, 1, 10, 8, 0.38 * hl),
        plane(0, 2, 11, 7, 0.38 * hl),
        nplane(zero, UP, low, 8, 1.2 * hl),
        nplane(zero, UP, low, 7, 1.2 * hl),
        nplane(x[1], x[2], x[7], 8, 2.1 * hw),
        angle(5, 2, 5, 8, (0, 110)),
        angle(4, 1, 4, 7, (0, 110)),
        fast(8, 2.5 * hl),
        fast(7, 2.5 * hl),
        angle(12, 0, 17, 19, (25, 180)),
        angle(12, 0, 16, 18, (25, 180)),
        angle(12, 0, 2, 5, (50, 180)),
        angle(12, 0, 1, 4, (50, 180)),
        plane(8, 12, 7, 0, 0.5 * hl),
        70 < upright < 110,
        nplane(zero, -UP, low, 21, -1.2 * hl),
        nplane(zero, -UP, low, 20, -1.2 * hl),
        fast(0, 2.3 * hl),
    ]


def geometric_features(
    joints: np.ndarray, *, fps: float | None = None, compat: bool = True
) -> np.ndarray:
    """32 numbers: the share of frames where each question is answered yes."""
    frame_time = 1 / 120 if compat else 1 / fps
    counts = np.zeros(32)
    for i in range(1, len(joints)):
        answers = _geometric_frame(joints[i], joints[i - 1], frame_time)
        for k, yes in enumerate(answers):
            counts[k] += bool(yes)
    return counts / (len(joints) - 1)


def motion_beats(joints: np.ndarray, sigma: float = 5.0) -> list[int]:
    """Strict local minima of the smoothed mean joint speed."""
    speed = []
    for i in range(len(joints) - 1):
        steps = [
            np.linalg.norm(joints[i + 1, j] - joints[i, j])
            for j in range(joints.shape[1])
        ]
        speed.append(sum(steps) / len(steps))
    radius = int(4 * sigma + 0.5)
    kernel = [
        math.exp(-0.5 * (k / sigma) ** 2) for k in range(-radius, radius + 1)
    ]
    count = len(speed)
    smooth = []
    for i in range(count):
        total = 0.0
        for k in range(-radius, radius + 1):
            at = (i + k) % (2 * count)  # mirrored, the edge sample repeated
            at = at if at < count else 2 * count - 1 - at
            total += speed[at] * kernel[k + radius]
        smooth.append(total / sum(kernel))
    return [
        i
        for i in range(1, count - 1)
        if smooth[i] < smooth[i - 1] and smooth[i] < smooth[i + 1]
    ]


def beat_alignment(dance_beats: list[int], music_beats: list[int]) -> float:
    """Mean over music beats of a Gaussian of the nearest motion beat."""
    if not dance_beats:
        return 0.0
    total = 0.0
    for music in music_beats:
        nearest = min((music - dance) ** 2 for dance in dance_beats)
        total += math.exp(-nearest / (2 * 9))
    return total / len(music_beats)


def diversity(features: np.ndarray) -> float:
    """Mean Euclidean distance over all unordered pairs of rows."""
    total, pairs = 0.0, 0
    for i in range(len(features)):
        for j in range(i + 1, len(features)):
            total += np.linalg.norm(features[i] - features[j])
            pairs += 1
    return total / pairs


# ------------------------------------------------------------- MBench's five


def _difference_size(joints: np.ndarray, order: int) -> float:
    frames, count, _ = joints.shape
    total = 0.0
    for i in range(frames - order):
        for j in range(count):
            if order == 1:
                change = joints[i + 1, j] - joints[i, j]
            else:
                change = joints[i + 2, j] - 2 * joints[i + 1, j] + joints[i, j]
            total += np.linalg.norm(change)
    return total / ((frames - order) * count)


def _without_root(joints: np.ndarray) -> np.ndarray:
    relative = np.zeros_like(joints)
    for i in range(len(joints)):
        for j in range(joints.shape[1]):
            relative[i, j] = joints[i, j] - joints[i, 0]
    return relative


def jitter_degree(joints: np.ndarray) -> float:
    return _difference_size(joints, 2) + _difference_size(
        _without_root(joints), 2
    )


def dynamic_degree(joints: np.ndarray) -> float:
    return _difference_size(joints, 1) + _difference_size(
        _without_root(joints), 1
    )


def ground_penetration(joints: np.ndarray) -> float:
    depths = []
    for i in range(len(joints)):
        for foot in (10, 11):
            if joints[i, foot, 2] < -0.005:
                depths.append(abs(joints[i, foot, 2]))
    return sum(depths) / len(depths) if depths else 0.0


def _step(path: np.ndarray, i: int) -> np.ndarray:
    """Displacement after frame i; the last one is used twice."""
    i = min(i, len(path) - 2)
    return path[i + 1] - path[i]


def foot_contact(joints: np.ndarray) -> list[list[bool]]:
    """Per frame and foot: slower than 1 cm a frame, or lower than 2 cm."""
    contact = []
    for i in range(len(joints)):
        row = []
        for foot in (10, 11):
            slow = np.linalg.norm(_step(joints[:, foot], i)) < 0.01
            row.append(bool(slow or joints[i, foot, 2] < 0.02))
        contact.append(row)
    return contact


def foot_sliding(joints: np.ndarray) -> float:
    contact = foot_contact(joints)
    slides = []
    for side, foot in enumerate((10, 11)):
        distance, touching = 0.0, 0
        for i in range(len(joints)):
            if contact[i][side]:
                distance += np.linalg.norm(_step(joints[:, foot], i)[:2])
                touching += 1
        slides.append(distance / (touching + 1e-6))
    return (slides[0] + slides[1]) / 2


def runs(flags: list[bool]) -> list[tuple[int, int]]:
    """First and last index of every maximal run of True."""
    found, start = [], None
    for i, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = i
        if not flag and start is not None:
            found.append((start, i - 1))
            start = None
    return found


def _peaks(values: list[float]) -> int:
    """Local maxima; a flat top counts once, the ends do not count."""
    count, i = 0, 1
    while i < len(values) - 1:
        if values[i - 1] < values[i]:
            j = i
            while j < len(values) - 1 and values[j + 1] == values[i]:
                j += 1
            if j < len(values) - 1 and values[j + 1] < values[i]:
                count += 1
            i = j
        i += 1
    return count


def _airborne_angles(foot: np.ndarray, start: int, end: int) -> list[float]:
    whole = foot[end] - foot[start]
    whole = whole / (np.linalg.norm(whole) + 1e-6)
    angles = []
    for i in range(start + 1, end + 1):
        part = foot[i] - foot[start]
        part = part / (np.linalg.norm(part) + 1e-6)
        cosine = min(1.0, max(-1.0, float(np.dot(part, whole))))
        angles.append(math.degrees(math.acos(cosine)))
    return angles


def _floating_contacts(contact, root_speed, foot_speed, relative_rate) -> int:
    flagged = 0
    for i in range(len(contact)):
        if root_speed[i] < 0.001:
            continue
        suspicious = []
        for side in (0, 1):
            rate = relative_rate[i][side]
            moves = foot_speed[i][side] > 1.2e-4
            high = rate > 1.75 and root_speed[i] > 1.2e-4
            suspicious.append(moves and (rate < 0.6 or high))
        left, right = contact[i]
        if left and right:
            flagged += suspicious[0] and suspicious[1]
        elif left:
            flagged += suspicious[0]
        elif right:
            flagged += suspicious[1]
    return flagged


def foot_floating(joints: np.ndarray) -> float:
    frames, feet = len(joints), (10, 11)
    contact = foot_contact(joints)
    root_speed, foot_speed, rate = [], [], []
    for i in range(frames):
        root_step = _step(joints[:, 0], i)
        root_speed.append(np.linalg.norm(root_step))
        steps = [_step(joints[:, foot], i) for foot in feet]
        foot_speed.append([np.linalg.norm(step) for step in steps])
        rate.append(
            [
                np.linalg.norm(step - root_step) / (root_speed[i] + 1e-6)
                for step in steps
            ]
        )
    total = float(_floating_contacts(contact, root_speed, foot_speed, rate))

    airborne = [runs([not row[side] for row in contact]) for side in (0, 1)]
    for side in (0, 1):
        for start, end in airborne[side]:
            length = end - start + 1
            still = sum(root_speed[i] < 0.001 for i in range(start, end + 1))
            if length < 4 or still / length > 0.5:
                continue
            for i in range(start, end + 1):
                if rate[i][side] < 0.6 - 0.2:
                    total += 0.5

    for left_start, left_end in airborne[0]:
        for right_start, right_end in airborne[1]:
            start, end = max(left_start, right_start), min(left_end, right_end)
            if start >= end or end - start + 1 < 4:
                continue
            if _peaks(_airborne_angles(joints[:, 10], start, end)) > 2:
                total += end - start + 1
    return total / frames


MBENCH = {
    "jitter_degree": jitter_degree,
    "dynamic_degree": dynamic_degree,
    "ground_penetration": ground_penetration,
    "foot_floating": foot_floating,
    "foot_sliding": foot_sliding,
}
