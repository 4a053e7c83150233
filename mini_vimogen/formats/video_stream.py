"""Frames of a video file, decoded by ffmpeg in a process of its own.

A damaged or hostile file can then neither crash nor fill this process, its
complaints do not reach the terminal, and large frames are made smaller before
they arrive. ffmpeg turns frames upright by the file's rotation metadata.
"""

import queue
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mini_vimogen.formats.video_faults import explain, riff_is_cut, video_path

MAX_PIXELS = 2**26
"""Of a frame: 8192 x 8192. Larger ones are refused before they are decoded."""
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm"
_SAID = 40  # lines of ffmpeg's that are kept

_DURATION = re.compile(r"\[info\]\s+Duration: (\d+):(\d+):(\d+\.\d+)")
_RATE = re.compile(r"\[info\]\s+Stream #.*: Video: .*?([\d.]+)(k?) (?:fps|tbr)")
_SHOWN = re.compile(r"showinfo.* n: *\d+ pts: *(\S+) .* s:(\d+)x(\d+) ")
_SERIOUS = re.compile(
    r"\[(?:error|fatal)\] |scale/rate is |Stream #|ended prem"
)


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One frame, upright.

    Args:
        pixels: uint8 [height, width, 3] RGB, perhaps made smaller.
        seconds: its time stamp; None where the file has none.
        width, height: of the frame as the file shows it.
    """

    pixels: np.ndarray
    seconds: float | None
    width: int
    height: int


class VideoStream:
    """Frames in order, for one pass: ``with VideoStream(path) as frames: ...``

    Args:
        path: a file ending in one of ``video_faults.SUFFIXES``.
        start: first frame.
        frames: how many frames; None is all of them.
        max_side: larger frames are made smaller, to this many pixels on the
            longer side; None leaves them.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a folder, an empty file, an unknown suffix, a missing
            package; and, with the first frame, whatever ffmpeg cannot decode.
    """

    def __init__(self, path, *, start=0, frames=None, max_side=None):
        self.path = video_path(path)
        if start < 0 or (frames is not None and frames < 1):
            raise ValueError(
                "start must be at least 0 and frames at least 1, got "
                f"{start} and {frames}"
            )
        self._start, self._frames = start, frames
        self._seconds: float | None = None  # how long the header says it is
        self._rate: float | None = None
        self._said: list[str] = []
        self._shown: queue.SimpleQueue = queue.SimpleQueue()
        self._last = 0.0
        self._process = subprocess.Popen(
            [_ffmpeg(), *_arguments(self.path, start, frames, max_side)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=2**20,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> "VideoStream":
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._process.stdout.close()
        self._process.stderr.close()

    def __iter__(self) -> Iterator[VideoFrame]:
        count = 0
        while (pixels := _read_picture(self._process.stdout)) is not None:
            shown = self._shown.get()
            if shown is None:  # ffmpeg has gone without a word on this frame
                break
            self._refuse_a_lost_rate()
            self._last = shown.seconds or 0.0
            count += 1
            yield VideoFrame(pixels, shown.seconds, shown.width, shown.height)
        self._listener.join()
        self._refuse_a_lost_rate()
        if count == 0:
            fault = explain(self.path, self._said)
            if fault is None:  # decoded, but nothing from ``start`` on
                fault = f"{self.path} has no frame {self._start} to start from"
            raise ValueError(fault)

    @property
    def expected_frames(self) -> int | None:
        """How many frames the header promises; None where it does not say.

        Known from the first frame on.
        """
        if self._seconds is None or self._rate is None:
            return self._frames
        count = max(round(self._seconds * self._rate) - self._start, 1)
        return count if self._frames is None else min(count, self._frames)

    @property
    def damage(self) -> str | None:
        """After the last frame: what was lost of the file; None if nothing."""
        if self._frames is not None:
            return None
        errors = [s for s in self._said if re.search(r"\[(error|fatal)\] ", s)]
        short = False
        if self._seconds is not None:
            missing = self._seconds - self._last
            short = missing > max(1.0, 0.1 * self._seconds)
        if not (errors or short or riff_is_cut(self.path)):
            return None
        length = "" if self._seconds is None else f" of {self._seconds:.1f} s"
        return (
            f"{self.path} is damaged or cut short: what could be read ends "
            f"after {self._last:.1f} s{length}"
        )

    def _refuse_a_lost_rate(self) -> None:
        """ffmpeg puts 25 for a rate of 0; that would be a guess."""
        if any("scale/rate is " in line for line in self._said):
            raise ValueError(
                f"{self.path} has a frame rate of 0 in its header and no time "
                "stamps to tell it from; write it again with its true rate"
            )

    def _listen(self) -> None:
        """Keep what ffmpeg says, in a thread; its pipe must never fill up."""
        for raw in self._process.stderr:
            line = raw.decode("utf-8", "replace")
            if shown := _SHOWN.search(line):
                stamp, width, height = shown.groups()
                seconds = None if stamp == "NOPTS" else int(stamp) * 1e-6
                frame = _Shown(seconds, int(width), int(height))
                self._shown.put(frame)
            elif found := _DURATION.search(line):
                hours, minutes, rest = map(float, found.groups())
                self._seconds = 3600 * hours + 60 * minutes + rest
            elif self._rate is None and (found := _RATE.search(line)):
                thousands = 1000 if found[2] else 1
                self._rate = float(found[1]) * thousands or None
            if _SERIOUS.search(line) and len(self._said) < _SAID:
                self._said.append(line.strip()[:500])
        self._shown.put(None)


@dataclass(frozen=True)
class _Shown:
    seconds: float | None
    width: int
    height: int


def _arguments(path: Path, start, frames, max_side) -> list[str]:
    filters = [
        f"trim=start_frame={start}",
        "settb=AVTB",  # time stamps in millionths of a second
        "scale=w='if(gt(sar,0),round(iw*sar),iw)':h=ih",  # square pixels
        "setsar=1",
        "showinfo=checksum=0",
    ]
    if max_side is not None:
        filters.append(
            f"scale=w='min({max_side},iw)':h='min({max_side},ih)'"
            ":force_original_aspect_ratio=decrease:flags=area"
        )
    before = [
        *("-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+info"),
        # Only a local file of a known kind: a playlist could name others.
        *("-protocol_whitelist", "file", "-format_whitelist", _CONTAINERS),
        *("-threads", "1", "-max_pixels", str(MAX_PIXELS)),
    ]
    after = ["-map", "0:V:0", "-vf", ",".join(filters)]
    after += ["-fps_mode", "passthrough", "-threads", "1"]
    if frames is not None:
        after += ["-frames:v", str(frames)]
    # Each PPM picture names its own size.
    after += ["-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"]
    return [*before, "-i", f"file:{path.resolve()}", *after]


def _read_picture(stream) -> np.ndarray | None:
    """The next PPM picture [height, width, 3]; None at the end."""
    if stream.readline() != b"P6\n":
        return None
    width, height = map(int, stream.readline().split())
    stream.readline()  # the largest value, 255
    pixels = np.empty((height, width, 3), np.uint8)
    read = stream.readinto(memoryview(pixels).cast("B"))
    return pixels if read == pixels.size else None


def _ffmpeg() -> str:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise ValueError(
            "reading a video needs the package imageio-ffmpeg: install "
            "mini_vimogen[video]"
        ) from error
    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise ValueError(
            "reading a video needs ffmpeg, and imageio-ffmpeg brings none for "
            "this machine: install ffmpeg"
        ) from error
