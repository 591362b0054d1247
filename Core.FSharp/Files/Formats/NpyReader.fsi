namespace Initializers.FSharp

open System.IO

/// <summary>Headers of NumPy's array files, versions 1.0, 2.0 and 3.0
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).</summary>
[<RequireQualifiedAccess>]
module NpyReader =
    /// <summary>Whether bytes begin as those of an npy file do.</summary>
    [<CompiledName "IsNpy">]
    val isNpy: start: System.ReadOnlyMemory<byte> -> bool

    /// <summary>Reads the header alone, from where the stream stands, and leaves the stream at the first byte of the
    /// data. The one tensor has the name that is given, since the file has none.</summary>
    /// <remarks>Both byte orders and both element orders are read. Integers, floats, complex numbers and booleans
    /// are; structured, text, object and date dtypes are refused, and so is a header above 1 MiB, bytes after the
    /// array, or an expression in the place of a literal: nothing is evaluated.</remarks>
    /// <returns>The header, or its faults: <c>file-truncated</c>, <c>header-length</c>, <c>header-syntax</c>,
    /// <c>stored-type-unknown</c>, <c>stored-type-unsupported</c>, <c>shape-negative</c>, <c>shape-overflow</c>,
    /// <c>bytes-mismatch</c>, <c>bytes-unclaimed</c>. An IOException of the stream passes through.</returns>
    [<CompiledName "Header">]
    val header: name: string -> stream: Stream -> Result<FileHeader, InitError list>
