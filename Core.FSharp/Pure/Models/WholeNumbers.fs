namespace Initializers.FSharp

open System
open Initializers

/// Specs whose elements are whole numbers, for integer and boolean tensors.
[<RequireQualifiedAccess>]
module internal WholeNumbers =
    /// Whether a spec is made of numbers and integer draws, without a distribution over the reals. Only the numbers
    /// themselves decide whether they are whole.
    let rec accepts (spec: Spec) : bool =
        match spec with
        | Spec.Constant _
        | Spec.Literal _
        | Spec.Identity _
        | Spec.Dirac _
        | Spec.LstmBias _
        | Spec.Formula _
        | Spec.Permutation
        | Spec.Randint _
        | Spec.Bernoulli _ -> true
        | Spec.Scale _
        | Spec.Shift _
        | Spec.Clip _
        | Spec.Mask _
        | Spec.Sparse _
        | Spec.Stacked _
        | Spec.Sum _
        | Spec.Batched _
        | Spec.Repeat _
        | Spec.Padding _
        | Spec.DefaultLayout _
        | Spec.AxisFans _ -> (Spec.nestingFaults spec).IsEmpty && spec.Inner |> List.forall accepts
        | _ -> false

    let private isWhole (x: float) = Math.Floor x = x

    /// Draws of so few numbers are checked number by number.
    let private few = 65536L

    /// The first fault of numbers from 0 to count - 1.
    let private first (count: int64) (fault: int64 -> InitError list) : InitError list =
        Seq.unfold (fun i -> if i < count then Some(i, i + 1L) else None) 0L
        |> Seq.map fault
        |> Seq.tryFind (List.isEmpty >> not)
        |> Option.defaultValue []

    /// The faults of numbers that an integer type does not hold. Numbers that a formula computes are all tried.
    let rec faults (integer: IntegerType) (tensor: Resolved) : InitError list =
        let number (x: float) =
            Storage.bits integer x |> Validation.faults

        /// Maps of whole numbers whose ends are these.
        let between (maps: Affine list) (struct (low: float, high: float)) =
            let value = NumberFormulas.mapped maps

            let fractions =
                [ for m in maps do
                      m.Factor
                      m.Offset

                      if not (Double.IsInfinity m.Low) then
                          m.Low

                      if not (Double.IsInfinity m.High) then
                          m.High ]
                |> List.filter (isWhole >> not)
                |> List.truncate 1

            (fractions
             |> List.collect (fun x -> [ InitError.NotExact(x, Storage.toText (Storage.Integer integer)) ]))
            @ number (value low)
            @ number (value high)

        match tensor with
        | Structure.Elements(Leaf.Constant given) -> number given.Value
        // No element of a distribution over the reals is whole.
        | Structure.Elements(Leaf.Element _)
        | Structure.Computed(Computed.Orthogonal _)
        | Structure.Combined(Combination.Normalized _, _, _) -> number nan
        | Structure.Stacked parts -> parts |> List.collect (fun part -> faults integer part.Inner)
        | Structure.Pattern(numbers, _) -> first numbers.LongLength (fun i -> number numbers[int i].Value)
        | Structure.Computed(Computed.Formula(NumberFormula.Indexed formula, _, [])) ->
            let encode = Storage.encoder integer

            formula.FirstFault(fun x ->
                match encode x with
                | ValueSome _ -> ValueNone
                | ValueNone -> ValueSome(Storage.notExact integer x))
        | Structure.Computed(Computed.Formula(formula, _, maps)) ->
            let count = NumberFormulas.count formula
            let value = NumberFormulas.number count formula >> NumberFormulas.mapped maps

            first count (fun i ->
                match formula, number (value i) with
                | NumberFormula.Indexed indexed, faults -> faults |> List.map (fun fault -> indexed.Fault(i, fault))
                | _, faults -> faults)
        | Structure.Computed(Computed.Integers(draw, maps)) ->
            match IntegerNumbers.equallyLikely draw with
            | ValueSome(struct (count, value)) when count <= few ->
                first count (value >> NumberFormulas.mapped maps >> number)
            | ValueSome _ -> between maps (IntegerNumbers.ends draw)
            | ValueNone -> first 2L (float >> NumberFormulas.mapped maps >> number)
        | Structure.Points(_, value, elsewhere) -> number value.Value @ number elsewhere.Value
        | Structure.Sparse(_, _, _, value, inner)
        | Structure.Masked(_, value, inner)
        | Structure.Padded(_, _, value, _, inner) -> number value.Value @ faults integer inner
        | Structure.Combined(Combination.Sum _, maps, parts) ->
            let struct (low, high) =
                (struct (0.0, 0.0), parts)
                ||> List.fold (fun (struct (low, high)) part ->
                    let struct (least, greatest) = Reach.ends DType.Float64 part
                    struct (low + least, high + greatest))

            (parts |> List.collect (faults IntegerType.I64))
            @ between maps (struct (low, high))
        | Structure.Batched(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Permuted(inner = inner) -> faults integer inner

    /// The plan of a tensor of whole numbers, in float64, which has them all.
    let plan (integer: IntegerType) (spec: Spec) (shape: Shape) (fan: Fan) : Result<Plan, InitError list> =
        validation {
            let! tensor = Plan.distribution spec shape fan

            let! () =
                if shape.Length = 0L then
                    []
                else
                    faults integer tensor |> List.distinct

            return! Plan.resolve spec shape fan DType.Float64
        }
