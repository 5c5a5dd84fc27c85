# SPDX-License-Identifier: GPL-3.0-or-later
"""Which weights of a recogniser a stage tunes, by the names that recipes use."""

from collections.abc import Iterator

from torch import nn

from voicevault.students.blocks import AdaptiveNorm, ConvNeXtBlock
from voicevault.students.recogniser import Recogniser


def parameters_of(network: Recogniser, parts: tuple[str, ...]) -> list[nn.Parameter]:
    """Weights named by ``parts`` (``recogniser_recipe.PARTS``), each once."""
    found: dict[int, nn.Parameter] = {}
    for part in parts:
        found.update({id(one): one for one in _named(network, part)})
    return list(found.values())


def _named(network: Recogniser, part: str) -> Iterator[nn.Parameter]:
    if part == "all":
        yield from network.parameters()
    elif part == "biases":
        yield from (one for name, one in network.named_parameters() if name.endswith("bias"))
    elif part == "norms":
        for module in network.modules():
            if isinstance(module, (AdaptiveNorm, nn.LayerNorm)):
                yield from module.parameters()
            elif isinstance(module, ConvNeXtBlock):
                yield module.layer_scale
    elif part == "depthwise":
        for module in network.modules():
            if isinstance(module, ConvNeXtBlock):
                yield from module.depthwise.parameters()
    elif part == "front":
        for layer in (network.first, network.second, network.enter, network.enter_norm):
            yield from layer.parameters()
    else:
        assert part == "out", part
        for layer in (network.norm, network.out):
            yield from layer.parameters()
