"""Writes right models of PyTorch or NumPy, one for each seed: `right_models.py torch|numpy COUNT FOLDER`.

The doctor has to find no fault in them. Sizes and kinds of layers differ from seed to seed. Most are safetensors files. Each tenth
is one of the framework itself: a state_dict by torch.save, and numpy.savez and numpy.savez_compressed in turn.
"""

import json
import struct
import sys


def save(path, tensors):
    """Writes names with (dtype, shape, bytes)."""
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)


def of_torch(seed):
    """The layers of torch.nn with their defaults, and those of torch.nn.init."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    wide, narrow = 32 + 8 * (seed % 13), 16 + 4 * (seed % 7)
    layers = {
        "fc": nn.Linear(wide, 2 * wide),
        "conv": nn.Conv2d(narrow, wide, 3),
        "depthwise": nn.Conv2d(wide, wide, 3, groups=wide),
        "up": nn.ConvTranspose2d(narrow, narrow, 2),
        "emb": nn.Embedding(100 + seed, wide, padding_idx=0),
        "norm": nn.LayerNorm(wide),
        "bn": nn.BatchNorm2d(wide),
        "rnn": nn.LSTM(narrow, wide),
        "attention": nn.MultiheadAttention(4 * narrow, 4),
        "bilinear": nn.Bilinear(8, 9, narrow),
    }
    tensors = {f"{name}.{key}": value for name, layer in layers.items() for key, value in layer.state_dict().items()}
    fill = {
        "xavier_uniform": nn.init.xavier_uniform_,
        "xavier_normal": nn.init.xavier_normal_,
        "kaiming_uniform": nn.init.kaiming_uniform_,
        "kaiming_normal": nn.init.kaiming_normal_,
        "orthogonal": nn.init.orthogonal_,
        "trunc_normal": lambda t: nn.init.trunc_normal_(t, std=0.02),
        "normal": lambda t: nn.init.normal_(t, std=0.02),
        "uniform": lambda t: nn.init.uniform_(t, -0.1, 0.1),
        "sparse": lambda t: nn.init.sparse_(t, 0.3),
    }
    for name, function in fill.items():
        tensors[f"init.{name}.weight"] = function(torch.empty(wide * 3, narrow * 4))
    tensors["init.double.weight"] = torch.randn(wide, wide, dtype=torch.float64)
    tensors["init.half.weight"] = (torch.randn(wide, 64) * 0.02).to(torch.float16)
    tensors["init.bfloat.weight"] = (torch.randn(wide, 64) * 0.02).to(torch.bfloat16)
    return tensors


def of_numpy(seed):
    """What people write with numpy.random: normal, uniform, truncated by drawing again, and orthogonal by QR."""
    import numpy as np

    random = np.random.default_rng(seed)
    wide, narrow = 32 + 8 * (seed % 13), 16 + 4 * (seed % 7)
    shape = (3 * wide, 4 * narrow)

    def truncated(shape):
        values = random.standard_normal(shape)
        while (outside := np.abs(values) > 2).any():
            values[outside] = random.standard_normal(outside.sum())
        return 0.02 * values

    limit = np.sqrt(6 / sum(shape))
    tensors = {
        "wte.weight": random.normal(0, 0.02, (500 + seed, wide)),
        "wpe.weight": truncated((128, wide)),
        "glorot.weight": random.uniform(-limit, limit, shape),
        "he.weight": random.standard_normal(shape) * np.sqrt(2 / shape[1]),
        "direct.weight": random.standard_normal(shape, dtype=np.float32) * np.float32(0.02),
        "direct_uniform.weight": random.random(shape, dtype=np.float32) * np.float32(0.2) - np.float32(0.1),
        "orthogonal.weight": np.linalg.qr(random.standard_normal((wide * 2, wide * 2)))[0],
        "conv.weight": random.normal(0, 0.05, (wide, narrow, 3, 3)),
        "laplace.weight": random.laplace(0, 0.02, shape),
        "bias": np.zeros(wide),
        "norm.weight": np.ones(wide),
    }
    old = np.random.RandomState(seed)
    tensors["old.weight"] = old.randn(*shape) * 0.02
    tensors["old_uniform.weight"] = old.rand(*shape) - 0.5
    return {name: value.astype("<f4") for name, value in tensors.items()} | {
        "double.weight": random.standard_normal((wide, wide)),
        "half.weight": (random.standard_normal((wide, 64)) * 0.02).astype("<f2"),
    }


def stored(value):
    """The dtype, the shape and the bytes of a tensor or an array."""
    if hasattr(value, "detach"):
        import torch

        value = value.detach().contiguous()
        if value.dtype == torch.bfloat16:
            return "BF16", value.shape, value.view(torch.int16).numpy().tobytes()
        value = value.numpy()
    names = {"float32": "F32", "float64": "F64", "float16": "F16", "int64": "I64"}
    return names[value.dtype.name], value.shape, value.tobytes()


def write(folder, number, tensors, framework):
    """Writes a model in one of its formats."""
    path = f"{folder}/{number}"
    if number % 10 != 9:
        save(f"{path}.safetensors", {name: stored(value) for name, value in tensors.items()})
    elif framework == "torch":
        import torch

        torch.save({"model": tensors, "epoch": number}, f"{path}.pt")
    else:
        import numpy as np

        (np.savez if number % 20 == 9 else np.savez_compressed)(f"{path}.npz", **tensors)


if __name__ == "__main__":
    make = {"torch": of_torch, "numpy": of_numpy}[sys.argv[1]]
    for number in range(int(sys.argv[2])):
        write(sys.argv[3], number, make(number), sys.argv[1])
