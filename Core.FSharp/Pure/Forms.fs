namespace Initializers.FSharp

open System

/// Laws that each element of a tensor has for itself.
[<RequireQualifiedAccess>]
module internal Forms =
    /// From how many standard deviations on a truncated normal is counted from its near end.
    let private far = 32.0

    /// How the elements of a law that each has for itself are made; none under a map, and none of what is put together.
    let form (resolved: Resolved) : Form voption =
        let fitted standard location scale low high =
            ValueSome(Form.Fitted(standard, location, scale, low, high))

        let everywhere standard loc scale =
            fitted standard loc scale Double.NegativeInfinity Double.PositiveInfinity

        match resolved with
        | Resolved.Constant value -> ValueSome(Form.Constant value)
        | Resolved.Uniform(low, high) -> ValueSome(Form.Uniform(low, high))
        | Resolved.Normal(mean, stddev) -> ValueSome(Form.Normal(mean, stddev))
        | Resolved.TruncatedNormal(mean, stddev, lower, upper, low, high, width) ->
            // Far out, a value that is counted from the mean is all cancellation.
            if lower >= far then
                fitted (Standard.TailAbove(lower, lower * width)) low (stddev / lower) low high
            elif upper <= -far then
                fitted (Standard.TailBelow(-upper, -upper * width)) high (stddev / -upper) low high
            else
                fitted (Standard.TruncatedNormal(lower, upper)) mean stddev low high
        | Resolved.Logistic(loc, scale) -> everywhere Standard.Logistic loc scale
        | Resolved.Laplace(loc, scale) -> everywhere Standard.Laplace loc scale
        | Resolved.Gumbel(loc, scale) -> everywhere Standard.Gumbel loc scale
        | Resolved.Triangular(low, mode, high) ->
            let width = high - low
            fitted (Standard.Triangular((mode - low) / width)) mode width low high
        | Resolved.Quantile f -> everywhere (Standard.Own f) 0.0 1.0
        | Resolved.Mapped _
        | Resolved.Stacked _
        | Resolved.Batched _
        | Resolved.Pattern _
        | Resolved.Computed _
        | Resolved.Points _
        | Resolved.Sparse _
        | Resolved.Orthogonal _
        | Resolved.Permuted _
        | Resolved.Masked _ -> ValueNone

    /// Whether elements are drawn each for itself, by one law.
    let rec isElements (law: Resolved) =
        match law with
        | Resolved.Mapped(inner = inner) -> isElements inner
        | other -> (form other).IsSome
