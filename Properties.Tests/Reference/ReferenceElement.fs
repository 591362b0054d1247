/// A naive reading of docs/bits.md for one element of a tensor of any size: `ReferenceComposite` for tensors that cannot be made
/// as a whole. Sums and products are of unbounded integers.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.ReferenceElement

open System
open System.Numerics
open Initializers
open Initializers.FSharp

/// The bits of element `index`.
let bits (law: Resolved) (dtype: DType) (seed: Seed) (index: int64) : uint64 =
    /// The element `s` of a part, which is element `index` of the tensor. `own` is the seed of draws beside the elements' words.
    let rec at law own s : uint64 =
        bounded ReferenceComposite.nearest law own s

    /// The same where numbers become bits by `narrow`, which keeps them inside a clip.
    and bounded (narrow: DType -> float -> uint64) (law: Resolved) (own: Seed) (s: bigint) : uint64 =
        match law with
        | Resolved.Stacked parts ->
            let period = parts |> List.sumBy (fun part -> bigint part.Run)
            let inside = s % period

            let rec find (start: bigint) (parts: ResolvedPart list) =
                match parts with
                | part :: rest when inside >= start + bigint part.Run -> find (start + bigint part.Run) rest
                | part :: _ ->
                    let child =
                        match part.Stream with
                        | Some name -> own.Child name
                        | None -> own

                    at part.Law child (s / period * bigint part.Run + inside - start)
                | [] -> failwith "no part"

            find BigInteger.Zero parts
        | Resolved.Batched(_, length, inner) -> at inner (own.Child(string (s / bigint length))) (s % bigint length)
        | Resolved.Pattern(numbers, repeat) ->
            let number = s / bigint repeat % bigint numbers.Numbers.Length
            narrow dtype numbers.Numbers.Span[int number]
        | Resolved.Computed(formula, repeat, maps) ->
            ReferenceComposite.formulaBits dtype formula maps (int64 (s / bigint repeat))
        | Resolved.Points(p, value, elsewhere) ->
            let place = s - bigint p.Centre
            let outermost = bigint (max p.OutStride p.InStride)
            let first, rest = place / outermost, place % outermost

            // A point is at a whole output and a whole input.
            let second = rest / bigint (min p.OutStride p.InStride)
            let isWhole = rest % bigint (min p.OutStride p.InStride) = BigInteger.Zero

            let output, input =
                if p.OutStride >= p.InStride then
                    first, second
                else
                    second, first

            let isPoint =
                place.Sign >= 0
                && isWhole
                && output < bigint p.Groups * bigint p.PerGroup
                && input < bigint p.Count
                && output % bigint p.PerGroup = input

            narrow dtype (if isPoint then value else elsewhere)
        | Resolved.Sparse(rows, columns, zeros, value, inner) ->
            let column = int64 (s % bigint columns)
            let row = int64 (s / bigint columns)

            let rank r =
                ReferenceComposite.auxiliary own (r * columns + column), r

            let before =
                seq { 0L .. rows - 1L } |> Seq.filter (fun r -> rank r < rank row) |> Seq.length

            if int64 before < zeros then
                narrow dtype value
            else
                at inner (own.Child "0") s
        | Resolved.Masked(keep, value, inner) ->
            if keep.Numbers.Span[int (s % bigint keep.Numbers.Length)] <> 0.0 then
                at inner own s
            else
                narrow dtype value
        | Resolved.Permuted(dims, order, inner) ->
            let coordinates =
                List.scanBack (fun (d: int64) (left: bigint, _) -> left / bigint d, left % bigint d) dims (s, 0I)
                |> List.map snd

            (BigInteger.Zero, order)
            ||> List.fold (fun sum axis -> sum * bigint dims[axis] + coordinates[axis])
            |> at inner own
        | Resolved.Mapped(1.0,
                          0.0,
                          low,
                          high,
                          (Resolved.Pattern _ | Resolved.Points _ | Resolved.Sparse _ | Resolved.Masked _ as numbers)) ->
            let inside dtype x =
                Reference.within dtype low high (ReferenceComposite.nearest dtype x)

            bounded inside numbers own s
        | Resolved.Orthogonal _
        | Resolved.Mapped(_, _, _, _, Resolved.Orthogonal _) ->
            let length =
                match law with
                | Resolved.Orthogonal(rows, columns, _)
                | Resolved.Mapped(inner = Resolved.Orthogonal(rows, columns, _)) -> rows * columns
                | _ -> 0L

            let matrix dtype (seed: Seed) rows columns gain =
                ReferenceOrthogonal.patterns dtype seed.Key seed.Stream gain (int rows) (int columns)

            (ReferenceComposite.tensor matrix law dtype own length)[int s]
        | law -> (Reference.patterns law dtype seed.Key seed.Stream index 1)[0]

    at law seed (bigint index)
