"""english_g2's network in torch, with outputs for more symbols."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import torch
from easyocr_en_models import model_dir
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.recogniser.charset import STOCK, SYMBOLS, base
from services.ocr.models import WEIGHTS, ModelName
from services.ocr.weights.npz import unpacked
from services.ocr.weights.pth import load_state

_STOCK_OUTPUTS = len(STOCK) + 1
_HIDDEN = 256
_FROZEN = 6  # layers at the bottom: edges are edges, and learning here costs most
_HESITATION = 1.0  # a new letter starts by so much less likely than the one it looks like


class _Bidirectional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(_HIDDEN, _HIDDEN, bidirectional=True, batch_first=True)
        self.linear = nn.Linear(2 * _HIDDEN, _HIDDEN)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.linear(self.rnn(x)[0]))


class _Features(nn.Module):
    def __init__(self) -> None:
        super().__init__()

        def normed(entry: int) -> list[nn.Module]:
            convolution = nn.Conv2d(entry, 256, 3, 1, 1, bias=False)
            return [convolution, nn.BatchNorm2d(256), nn.ReLU(inplace=True)]

        def plain(entry: int, out: int) -> list[nn.Module]:
            return [nn.Conv2d(entry, out, 3, 1, 1), nn.ReLU(inplace=True)]

        self.ConvNet = nn.Sequential(
            *plain(1, 32), nn.MaxPool2d(2, 2), *plain(32, 64), nn.MaxPool2d(2, 2),
            *plain(64, 128), *plain(128, 128), nn.MaxPool2d((2, 1)),
            *normed(128), *normed(256), nn.MaxPool2d((2, 1)),
            nn.Conv2d(256, 256, 2, 1, 0), nn.ReLU(inplace=True),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.ConvNet(x))


class Network(nn.Module):
    """Named as EasyOCR names its layers; the last one in two, to learn at different rates."""

    def __init__(self) -> None:
        super().__init__()
        self.FeatureExtraction = _Features()
        self.SequenceModeling = nn.Sequential(_Bidirectional(), _Bidirectional())
        self.Prediction = nn.Linear(_HIDDEN, _STOCK_OUTPUTS)
        self.Added = nn.Linear(_HIDDEN, len(SYMBOLS) + 1 - _STOCK_OUTPUTS)

    def forward(self, x: Tensor) -> Tensor:
        """Scores, n x steps x outputs, of lines n x 1 x 64 x width."""
        features = self.FeatureExtraction(x).mean(2).transpose(1, 2)
        sequence = self.SequenceModeling(features)
        return torch.cat([self.Prediction(sequence), self.Added(sequence)], 2)

    def train(self, mode: bool = True) -> "Network":  # noqa: FBT001, FBT002 (torch's signature)
        """Batch normalisation stays as it is: batches are small and lines differ much."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


def stock_state() -> dict[str, NDArray[np.float32]]:
    """EasyOCR's english_g2."""
    weights = WEIGHTS[ModelName.RECOGNISER]
    state = load_state(Path(model_dir()) / weights.file, weights.md5)
    return {name.removeprefix("module."): values for name, values in state.items()}


def from_stock() -> Network:
    """english_g2 with rows for the new symbols, each taken from the letter it looks like."""
    network = Network()
    state = {name: torch.from_numpy(values.copy()) for name, values in stock_state().items()}
    missing = network.load_state_dict(state, strict=False)
    assert set(missing.missing_keys) == {"Added.weight", "Added.bias"}, missing
    assert not missing.unexpected_keys, missing
    with torch.no_grad():
        for row, symbol in enumerate(SYMBOLS[len(STOCK) :]):
            known = STOCK.find(base(symbol)) + 1
            if known:
                noise = torch.randn(_HIDDEN) * 0.01
                network.Added.weight[row] = network.Prediction.weight[known] + noise
                network.Added.bias[row] = network.Prediction.bias[known] - _HESITATION
    return _frozen_below(network)


def _frozen_below(network: Network) -> Network:
    for layer in network.FeatureExtraction.ConvNet[:_FROZEN]:
        layer.requires_grad_(requires_grad=False)
    return network.to(memory_format=torch.channels_last)


def from_own(weights: Path) -> Network:
    """The network of a file that ``export`` wrote."""
    state, _ = unpacked(weights.read_bytes())
    for part in ("weight", "bias"):
        whole = state[f"Prediction.{part}"]
        state[f"Prediction.{part}"], state[f"Added.{part}"] = np.split(whole, [_STOCK_OUTPUTS])
    network = Network()
    own = {name: torch.from_numpy(np.array(values)) for name, values in state.items()}
    missing = network.load_state_dict(own, strict=False)
    assert all(it.endswith("num_batches_tracked") for it in missing.missing_keys), missing
    return _frozen_below(network)


def merged(state: Mapping[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    """``state`` of a ``Network`` with EasyOCR's names only, as numpy arrays."""
    arrays = {
        name: tensor.detach().float().numpy()
        for name, tensor in state.items()
        if not name.startswith("Added.") and "num_batches_tracked" not in name
    }
    for part in ("weight", "bias"):
        added = state[f"Added.{part}"].detach().float().numpy()
        arrays[f"Prediction.{part}"] = np.concatenate([arrays[f"Prediction.{part}"], added])
    return arrays
