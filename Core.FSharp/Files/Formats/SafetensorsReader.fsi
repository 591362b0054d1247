namespace Initializers.FSharp

open System.IO

/// <summary>Headers of safetensors files (https://github.com/huggingface/safetensors, "Format").</summary>
[<RequireQualifiedAccess>]
module SafetensorsReader =
    /// Reads the header of a file whose first eight bytes, or all of a shorter file, have already been read.
    val internal following: start: byte[] -> stream: Stream -> Result<FileHeader, InitError list>

    /// Reads the header of a file that may have been cut after it: data may be missing, but not too long.
    val internal beginning: stream: Stream -> Result<FileHeader, InitError list>

    /// <summary>Reads only the header, from the stream's position, and leaves the stream at the first byte of the
    /// data.</summary>
    /// <remarks>Refuses everything that the reference implementation refuses: a header above 100,000,000 bytes, holes and
    /// overlaps of tensors, bytes after the last one. A duplicate name is also refused; the reference implementation keeps
    /// the last. Fields that the format does not name are ignored, as there. The length of the data is not checked if the
    /// stream cannot seek. Memory is a small multiple of the header's bytes that are actually present.</remarks>
    /// <returns>The header, or every fault that can be found in it: <c>file-truncated</c>, <c>header-length</c>,
    /// <c>header-syntax</c>, <c>json-syntax</c>, <c>json-field</c>, <c>tensor-duplicate</c>, <c>stored-type-unknown</c>,
    /// <c>shape-negative</c>, <c>shape-overflow</c>, <c>bytes-mismatch</c>, <c>offsets-out-of-range</c>,
    /// <c>tensors-overlap</c>, <c>bytes-unclaimed</c>. An IOException of the stream passes through.</returns>
    /// <example><code>use file = File.OpenRead "model.safetensors" in SafetensorsReader.header file</code></example>
    [<CompiledName "Header">]
    val header: stream: Stream -> Result<FileHeader, InitError list>
