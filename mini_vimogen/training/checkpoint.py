"""Files of a training: shipped weights with their card, and where to go on.

Nothing is written half: a file appears whole under its name, or not at all.
Nothing that is read can run code.
"""

import hashlib
import json
import pickle
from dataclasses import asdict, fields
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save_file
from torch import nn

from mini_vimogen.files import written_whole
from mini_vimogen.training.state import TrainingState

RESUME_FORMAT = 1


def save_model(
    model: nn.Module,
    path,
    *,
    card: dict | None = None,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write weights as safetensors, and beside them a card as JSON.

    Args:
        model: has ``settings``, the arguments that rebuild it.
        path: PATH.safetensors; the card is PATH.json.
        card: what else the card says: recipe, seed, data hash, metrics, commit.
        dtype: of the stored weights; float16 halves the file.

    Raises:
        ValueError: another suffix, or weights that dtype cannot hold.
        FileNotFoundError: the folder does not exist.
    """
    path = _safetensors(path)
    weights = {}
    for name, weight in model.state_dict().items():
        weights[name] = weight.detach().cpu().to(dtype).contiguous()
        if not weights[name].isfinite().all():
            raise ValueError(f"{name} has values that {dtype} cannot hold")
    with written_whole(path) as partial:
        save_file(weights, partial)
        digest = hashlib.sha256(partial.read_bytes()).hexdigest()
    header = dict(
        network=type(model).__name__,
        settings=model.settings,
        weights_sha256=digest,
    )
    with written_whole(path.with_suffix(".json")) as partial:
        text = json.dumps((card or {}) | header, indent=2)
        partial.write_text(text + "\n", encoding="utf-8")


def read_card(path) -> dict:
    """The card of PATH.safetensors.

    Raises:
        FileNotFoundError: no weights, or no card.
        ValueError: the card is not one.
    """
    path = _safetensors(path)
    for file in (path, path.with_suffix(".json")):
        if not file.is_file():
            raise FileNotFoundError(f"there is no checkpoint file {file}")
    try:
        card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{path.with_suffix('.json')} is not a checkpoint's card: {error}"
        ) from error
    wanted = {"network", "settings", "weights_sha256"}
    if not isinstance(card, dict) or wanted - card.keys():
        raise ValueError(
            f"{path.with_suffix('.json')} is not a checkpoint's card: it must "
            f"have {', '.join(sorted(wanted))}"
        )
    return card


def load_model(path, *networks: type[nn.Module]) -> nn.Module:
    """A network with shipped weights, float32, in eval mode.

    Args:
        path: PATH.safetensors, with its card PATH.json.
        networks: the classes of which it must be one.

    Raises:
        FileNotFoundError: no weights, or no card.
        ValueError: another network, truncated or replaced weights, or settings
            that this version does not know.
    """
    path, card = _safetensors(path), read_card(path)
    by_name = {network.__name__: network for network in networks}
    if card["network"] not in by_name:
        raise ValueError(
            f"{path} must hold a {' or a '.join(by_name)}, got a "
            f"{card['network']}"
        )
    network = by_name[card["network"]]
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != card["weights_sha256"]:
        raise ValueError(f"{path} is truncated or not the file of its card")
    try:
        model = network(**card["settings"])
        model.load_state_dict(load_safetensors(content))
    except (TypeError, ValueError, RuntimeError, SafetensorError) as error:
        told = " ".join(str(error).split())
        raise ValueError(
            f"{path} does not fit a {network.__name__}: {told}"
        ) from error
    return model.eval()


def save_resume(state: TrainingState, path) -> None:
    """Write all that a run needs to go on bit for bit."""
    stored = dict(
        format=RESUME_FORMAT,
        network=type(state.model).__name__,
        preset=asdict(state.preset),
        step=state.step,
        model=state.model.state_dict(),
        average=state.average.model.state_dict(),
        average_updates=state.average.updates,
        optimizer=state.optimizer.state_dict(),
        generator=state.generator.get_state(),
        loss=state.loss,
        parts=state.parts,
        gradient_norm=state.gradient_norm,
        learning_rate=state.learning_rate,
    )
    with written_whole(path) as partial:
        torch.save(stored, partial)


def restore(state: TrainingState, path) -> bool:
    """Put a run where the file left it; False if there is no such file.

    Raises:
        ValueError: truncated, not a resume file, or of another network or
            recipe (the device may change).
    """
    path = Path(path)
    if not path.is_file():
        return False
    stored = _read_resume(path)
    _refuse_other(state, stored, path)
    try:
        state.model.load_state_dict(stored["model"])
        state.average.model.load_state_dict(stored["average"])
        state.optimizer.load_state_dict(stored["optimizer"])
    except (RuntimeError, ValueError) as error:
        told = " ".join(str(error).split())
        raise ValueError(f"{path} is of another network: {told}") from error
    state.average.updates = stored["average_updates"]
    state.generator.set_state(stored["generator"])
    for name in "step loss parts gradient_norm learning_rate".split():
        setattr(state, name, stored[name])
    return True


def _read_resume(path: Path) -> dict:
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
        told = str(error).split("\n")[0]
        raise ValueError(
            f"{path} is not a whole resume file: {told}"
        ) from error
    if not isinstance(stored, dict) or stored.get("format") != RESUME_FORMAT:
        raise ValueError(
            f"{path} is not a resume file of format {RESUME_FORMAT}"
        )
    return stored


def _refuse_other(state: TrainingState, stored: dict, path: Path) -> None:
    network = type(state.model).__name__
    if stored["network"] != network:
        raise ValueError(
            f"{path} must go on with a {network}, got a {stored['network']}"
        )
    for name in (f.name for f in fields(state.preset) if f.name != "device"):
        was, now = stored["preset"].get(name), getattr(state.preset, name)
        if was != now:
            raise ValueError(
                f"{path} was begun with {name} {was}, and cannot go on with "
                f"{now}"
            )


def _safetensors(path) -> Path:
    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"path must end in .safetensors, got {path}")
    return path
