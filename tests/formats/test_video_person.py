"""Which person is followed, lost and found again."""

import numpy as np
import pytest

from mini_vimogen.formats.blazepose import Crop, Detection
from mini_vimogen.formats.person import PersonFollower

ROOM, STREET = 60, 200  # how bright the scene is


class Picture(np.ndarray):
    """A frame of one brightness with a list of people (x, crop's side)."""

    @classmethod
    def of(cls, *people, scene=ROOM):
        picture = np.full((48, 64, 3), scene, np.uint8).view(cls)
        picture.people = people
        return picture


class ScriptedNetwork:
    """Sees the people of a ``Picture``; landmarks are their places."""

    def __init__(self, *, ghosts=()):
        self.detections = 0
        self.crops = []
        self.ghosts = ghosts  # detected, but no person is there

    def detect(self, frame):
        self.detections += 1
        return [
            Detection(np.zeros(4), Crop(np.array([x, 50.0]), side, 0.0), 0.9)
            for x, side in (*frame.people, *self.ghosts)
        ]

    def landmarks(self, frame, crop):
        self.crops.append(float(crop.centre[0]))
        near = [
            p for p in frame.people if abs(p[0] - self.crops[-1]) < 0.5 * p[1]
        ]
        if not near:
            return np.full((17, 3), np.nan), crop, 0.0
        x, side = min(near, key=lambda p: abs(p[0] - self.crops[-1]))
        keypoints = np.tile([x, 50.0, 0.9], (17, 1))
        return keypoints, Crop(np.array([x, 50.0]), side, 0.0), 0.99


def followed(pictures, *, network=None, **options):
    network = network or ScriptedNetwork()
    follower = PersonFollower(network, **options)
    places = [float(follower.next(picture)[0, 0]) for picture in pictures]
    return places, network, follower


def test_the_largest_person_is_followed_without_detecting_again():
    pictures = [
        Picture.of((100 + 10 * t, 60.0), (400 - 10 * t, 90.0)) for t in range(8)
    ]
    places, network, follower = followed(pictures)
    assert places == [400 - 10 * t for t in range(8)]
    assert network.detections == 1 and follower.people == 2


@pytest.mark.parametrize(("person", "x"), [(1, 300), (2, 900), (3, 600)])
def test_a_person_is_chosen_by_size(person, x):
    people = ((300, 90.0), (600, 50.0), (900, 70.0))
    places, _, follower = followed([Picture.of(*people)] * 2, person=person)
    assert places == [x, x] and follower.people == 3


def test_the_choice_is_made_where_somebody_is_first_seen():
    pictures = [Picture.of(), Picture.of((100, 50.0), (300, 40.0))]
    places, _, follower = followed(pictures, person=2)
    assert places == [0, 300] and follower.people == 2


@pytest.mark.parametrize("person", [0, 3, -1])
def test_more_people_than_there_are_is_one_sentence(person):
    picture = Picture.of((100, 50.0), (300, 40.0))
    with pytest.raises(ValueError, match=f"from 1 to 2.*got {person}$"):
        followed([picture], person=person)


def test_what_the_landmarks_do_not_confirm_is_nobody():
    network = ScriptedNetwork(ghosts=[(700, 500.0)])
    places, _, follower = followed([Picture.of((100, 50.0))], network=network)
    assert places == [100] and follower.people == 1


def test_two_detections_of_one_person_are_one():
    network = ScriptedNetwork(ghosts=[(115, 55.0)])
    _, _, follower = followed([Picture.of((100, 50.0))], network=network)
    assert follower.people == 1


def test_a_lost_person_is_found_again_near_where_it_was():
    pictures = [
        Picture.of((100, 60.0), (900, 50.0)),
        Picture.of(),
        Picture.of((110, 60.0), (900, 80.0)),
    ]
    places, network, _ = followed(pictures)
    # Though another is larger by now.
    assert places == [100, 0, 110] and network.detections == 3


def test_whoever_stays_when_the_person_leaves_is_not_taken_for_it():
    leaving = [Picture.of((100, 60.0), (400 - 2 * t, 50.0)) for t in range(3)]
    left = [Picture.of((394 - 2 * t, 50.0)) for t in range(40)]
    places, _, _ = followed(leaving + left)
    assert places == [100] * 3 + [0] * 40


def test_somebody_new_is_taken_for_the_person_who_left():
    left = [Picture.of((400, 50.0))] * 3
    back = [Picture.of((400, 50.0), (900 - 10 * t, 55.0)) for t in range(3)]
    places, _, _ = followed(
        [Picture.of((100, 60.0), (400, 50.0)), *left, *back]
    )
    assert places == [100, 0, 0, 0, 900, 890, 880]


def test_another_who_is_not_detected_for_a_while_is_still_another():
    pictures = [
        Picture.of((100, 60.0), (400, 50.0)),
        Picture.of((400, 50.0)),
        Picture.of(),
        Picture.of((405, 50.0)),
    ]
    assert followed(pictures)[0] == [100, 0, 0, 0]


def test_after_a_cut_the_nearest_person_is_followed():
    pictures = [
        Picture.of((100, 60.0), (700, 50.0)),
        Picture.of((900, 60.0), (600, 50.0), scene=STREET),
    ]
    assert followed(pictures)[0] == [100, 600]


def test_a_crop_that_slides_onto_somebody_else_is_a_loss():
    """The landmarks drift away from a person who is half hidden."""

    class Drifting(ScriptedNetwork):
        drift = 0.0

        def landmarks(self, frame, crop):
            keypoints = np.tile([*crop.centre, 0.9], (17, 1))
            centre = crop.centre + [self.drift, 0]
            return keypoints, Crop(centre, crop.side, 0.0), 0.99

    network = Drifting()
    follower = PersonFollower(network)
    assert follower.next(Picture.of((100, 60.0))).any()
    network.drift = 14.0  # twice in a frame: just near enough
    assert follower.next(Picture.of()).any()
    network.drift = 16.0
    assert not follower.next(Picture.of()).any()


def test_a_fast_person_is_looked_at_twice():
    """The second pass uses the crop of the first, so nothing lags."""
    _, network, _ = followed([Picture.of((100, 60.0)), Picture.of((120, 60.0))])
    assert network.crops[-2:] == [100, 120]
