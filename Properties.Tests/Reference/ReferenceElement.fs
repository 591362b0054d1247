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
    /// The element `s` of a part, which is element `index` of the tensor whose words `seed` draws. `own` is the seed of the
    /// auxiliary words.
    let rec of' (dtype: DType) (seed: Seed) (index: int64) (law: Resolved) (own: Seed) (s: bigint) : uint64 =
        let at = of' dtype seed index

        match law with
        | Structure.Stacked parts ->
            let period = parts |> List.sumBy (fun part -> bigint part.Run)
            let inside = s % period

            let rec find (start: bigint) (parts: StructurePart<Leaf, Number> list) =
                match parts with
                | part :: rest when inside >= start + bigint part.Run -> find (start + bigint part.Run) rest
                | part :: _ ->
                    let child =
                        match part.Stream with
                        | Some name -> own.Child name
                        | None -> own

                    at part.Inner child (s / period * bigint part.Run + inside - start)
                | [] -> failwith "no part"

            find BigInteger.Zero parts
        | Structure.Batched(_, length, inner) -> at inner (own.Child(string (s / bigint length))) (s % bigint length)
        | Structure.Pattern(numbers, repeat) ->
            ReferenceComposite.numberBits dtype numbers[int (s / bigint repeat % bigint numbers.Length)]
        | Structure.Computed(Computed.Formula(formula, repeat, maps)) ->
            ReferenceComposite.formulaBits dtype formula maps (int64 (s / bigint repeat))
        | Structure.Computed(Computed.Integers(IntegerDraw.Permutation _ as draw, maps)) ->
            float (ReferenceIntegers.ofWords own draw (int64 s))
            |> ReferenceComposite.mappedBits dtype maps
        | Structure.Computed(Computed.Integers(draw, maps)) ->
            float (ReferenceIntegers.ofWords seed draw index)
            |> ReferenceComposite.mappedBits dtype maps
        | Structure.Padded(first, count, value, _, inner) ->
            if s >= bigint first && s < bigint first + bigint count then
                ReferenceComposite.numberBits dtype value
            else
                at inner own s
        | Structure.Repeated(run, times, inner) ->
            let inside = s / bigint run / bigint times * bigint run + s % bigint run

            of' dtype own (int64 inside) inner own inside
        | Structure.Combined(Combination.Sum streams, maps, parts) ->
            let wide =
                if dtype = DType.Float64 then
                    DType.Float64
                else
                    DType.Float32

            (streams, parts)
            ||> List.map2 (fun stream part ->
                let child (seed: Seed) =
                    match stream with
                    | Some(name: string) -> seed.Child name
                    | None -> seed

                let bits = of' wide (child seed) index part (child own) s

                if wide = DType.Float64 then
                    BitConverter.UInt64BitsToDouble bits
                else
                    float (BitConverter.UInt32BitsToSingle(uint32 bits)))
            |> List.reduce (+)
            |> ReferenceComposite.mappedBits dtype maps
        | Structure.Combined(Combination.Normalized _, _, _) -> failwith "a vector has more than one element"
        | Structure.Points(p, value, elsewhere) ->
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

            ReferenceComposite.numberBits dtype (if isPoint then value else elsewhere)
        | Structure.Sparse(rows, columns, zeros, value, inner) ->
            let column = int64 (s % bigint columns)
            let row = int64 (s / bigint columns)

            let rank r =
                ReferenceComposite.auxiliary own (r * columns + column), r

            let before =
                seq { 0L .. rows - 1L } |> Seq.filter (fun r -> rank r < rank row) |> Seq.length

            if int64 before < zeros then
                ReferenceComposite.numberBits dtype value
            else
                at inner (own.Child "0") s
        | Structure.Masked(keep, value, inner) ->
            if keep.Flags[int (s % bigint keep.Flags.Length)] then
                at inner own s
            else
                ReferenceComposite.numberBits dtype value
        | Structure.Permuted(dims, order, inner) ->
            let coordinates =
                List.scanBack (fun (d: int64) (left: bigint, _) -> left / bigint d, left % bigint d) dims (s, 0I)
                |> List.map snd

            (BigInteger.Zero, order)
            ||> List.fold (fun sum axis -> sum * bigint dims[axis] + coordinates[axis])
            |> at inner own
        | Structure.Computed(Computed.Orthogonal(rows, columns, _, _)) ->
            let length = rows * columns

            let matrix dtype (seed: Seed) rows columns gain =
                ReferenceOrthogonal.patterns dtype seed.Key seed.Stream gain (int rows) (int columns)

            (ReferenceComposite.tensor matrix law dtype own length)[int s]
        | Structure.Elements _ -> (Reference.patterns law dtype seed.Key seed.Stream index 1)[0]

    of' dtype seed index law seed (bigint index)
