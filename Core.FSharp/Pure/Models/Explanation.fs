namespace Initializers.FSharp

open System
open System.Globalization
open Initializers

/// What an initializer comes to, for people to read.
[<RequireQualifiedAccess>]
module internal LawText =
    /// One value at the centre: an identity, or in groups a dirac.
    let private pointsOf (points: Places) value =
        match points.Groups, value with
        | 1L, _ -> Spec.Identity value
        | groups, 1.0 -> Spec.Dirac groups
        | groups, _ -> Spec.Scale(value, Spec.Dirac groups)

    /// A resolved law as a spec, numbers but a constant to six digits.
    let rec private lawOf (resolved: Resolved) : Spec =
        let six (x: float) =
            Double.Parse(x.ToString("g6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            + 0.0

        match resolved with
        | Resolved.Constant value -> Spec.Constant value
        | Resolved.Uniform(low, high) -> Spec.Uniform(six low, six high)
        | Resolved.Normal(mean, stddev) -> Spec.Normal(six mean, six stddev)
        | Resolved.TruncatedNormal(mean, stddev, _, _, low, high, _) ->
            Spec.TruncNormal(six mean, six stddev, six low, six high)
        | Resolved.Logistic(loc, scale) -> Spec.Logistic(six loc, six scale)
        | Resolved.Laplace(loc, scale) -> Spec.Laplace(six loc, six scale)
        | Resolved.Gumbel(loc, scale) -> Spec.Gumbel(six loc, six scale)
        | Resolved.Triangular(low, mode, high) -> Spec.Triangular(six low, six mode, six high)
        | Resolved.Quantile f -> Spec.Quantile f
        | Resolved.Mapped(factor, offset, low, high, inner) ->
            let scaled =
                if factor = 1.0 then
                    lawOf inner
                else
                    Spec.Scale(six factor, lawOf inner)

            let shifted =
                if offset = 0.0 then
                    scaled
                else
                    Spec.Shift(six offset, scaled)

            if Double.IsInfinity low && Double.IsInfinity high then
                shifted
            else
                Spec.Clip(six low, six high, shifted)
        | Resolved.Stacked parts -> Spec.Stacked(0, parts |> List.map (fun part -> part.Run, lawOf part.Law))
        | Resolved.Batched(_, _, inner) -> lawOf inner
        | Resolved.Pattern(numbers, _) ->
            // More than a summary shows.
            let first = numbers.Numbers.Slice(0, min 64 numbers.Numbers.Length).ToArray()
            Spec.Literal(NumberArray([ int64 first.Length ], first))
        | Resolved.Computed(formula, _, maps) ->
            let count = min 64L (NumberFormulas.count formula)
            let number = NumberFormulas.number 0L formula >> NumberFormulas.mapped maps
            Spec.Literal(NumberArray([ count ], Seq.init (int count) (int64 >> number)))
        | Resolved.Points(points, value, 0.0) -> pointsOf points (six value)
        | Resolved.Points(points, value, elsewhere) ->
            Spec.Shift(six elsewhere, pointsOf points (six (value - elsewhere)))
        | Resolved.Sparse(rows, _, zeros, value, inner) ->
            let share = if rows = 0L then 0.0 else float zeros / float rows
            let sparse = Spec.Sparse(six share, lawOf inner)

            if value = 0.0 then
                sparse
            else
                Spec.Shift(six value, sparse)
        | Resolved.Orthogonal(_, _, gain) -> Spec.Orthogonal(six gain)
        | Resolved.Permuted(_, _, inner) -> lawOf inner
        | Resolved.Masked(keep, _, inner) -> Spec.Mask(keep, lawOf inner)

    /// Of laws side by side, the share of the elements that each has.
    let rec private textOf (law: Resolved) : string =
        match law with
        | Resolved.Batched(_, _, inner)
        | Resolved.Permuted(_, _, inner) -> textOf inner
        | Resolved.Stacked parts ->
            let total = parts |> List.sumBy (fun part -> float part.Run)

            match parts |> List.groupBy _.Law with
            | [ law, _ ] -> textOf law
            | groups ->
                groups
                |> List.map (fun (law, alike) ->
                    let share = (alike |> List.sumBy (fun part -> float part.Run)) / total
                    let percent = (100.0 * share).ToString("g3", CultureInfo.InvariantCulture)
                    $"{percent} %% {textOf law}")
                |> Names.list
        | other -> SpecText.toText (lawOf other)

    let private shortened (text: string) =
        if text.Length <= 120 then
            text
        else
            text.Substring(0, 119) + "…"

    /// A law's text, which a table has room for, its mean and its stddev. A tensor without elements has no moments, and
    /// no numbers to compute: its text is the spec as it was given.
    let described (spec: Spec) (shape: Shape) (resolved: Resolved) : string * float * float =
        if shape.Length = 0L then
            shortened (SpecText.toText spec), nan, nan
        else
            let law = Distribution.ofResolved resolved
            shortened (textOf resolved), law.Mean, Distribution.stddev law
