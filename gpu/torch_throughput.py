"""Measures the GB/s of PyTorch's initializers, fill and copy on its first CUDA device: medians of 21 rounds in turns, buffers
of a quarter of the memory, at most 8 GiB."""

import statistics
import time

import torch

device = torch.device("cuda:0")
rounds = 21
total = torch.cuda.get_device_properties(device).total_memory
size = max(1 << 26, min(1 << 33, 1 << ((total // 4).bit_length() - 1)))


def timed(act):
    torch.cuda.synchronize()
    start = time.perf_counter()
    act()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def rows():
    for dtype in (torch.float32, torch.bfloat16, torch.float16, torch.float64):
        x = torch.empty(size // dtype.itemsize, dtype=dtype, device=device)
        name = str(dtype).removeprefix("torch.")
        yield f"fill_ {name}", size, lambda x=x: x.fill_(0.1)
        yield f"uniform_ {name}", size, lambda x=x: x.uniform_(-0.1, 0.1)
        yield f"normal_ {name}", size, lambda x=x: x.normal_(0.0, 0.02)
        yield f"trunc_normal_ {name}", size, lambda x=x: torch.nn.init.trunc_normal_(x, 0.0, 0.02, -0.04, 0.04)
        if dtype is torch.float32:
            y = torch.empty_like(x)
            # a copy reads what it writes
            yield "copy_ float32", 2 * size, lambda x=x, y=y: x.copy_(y)
        del x


print(f"torch {torch.__version__}, {torch.cuda.get_device_name(device)}, buffers of {size >> 20} MiB")
with torch.no_grad():
    for name, moved, act in rows():
        act()
        print(f"{name:28s} {moved / 1e9 / statistics.median(timed(act) for _ in range(rounds)):10.1f} GB/s")
