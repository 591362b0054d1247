namespace Initializers.FSharp

open System
open System.Globalization
open Initializers

/// What an initializer comes to, for people to read.
[<RequireQualifiedAccess>]
module internal ExplanationText =
    /// One value at the centre: an identity, or in groups a dirac.
    let private pointsOf (blocks: DiagonalBlocks) value =
        match blocks.Groups, value with
        | 1L, _ -> Spec.Identity value
        | groups, 1.0 -> Spec.Dirac groups
        | groups, _ -> Spec.Scale(value, Spec.Dirac groups)

    /// To six digits.
    let private six (x: float) =
        Double.Parse(x.ToString("g6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        + 0.0

    let private mapped (m: Affine) (inner: Spec) : Spec =
        let scaled =
            if m.Factor = 1.0 then
                inner
            else
                Spec.Scale(six m.Factor, inner)

        let shifted =
            if m.Offset = 0.0 then
                scaled
            else
                Spec.Shift(six m.Offset, scaled)

        if Affine.isClip m then
            Spec.Clip(six m.Low, six m.High, shifted)
        else
            shifted

    let rec private elementOf (element: Element) : Spec =
        match element with
        | Element.Uniform(low, high) -> Spec.Uniform(six low, six high)
        | Element.Normal(mean, stddev) -> Spec.Normal(six mean, six stddev)
        | Element.TruncatedNormal(mean, stddev, _, _, low, high, _) ->
            Spec.TruncatedNormal(six mean, six stddev, Bounds.Absolute(six low, six high))
        | Element.LocationScale(family, loc, scale) -> Spec.LocationScale(family, six loc, six scale)
        | Element.Triangular(low, mode, high) -> Spec.Triangular(six low, six mode, six high)
        | Element.Quantile f -> Spec.Quantile f
        | Element.LogUniform(low, high) -> Spec.LogUniform(six low, six high)
        | Element.Mapped(map, factor, offset, inner) ->
            let line =
                { Affine.identity with
                    Factor = factor
                    Offset = offset }

            Spec.Map(map, elementUnder line inner)

    /// An element under a map. One that rises in place of a map that falls is negated.
    and private elementUnder (m: Affine) (element: Element) : Spec =
        match element with
        | Element.Mapped(map, factor, _, _) when StandardForm.falls map factor ->
            elementOf element |> mapped { m with Factor = -m.Factor }
        | _ -> elementOf element |> mapped m

    /// Numbers of a literal that a summary shows.
    let private shown = 64

    let private literal (count: int64) (number: int64 -> float) : Spec =
        let count = min (int64 shown) count
        Spec.Literal(NumberArray([ count ], Seq.init (int count) (int64 >> number)))

    /// A sparse or masked spec whose other elements are `value`: `make` has 0 there.
    let private around (value: Number) (make: Spec -> Spec) (inner: Spec) : Spec =
        if value.Value = 0.0 then
            make inner
        else
            Spec.Shift(six value.Value, make (Spec.Shift(six -value.Value, inner)))

    let private mappedBy (maps: Affine list) (inner: Spec) : Spec =
        inner
        |> mapped ((Affine.identity, maps) ||> List.fold (fun inner m -> Affine.compose m inner))

    let private integers (draw: IntegerDraw) : Spec =
        match draw with
        | IntegerDraw.Range(low, count) -> Spec.Randint(low, low + count)
        | IntegerDraw.Bernoulli p -> Spec.Bernoulli(six p)
        | IntegerDraw.Permutation _ -> Spec.Permutation

    /// A resolved spec as a spec, numbers other than constants to six digits.
    let rec private specOf (resolved: Resolved) : Spec =
        match resolved with
        | Structure.Elements(Leaf.Constant number) -> Spec.Constant number.Value
        | Structure.Elements(Leaf.Element(element, map)) -> elementUnder map element
        | Structure.Stacked parts -> Spec.Stacked(0, parts |> List.map (fun part -> part.Run, specOf part.Inner))
        | Structure.Batched(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Permuted(inner = inner) -> specOf inner
        | Structure.Pattern(numbers, _) -> literal numbers.LongLength (fun i -> numbers[int i].Value)
        | Structure.Computed(Computed.Formula(NumberFormula.Indexed formula, _, maps)) ->
            (Spec.formula formula.Text, maps) ||> List.fold (fun inner m -> mapped m inner)
        | Structure.Computed(Computed.Formula(formula, _, maps)) ->
            literal (NumberFormulas.count formula) (NumberFormulas.number 0L formula >> NumberFormulas.mapped maps)
        | Structure.Computed(Computed.Orthogonal(_, _, gain, map)) -> Spec.Orthogonal(six gain) |> mapped map
        | Structure.Computed(Computed.Integers(draw, maps)) -> integers draw |> mappedBy maps
        | Structure.Combined(Combination.Sum _, maps, parts) -> Spec.Sum(List.map specOf parts) |> mappedBy maps
        | Structure.Combined(Combination.Normalized(stride, _), maps, parts) ->
            // Which of the axes before the last it is does not change the distribution.
            let axis = if stride = 1L then -1 else 0
            Spec.Normalized(axis, specOf (List.head parts)) |> mappedBy maps
        | Structure.Padded(first, count, value, _, inner) ->
            let row = if count = 0L then 0L else first / count
            around value (fun inner -> Spec.Padding(row, inner)) (specOf inner)
        | Structure.Points(blocks, value, elsewhere) when elsewhere.Value = 0.0 -> pointsOf blocks (six value.Value)
        | Structure.Points(blocks, value, elsewhere) ->
            Spec.Shift(six elsewhere.Value, pointsOf blocks (six (value.Value - elsewhere.Value)))
        | Structure.Sparse(rows, _, zeros, value, inner) ->
            let share = if rows = 0L then 0.0 else float zeros / float rows
            around value (fun inner -> Spec.Sparse(six share, inner)) (specOf inner)
        | Structure.Masked(keep, value, inner) ->
            let flags = keep.Flags |> Seq.map (fun flag -> if flag then 1.0 else 0.0)
            around value (fun inner -> Spec.Mask(NumberArray(keep.Dims, flags), inner)) (specOf inner)

    /// The text of a resolved spec; for distributions side by side, the share of the elements that each has.
    let rec private textOf (resolved: Resolved) : string =
        match resolved with
        | Structure.Batched(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Permuted(inner = inner) -> textOf inner
        | Structure.Stacked parts ->
            let total = parts |> List.sumBy (fun part -> float part.Run)

            match parts |> List.groupBy _.Inner with
            | [ inner, _ ] -> textOf inner
            | groups ->
                groups
                |> List.map (fun (inner, equal) ->
                    let share = (equal |> List.sumBy (fun part -> float part.Run)) / total
                    let percent = (100.0 * share).ToString("g3", CultureInfo.InvariantCulture)
                    $"{percent} %% {textOf inner}")
                |> Names.list
        | other -> SpecText.toText (specOf other)

    let private shortened (text: string) =
        if text.Length <= 120 then
            text
        else
            text.Substring(0, 119) + "…"

    /// A text that fits a table, the mean and the standard deviation. A tensor without elements has no moments, and
    /// no numbers to compute: its text is the spec as it was given.
    let described (spec: Spec) (shape: Shape) (resolved: Resolved) : string * float * float =
        if shape.Length = 0L then
            shortened (SpecText.toText spec), nan, nan
        else
            let distribution = Distribution.ofResolved resolved
            shortened (textOf resolved), distribution.Mean, Distribution.stddev distribution
