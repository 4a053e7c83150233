"""One standing figure, and files of every kind that show it.

The orders are written down here from each tool's own documentation, in codes
of four letters (l and r are the body's sides), so that nothing of the package
takes part in them.
"""

import json

import numpy as np

SIZE = (640, 480)

# The person faces the camera: the body's left is on the picture's right.
FIGURE = {
    **{"head": (320, 60), "nose": (321, 85), "neck": (320, 120)},
    **{"root": (320, 250), "belly": (320, 185)},
    **{"leye": (330, 78), "reye": (311, 77), "lear": (340, 82)},
    **{"rear": (300, 81), "lsho": (360, 122), "rsho": (281, 118)},
    **{"lelb": (380, 180), "relb": (262, 178), "lwri": (390, 240)},
    **{"rwri": (251, 238), "lhip": (342, 252), "rhip": (299, 248)},
    **{"lkne": (345, 340), "rkne": (296, 338), "lank": (348, 430)},
    **{"rank": (293, 428), "lhee": (350, 440), "rhee": (291, 441)},
    **{"lbto": (346, 450), "rbto": (295, 451), "lsto": (356, 449)},
    **{"rsto": (285, 448), "lmou": (326, 95), "rmou": (315, 94)},
    **{"leyi": (326, 79), "reyi": (315, 76), "leyo": (334, 77)},
    **{"reyo": (307, 75), "lpin": (396, 258), "rpin": (246, 257)},
    **{"lind": (388, 262), "rind": (254, 261), "lthu": (382, 252)},
    **{"rthu": (260, 251), "lfoo": (347, 452), "rfoo": (294, 453)},
}

ORDERS = {
    "coco17": "nose leye reye lear rear lsho rsho lelb relb lwri rwri lhip "
    "rhip lkne rkne lank rank",
    "h36m17": "root rhip rkne rank lhip lkne lank belly neck nose head lsho "
    "lelb lwri rsho relb rwri",
    "halpe26": "nose leye reye lear rear lsho rsho lelb relb lwri rwri lhip "
    "rhip lkne rkne lank rank head neck root lbto rbto lsto rsto lhee rhee",
    "openpose25": "nose neck rsho relb rwri lsho lelb lwri root rhip rkne "
    "rank lhip lkne lank reye leye rear lear lbto lsto lhee rbto rsto rhee",
    "blazepose33": "nose leyi leye leyo reyi reye reyo lear rear lmou rmou "
    "lsho rsho lelb relb lwri rwri lpin rpin lind rind lthu rthu lhip rhip "
    "lkne rkne lank rank lhee rhee lfoo rfoo",
}


def confidence(code: str) -> float:
    """Another one for every joint, exact in few digits."""
    return 0.5 + list(FIGURE).index(code) / 100


def figure(layout: str, *, shift=0.0, scale=1.0) -> np.ndarray:
    """[joints, 3]; moved right by ``shift`` pixels, scaled about (320, 240)."""
    rows = []
    for code in ORDERS[layout].split():
        x, y = FIGURE[code]
        x, y = 320 + scale * (x - 320), 240 + scale * (y - 240)
        rows.append((x + shift, y, confidence(code)))
    return np.array(rows)


def frames(layout: str, number: int = 4) -> np.ndarray:
    """[number, joints, 3]: the figure steps right by 5 pixels a frame."""
    return np.stack([figure(layout, shift=5.0 * at) for at in range(number)])


def entry(image, points, **more) -> dict:
    """One person of COCO's or AlphaPose's results."""
    flat = np.asarray(points).ravel().tolist()
    return {"image_id": image, "category_id": 1, "keypoints": flat, **more}


def alphapose(points) -> list:
    return [
        entry(f"{at}.jpg", own, score=2.9, idx=[1.0])
        for at, own in enumerate(points)
    ]


def coco(points) -> dict:
    width, height = SIZE
    images = [
        {"id": 7 + 3 * at, "width": width, "height": height}
        for at in range(len(points))
    ]
    entries = [entry(7 + 3 * at, own, id=at) for at, own in enumerate(points)]
    # The order of a COCO file means nothing.
    return {"images": images[::-1], "annotations": entries[::-1]}


def openpose(points) -> list:
    return [
        {
            "version": 1.3,
            "people": [
                {"person_id": [-1], "pose_keypoints_2d": own.ravel().tolist()}
            ],
        }
        for own in points
    ]


def mmpose_person(own) -> dict:
    return {
        "keypoints": own[:, :2].tolist(),
        "keypoint_scores": own[:, 2].tolist(),
        "bbox": [[0, 0, 10, 10]],
        "bbox_score": 0.9,
    }


def mmpose(points, dataset="coco") -> dict:
    return {
        "meta_info": {"dataset_name": dataset},
        "instance_info": [
            {"frame_id": at + 1, "instances": [mmpose_person(own)]}
            for at, own in enumerate(points)
        ],
    }


def blazepose(points) -> list:
    width, height = SIZE
    return [
        [
            {"x": x / width, "y": y / height, "z": -0.1, "visibility": seen}
            for x, y, seen in own.tolist()
        ]
        for own in points
    ]


def write_json(path, content):
    path.write_text(json.dumps(content))
    return path


def write_openpose(folder, contents, *, first=0):
    folder.mkdir(exist_ok=True)
    for at, content in enumerate(contents):
        name = f"dance_{first + at:012d}_keypoints.json"
        write_json(folder / name, content)
    return folder
