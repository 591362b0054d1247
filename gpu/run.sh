#!/usr/bin/env bash
# Checks that a card gives each golden file's bits, and measures the GB/s of each distribution, of the driver's memset and of a
# copy from device to device. Runs in a folder that gpu/pack.sh made; the only requirement is an NVIDIA driver.
#
#     gpu/run.sh [DEVICE] [MIB]     DEVICE is cuda:0 when left out; MIB the size of the buffers
#
# All that it prints is also in results.txt, in the folder that it is started from. Exit code: 0 all bits equal and all
# goals met; 1 bits differ; 2 no such device, or no pack; 3 bits equal, a goal missed.
set -euo pipefail
if (($# > 2)) || [[ ${1:-} == -* ]]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit 2
fi
device=${1:-cuda:0}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tool=$here/initializers-gpu
if [[ ! -x $tool ]]; then
    echo "no program next to $0: run gpu/pack.sh, and the run.sh of the folder that it makes." >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOTNET_BUNDLE_EXTRACT_BASE_DIR=$work

# The program asks for libcuda.so and libOpenCL.so; a driver alone may have the names with a version only.
for name in libcuda.so libOpenCL.so; do
    found=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | awk -v name="$name.1" '$1 == name && /x86-64/ { print $NF; exit }' || true)
    if [[ -n $found ]]; then ln -s "$found" "$work/$name"; fi
done
export LD_LIBRARY_PATH=$work${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

bits=0
speed=0

everything() {
    printf 'Initializers, commit %s, %s UTC\n' "$(cat "$here/COMMIT")" "$(date -u '+%F %T')"
    if command -v nvidia-smi >/dev/null; then
        nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem --format=csv || true
    fi
    printf '\n=== bits\n'
    "$tool" check "$device" || bits=$?
    if ((bits == 2)); then return; fi
    printf '\n=== throughput\n'
    "$tool" throughput "$device" ${2:+"$2"} || speed=$?
    printf '\n=== torch\n'
    if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
        python3 "$here/torch_throughput.py" || echo "torch failed"
    else
        echo 'torch with CUDA is not installed here'
    fi
    printf '\n=== %s\n' "$(verdict)"
}

verdict() {
    if ((bits != 0)); then
        echo "bits: DIFFER or failed ($bits)"
    elif ((speed == 3)); then
        echo 'bits: equal; a goal is missed'
    elif ((speed != 0)); then
        echo "bits: equal; the timing failed ($speed)"
    else
        echo 'bits: equal; every goal is met'
    fi
}

# The output goes to a file, since a pipe would run the function in a subshell and lose the codes.
log=$work/log
: >"$log"
tail -f -n +1 "$log" &
watcher=$!
everything "$device" "${2:-}" >"$log" 2>&1
sleep 0.5
kill "$watcher" 2>/dev/null || true
cp "$log" results.txt
if ((bits != 0)); then exit "$bits"; fi
exit "$speed"
