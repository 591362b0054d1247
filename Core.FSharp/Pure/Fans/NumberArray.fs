namespace Initializers.FSharp

open System

/// <summary>Numbers with the sizes of their axes, outermost first and row-major: what <c>Spec.literal</c> fills with and
/// <c>Spec.mask</c> keeps by.</summary>
/// <remarks>A value: two are equal when their sizes and all bits of their numbers are. The numbers are copied when it is
/// made.</remarks>
/// <example><code>NumberArray([ 2L; 2L ], [ 1.0; 0.0; 0.0; 1.0 ])</code></example>
[<Sealed; AllowNullLiteral(false)>]
type NumberArray(dims: int64 list, numbers: float seq) =
    let numbers = Array.ofSeq numbers

    /// <summary>The sizes of the axes.</summary>
    member _.Dims = dims

    /// <summary>The numbers, row-major.</summary>
    member _.Numbers: ReadOnlyMemory<float> = ReadOnlyMemory numbers

    member private _.Bits = numbers |> Array.map BitConverter.DoubleToInt64Bits

    /// <summary>Equal sizes and bits.</summary>
    override this.Equals(other: obj | null) =
        match other with
        | :? NumberArray as o -> o.Dims = dims && o.Bits = this.Bits
        | _ -> false

    /// <summary>A hash code that agrees with equality.</summary>
    override this.GetHashCode() = HashCode.Combine(dims, hash this.Bits)

    /// <summary>The numbers in brackets.</summary>
    override _.ToString() =
        $"[{numbers
            |> Array.truncate 10
            |> Array.map Names.number
            |> List.ofArray
            |> Names.list}]"
