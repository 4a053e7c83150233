"""Parts: which files of which published packages the course reads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """What to fetch.

    Args:
        package, version: as pip names them.
        folder: inside the wheel.
        members: SHA-256 of each member, by its path below ``folder``.
        licence: of the members.
        purpose: what needs them.
        pip_options: for packages that have no wheel for every machine: the
            data inside are the same in all of them.
    """

    package: str
    version: str
    folder: str
    members: dict[str, str]
    licence: str
    purpose: str = "rebuilding data_small"
    pip_options: tuple[str, ...] = ()


_LINUX_311 = (
    "--platform=manylinux2014_x86_64",
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
)

PARTS = {
    "pose_network": Part(
        package="mediapipe",
        version="0.10.21",  # the last one with the weights inside
        folder="mediapipe/modules",
        licence="Apache-2.0",
        purpose="reading a video",
        pip_options=(
            "--platform=manylinux_2_28_x86_64",
            "--python-version=3.11",
            "--implementation=cp",
            "--abi=cp311",
        ),
        members={
            "pose_detection/pose_detection.tflite": "9ba9dd3d42efaaba86b4ff01"
            "22b06f29c4122e756b329d89dca1e297fd8f866c",
            "pose_landmark/pose_landmark_full.tflite": "e9a5c5cb17f736fafd4c2"
            "ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        },
    ),
    "laboratory": Part(
        package="pose2sim",
        version="0.10.49",
        folder="Pose2Sim/Demo_SinglePerson",
        licence="BSD-3-Clause",
        purpose="testing on real video",
        members={
            "videos/cam01.mp4": "cf4f2816c86bea4bfbea255333d8626f"
            "f32a3ecabdab8b0fb147cea9167fde3a",
            "videos/cam02.mp4": "94ff87cf978b8406e8aa36ab3c5362e7"
            "2848994e87652f0dc7a33c315e8e0442",
            "videos/cam03.mp4": "b8b329f832f178f27ecb78d024d5026b"
            "96c6adb36c387bfe2c0af85eab8a11ca",
            "videos/cam04.mp4": "b5c0e7863fd70d008e7178d3c556b045"
            "b0ea5f78fcd61ca548a0b2e807e641f7",
            "calibration/Calib.qca.txt": "fd90e4bbae3278ef1dc0cdd42a34ee06"
            "bf88286f628a02c00a29407aa39e34c5",
        },
    ),
    "street": Part(
        package="sports2d",
        version="0.8.34",
        folder="Sports2D/Demo",
        licence="BSD-3-Clause",
        members={
            "demo.mp4": "d9a66417185647b112304b57093f0c18"
            "0f37a768e6a14daca75ca541f3b78039",
        },
    ),
    "deepmimic": Part(
        package="pybullet",
        version="3.2.7",
        folder="pybullet_data/data/motions",
        licence="zlib (package), MIT (DeepMimic)",
        pip_options=_LINUX_311,
        members={
            f"{name}.txt": digest
            for name, digest in (
                line.split()
                for line in """
humanoid3d_backflip ffc5e117f69364e239eeedc86d6a30ab854500a375a1c137a405f1b7652905e6
humanoid3d_cartwheel 17453459a40ec4ea08346072748ae3c7c384b49e619753e9779637fa8a9f7c49
humanoid3d_crawl 104a3b675131a43e7a214e24c0ed631c6a0d814b85c8b66b71ce63b23a5731ae
humanoid3d_dance_a 15ef3731f594edc9ed078170f1075815cc164acaca9e35a46db12a31ac64b717
humanoid3d_dance_b b5a9d7a3f2304f6242776d7ff6d19d1f6bcb98d78d68622761c3843b614a92b5
humanoid3d_getup_facedown 1bd1a96e9175f65eb66e10f225473b4467bd70c68e283f4006b2ab090e337c0b
humanoid3d_getup_faceup 5936c32d51dad9b0cd5e61df681079d160436cdce845c312f200d7a347c4040d
humanoid3d_jump a433557e94b193d8a95530572a0e32f387eb6d9996987b4216efb65444c3c641
humanoid3d_kick 177cfb399466309ba7f4a8a987c3b6f6edde1cbe8b2d476e53dc6061ec5d4bac
humanoid3d_punch 1ab4b654cecdb4ff3b2a4bf4086e50397bef28435bb59ab3aedd6a6bdc926fde
humanoid3d_roll 50d75c2243b2859f8dcae4ad8fa14b59054dd9ee529b4fb52ec14470cd982c55
humanoid3d_run 2cbe488023b243e5769299158ce7c78875ec4b701a2ffe6c0beeaf83d16ca87b
humanoid3d_spin 9614f10b92e7a8b123990ad5bcfafc65aa4d8fa8ac7f10ade3c3591122d34425
humanoid3d_spinkick 60ec9c200d96e0cd71693061f24db0bd8da9eb295daf487f6f60f8dfb324075a
humanoid3d_walk 32d082c3599bc40aac50b1afa196ff1e2cf3842bb40f0541ab088845f6328a41
walker/0walk_forward a8790c45361077ff07d99c3f00a1fa73b78ff3ec77d083188f13eac75dcc0a58
walker/turn_left0 5120bb55a4eb3ecfa75bcffcd472ad0b5be01647536f707896b9a9af655d6fce
walker/turn_left1 e78540dcccfad969ff1304182de293714c1db163096ee37a02dbf34930e0c3d0
walker/turn_right0 c1fa371a7d7d625970ad7fec0bb2d7ba59205acb74f8fac15f46799ae3a80ce3
walker/turn_right1 3a655a1e9334cef592b5b7bef4fd7a52e46fcacc8c7c807cfa1bee8249e6350d
""".strip().splitlines()  # noqa: E501
            )
        },
    ),
    "cmu_walks": Part(
        package="envpool-assets",
        version="0.4.1",
        folder="envpool_assets/mujoco/locomotion/assets_dm_control",
        licence="Apache-2.0",
        members={
            "mocap_2019.bin": "ab34a2a8a19f09a5af812650b59323e0"
            "a7db396010aecf479c361a69e72f29d5",
            "mocap_2020.bin": "bdf76e7626e8e8d3797e9a27c7062bd4"
            "cb3b93bb0dd4bdc880a406297d8f527f",
        },
    ),
}
"""The pose network of ``formats.video``; real videos and motions, which the
tests and the builders of ``data_small`` read."""
