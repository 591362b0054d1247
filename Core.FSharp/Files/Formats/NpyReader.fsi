namespace Initializers.FSharp

open System.IO

/// <summary>Headers of NumPy's array files, versions 1.0, 2.0 and 3.0
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).</summary>
[<RequireQualifiedAccess>]
module NpyReader =
    /// <summary>Returns whether bytes begin like an npy file.</summary>
    [<CompiledName "IsNpy">]
    val isNpy: start: System.ReadOnlyMemory<byte> -> bool

    /// <summary>Reads only the header, from the stream's position, and leaves the stream at the first byte of the
    /// data. The tensor gets the given name, since the file has no names.</summary>
    /// <remarks>Reads both byte orders and both element orders, and integers, floats, complex numbers and booleans.
    /// Refuses structured, text, object and date dtypes, a header above 1 MiB, bytes after the array, and expressions
    /// in the place of literals: nothing is evaluated.</remarks>
    /// <returns>The header, or its faults: <c>file-truncated</c>, <c>header-length</c>, <c>header-syntax</c>,
    /// <c>stored-type-unknown</c>, <c>stored-type-unsupported</c>, <c>shape-negative</c>, <c>shape-overflow</c>,
    /// <c>bytes-mismatch</c>, <c>bytes-unclaimed</c>. An IOException of the stream passes through.</returns>
    [<CompiledName "Header">]
    val header: name: string -> stream: Stream -> Result<FileHeader, InitError list>

    /// The header, and whether elements are in column-major order.
    val internal located: name: string -> stream: Stream -> Result<FileHeader * bool, InitError list>
