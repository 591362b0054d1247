#!/usr/bin/env bash
# Makes one folder that checks and times a card on a machine with nothing but its driver:
#
#     gpu/pack.sh [FOLDER]          FOLDER is gpu-pack when left out; it must not exist
#
# Copy the folder to the machine and run FOLDER/gpu/run.sh there. It holds .NET, the program and the golden files, for Linux
# on x64, in under 60 MB.
set -euo pipefail
if (($# > 1)) || [[ ${1:-} == -* ]]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit 2
fi
folder=$(realpath -m "${1:-gpu-pack}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -e $folder ]]; then
    echo "$folder exists; name another folder or remove it first." >&2
    exit 2
fi

# Made under a temporary name in the target's parent folder and moved when complete.
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT

dotnet publish gpu/Gpu.Tool.fsproj -c Release -r linux-x64 --self-contained -o "$work/publish" \
    -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true -p:DebugType=none \
    -p:AllowedReferenceRelatedFileExtensions=none

mkdir -p "$work/pack/gpu"
cp "$work/publish/initializers-gpu" gpu/run.sh gpu/torch_throughput.py "$work/pack/gpu/"
git rev-parse HEAD >"$work/pack/gpu/COMMIT" 2>/dev/null || echo unknown >"$work/pack/gpu/COMMIT"
chmod 755 "$work/pack"

bytes=$(du -sb "$work/pack" | cut -f1)
if ((bytes >= 60 * 1000 * 1000)); then
    echo "the folder has $bytes bytes, and is to stay under 60 MB." >&2
    exit 1
fi
mv "$work/pack" "$folder"
printf '%s: %d.%d MB; run gpu/run.sh in it on the machine with the card.\n' "$folder" $((bytes / 1000000)) $((bytes / 100000 % 10))
