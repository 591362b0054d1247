namespace Initializers.FSharp

open System.IO

/// <summary>Headers of safetensors files (https://github.com/huggingface/safetensors, "Format").</summary>
[<RequireQualifiedAccess>]
module SafetensorsReader =
    /// The header of a file of which the first eight bytes, or all that there are, have been read.
    val internal following: start: byte[] -> stream: Stream -> Result<FileHeader, InitError list>

    /// <summary>Reads the header alone, from where the stream stands, and leaves the stream at the first byte of the
    /// data.</summary>
    /// <remarks>What the reference implementation refuses is refused: a header above 100,000,000 bytes, holes and
    /// overlaps of tensors, bytes after the last one. So is a name given twice, of which it keeps the last. Fields
    /// that the format does not name are ignored, as it does. A stream that cannot seek is not asked how much data
    /// follows. Memory is a small multiple of the header's bytes that are really there.</remarks>
    /// <returns>The header, or every fault of it that can be told: <c>file-truncated</c>, <c>header-length</c>,
    /// <c>header-syntax</c>, <c>json-syntax</c>, <c>json-field</c>, <c>tensor-duplicate</c>, <c>stored-type-unknown</c>,
    /// <c>shape-negative</c>, <c>shape-overflow</c>, <c>bytes-mismatch</c>, <c>offsets-out-of-range</c>,
    /// <c>tensors-overlap</c>, <c>bytes-unclaimed</c>. An IOException of the stream passes through.</returns>
    /// <example><code>use file = File.OpenRead "model.safetensors" in SafetensorsReader.header file</code></example>
    [<CompiledName "Header">]
    val header: stream: Stream -> Result<FileHeader, InitError list>
