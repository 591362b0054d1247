"""Writes the checkpoints of this folder: `make.py FOLDER`, with PyTorch 1.13 and NumPy 1.24 of Debian.

Elements count up, so that a test knows each of them.
"""

import collections
import sys

import numpy as np
import torch

folder = sys.argv[1]


def ramp(*shape):
    return torch.arange(int(np.prod(shape)), dtype=torch.float32).reshape(shape)


matrix, line = ramp(3, 4), ramp(60)
kinds = {
    "matrix": matrix,
    "transposed": matrix.t(),
    "part": line[10:16],
    "step": line[5:50:9],
    "block": ramp(2, 3, 4).permute(2, 0, 1)[1:3],
    "expanded": torch.ones(1).expand(3, 2),
    "tied": matrix,
    "parameter": torch.nn.Parameter(ramp(2, 2)),
    "scalar": torch.tensor(3.0),
    "empty": torch.empty(0, 3),
    "bool": torch.tensor([True, False]),
    "complex": torch.ones(2, dtype=torch.complex64),
}
for name in ["float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"]:
    kinds[name] = ramp(5).to(getattr(torch, name))
torch.save(kinds, f"{folder}/kinds.pt")
torch.save(matrix, f"{folder}/alone.pth", pickle_protocol=4)

torch.manual_seed(1)
net = torch.nn.Linear(4, 3)
adam = torch.optim.Adam(net.parameters())
net(torch.ones(2, 4)).sum().backward()
adam.step()
torch.save(
    {
        "model": collections.OrderedDict(net.state_dict()),
        "optimizer": adam.state_dict(),
        "losses": [torch.ones(1), (torch.zeros(2), None)],
        "epoch": 3,
        "seed": 2**70,
        "lr": 1e-3,
    },
    f"{folder}/training.pt",
)
torch.save(net, f"{folder}/module.pt")
torch.save({"matrix": matrix.to_sparse()}, f"{folder}/sparse.pt")
torch.save({"matrix": matrix}, f"{folder}/legacy.pt", _use_new_zipfile_serialization=False)
torch.jit.script(net).save(f"{folder}/script.pt")

arrays = {
    "h/0/matrix": matrix.numpy(),
    "fortran": np.asfortranarray(matrix.numpy()),
    "big": matrix.numpy().astype(">f8"),
    "scalar": np.float32(3),
    "empty": np.zeros((0, 3), "f4"),
    "int64": np.arange(5),
}
np.savez(f"{folder}/stored.npz", **arrays)
np.savez_compressed(f"{folder}/deflated.npz", **arrays)
