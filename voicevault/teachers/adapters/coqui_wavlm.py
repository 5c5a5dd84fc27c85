# SPDX-License-Identifier: GPL-3.0-or-later
"""WavLM and FreeVC's speaker encoder from the teacher's own folder, where coqui-tts would fetch."""

import ast
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voicevault.errors import Refused
from voicevault.teachers.adapters import coqui


def read_wavlm(path: Path) -> Any:
    """WavLM as its makers publish it: weights and the settings of the network.

    Raises:
        Refused: the file holds code.
        TrainingFailed: it is broken.
    """
    wavlm = coqui.import_coqui("TTS.vc.layers.freevc.wavlm.wavlm")
    held = coqui.read_weights(path)
    settings = dict(coqui.part_of(held, "cfg", path))
    layers = settings.get("conv_feature_layers")
    if layers is not None:
        # The network hands this text to eval(): a file of weights alone could run anything.
        settings["conv_feature_layers"] = repr(read_layers(layers, path.name))
    with coqui.building(path):
        network = wavlm.WavLM(wavlm.WavLMConfig(settings))
        network.load_state_dict(coqui.part_of(held, "model", path))
    return network.eval()


def read_layers(text: object, file: str) -> list[tuple[int, int, int]]:
    """Convolutions as WavLM's settings list them: "[(512,10,5)] + [(512,3,2)] * 4".

    Returns:
        Channels, kernel and stride of each.

    Raises:
        Refused: it says anything else.
    """
    try:
        layers = _list(ast.parse(str(text), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise Refused(
            f"{file} describes its layers by something that is no list of numbers",
            hint="do not use this file; get the teacher from its maker",
        ) from error
    return layers


def _list(node: ast.expr) -> list[tuple[int, int, int]]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _list(node.left) + _list(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        times = ast.literal_eval(node.right)
        if not isinstance(times, int) or not 0 < times <= 64:
            raise ValueError("not a small number of times")
        return _list(node.left) * times
    found = ast.literal_eval(node)
    if not isinstance(found, list) or not found:
        raise ValueError("no list")
    for one in found:
        if not (isinstance(one, tuple) and len(one) == 3 and all(type(n) is int for n in one)):
            raise ValueError("not three numbers")
    return found


@contextlib.contextmanager
def instead_of_fetching(
    module: Any, wavlm: Any, speaker_encoder: Path | None = None
) -> Iterator[None]:
    """While a model is built, give it these parts where its module would fetch them.

    Args:
        module: the module of the model; it holds the fetching functions under their names.
        wavlm: the network to hand out.
        speaker_encoder: the file to read instead of the one in the net; where it is None, a model
            that asks for it is refused.
    """
    whole = getattr(module, "SpeakerEncoderEx", None)

    def local(_address: str) -> Any:
        if speaker_encoder is None or whole is None:
            raise Refused("this model needs speaker_encoder.pt", hint="put it into its folder")
        coqui.read_weights(speaker_encoder)  # refuses code, and says which file is broken
        return whole(str(speaker_encoder))

    parts = {"get_wavlm": lambda *_args, **_more: wavlm, "SpeakerEncoderEx": local}
    with coqui.replaced(module, **parts):
        yield
