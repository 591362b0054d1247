namespace Initializers.FSharp

open System
open Initializers

/// What a kernel computes for an element, in numbers of its arithmetic: 'real is float32 or float.
[<RequireQualifiedAccess>]
type internal Draw<'real, 'table> =
    /// fma(s, half, mid) for s in (-1, 1), then moved between least and greatest, the outermost values of the dtype strictly
    /// inside the interval.
    | Uniform of mid: 'real * half: 'real * least: 'real * greatest: 'real
    /// fma(z, stddev, mean) for z the standard normal quantile of the word.
    | Normal of mean: 'real * stddev: 'real
    /// fma(z, scale, location) for z the quantile of the word by a table, then moved between least and greatest.
    | Quantile of table: 'table * location: 'real * scale: 'real * least: 'real * greatest: 'real

/// What fills elements independently.
[<RequireQualifiedAccess>]
type internal ElementDraw =
    /// The same element everywhere: the bits of the dtype in the low end of a word.
    | Constant of bits: uint64
    /// Draws in float32, from 32-bit words; narrower dtypes round them.
    | Single of Draw<float32, QuantileTable>
    /// Draws in float64, from words with their companions.
    | Double of Draw<float, QuantileTable64>

/// What fills a tensor: numbers are bits of the dtype in the low end of a word.
type internal Body = Structure<ElementDraw, uint64>

/// Questions about bodies.
[<RequireQualifiedAccess>]
module internal BodyKind =
    /// Whether any element depends on the seed.
    let rec draws (body: Body) =
        match body with
        | Structure.Elements(ElementDraw.Constant _)
        | Structure.Pattern _
        | Structure.Points _
        | Structure.Computed(Computed.Formula _) -> false
        | Structure.Elements _
        | Structure.Computed(Computed.Orthogonal _ | Computed.Integers _)
        | Structure.Sparse _ -> true
        | Structure.Stacked parts -> parts |> List.exists (fun part -> draws part.Inner)
        | Structure.Combined(parts = parts) -> parts |> List.exists draws
        | Structure.Batched(inner = inner)
        | Structure.Masked(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Padded(inner = inner)
        | Structure.Permuted(inner = inner) -> draws inner
