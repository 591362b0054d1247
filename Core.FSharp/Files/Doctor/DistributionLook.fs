namespace Initializers.Files

open System
open Initializers.FSharp

/// What the elements of a tensor look like, without a recipe: a family, and a formula of the standard deviation.
[<RequireQualifiedAccess>]
module internal DistributionLook =
    /// Fewer elements say little.
    let private least = 100

    let private distributionOf (spec: Spec) =
        Distribution.resolve spec Shape.scalar Fan.Unknown |> Result.toOption

    /// A standard normal cut at 2 of its standard deviations has this one.
    let private cut = 0.8796256610342398

    /// Specs of mean 0 and stddev 1, with their names.
    let private families =
        lazy
            ([ "normal", Spec.normal 0.0 1.0
               "uniform", Spec.uniform -(sqrt 3.0) (sqrt 3.0)
               "truncated_normal", Spec.truncatedNormal 0.0 (1.0 / cut) (Bounds.Sigmas(-2.0, 2.0)) ]
             |> List.choose (fun (name, spec) -> distributionOf spec |> Option.map (fun d -> name, d)))

    let private number (x: float) =
        if x = 0.0 then
            "0"
        else
            let digits = 3 - int (Math.Floor(log10 (abs x)))
            Names.number (Math.Round(x, max 0 (min 15 digits)))

    /// The nearest family by the distance of distribution functions, with mean and stddev of the sample.
    let family (survey: Survey) : string =
        let s = survey.Statistics

        if survey.Sorted.Length = 0 then
            ""
        elif survey.IsConstant then
            $"constant {number s.Min}"
        elif survey.Sorted.Length < least || StoredType.bits survey.Header.DType < 16 then
            ""
        else
            let sample = { survey.Sample with Points = 512 }
            let n = float sample.Sorted.Length
            let step = max 1 (sample.Sorted.Length / 512)

            let distance (d: Distribution) =
                let mutable worst = 0.0

                for i in 0..step .. sample.Sorted.Length - 1 do
                    let p = d.Cdf((sample.Sorted[i] - s.Mean) / s.Stddev)
                    worst <- max worst (abs (p - (float i + 0.5) / n))

                worst

            let name, worst =
                families.Value |> List.map (fun (name, d) -> name, distance d) |> List.minBy snd

            // Twice the median distance of a sample from its own distribution.
            if worst > 1.7 / sqrt n + 0.01 then
                "other"
            else
                let mean =
                    if abs s.Mean < 5.0 * s.Stddev / sqrt (float survey.Length) then
                        ""
                    else
                        $"mean={number s.Mean}, "

                $"{name}({mean}stddev={number s.Stddev})"

    /// Formulas of a variance by fan_in and fan_out, the simplest first.
    let private formulas: (string * (float -> float -> float)) list =
        [ "sqrt(1/fan_in)", (fun i _ -> 1.0 / i)
          "sqrt(2/fan_in)", (fun i _ -> 2.0 / i)
          "sqrt(1/(3 fan_in))", (fun i _ -> 1.0 / (3.0 * i))
          "sqrt(2/fan_sum)", (fun i o -> 2.0 / (i + o))
          "sqrt(2/fan_out)", (fun _ o -> 2.0 / o)
          "sqrt(1/fan_out)", (fun _ o -> 1.0 / o)
          "sqrt(1/(3 fan_out))", (fun _ o -> 1.0 / (3.0 * o)) ]

    /// The formula that gives the standard deviation, within four standard errors of the estimate and half a percent.
    let scale (survey: Survey) : string =
        let n = float survey.Length

        match survey.Header.Shape.Dims with
        | outputs :: inputs :: field when n >= float least && not survey.IsConstant && survey.Stddev > 0.0 ->
            let field = field |> List.fold (fun product size -> product * float size) 1.0
            let fanIn, fanOut = float inputs * field, float outputs * field
            let tolerance = 4.0 * sqrt (0.5 / n) + 0.0005

            formulas
            |> List.tryFind (fun (_, variance) ->
                let expected = sqrt (variance fanIn fanOut)
                abs (survey.Stddev / expected - 1.0) <= min tolerance 0.02)
            |> Option.map fst
            |> Option.defaultValue ""
        | _ -> ""

    /// Counts of the sample in 32 equal intervals from the smallest to the largest value.
    let histogram (survey: Survey) : int64 list =
        let counts = Array.zeroCreate<int64> 32
        let low, high = survey.Statistics.Min, survey.Statistics.Max

        if Double.IsFinite low && low < high then
            for x in survey.Sorted do
                let place = int (32.0 * ((x - low) / (high - low)))
                let place = max 0 (min 31 place)
                counts[place] <- counts[place] + 1L

            List.ofArray counts
        else
            []
