namespace Initializers.Files

open System
open Initializers
open Initializers.FSharp

/// What a recipe promises of a tensor's elements.
[<RequireQualifiedAccess>]
type internal Promised =
    /// Independent elements, or parts of them with a fixed number of elements each.
    | Independent of Distribution
    /// Numbers that do not depend on a seed.
    | Numbers of spec: Spec * fan: Fan
    /// Orthogonal matrices, by the sum of the squares of their elements.
    | SquareSum of float
    /// Elements that depend on each other, which are not checked.
    | Dependent

/// A tensor's rule in a recipe.
type internal Expectation =
    { Text: string
      Promised: Promised
      Resolved: Resolved
      Fans: struct (float * float) voption }

/// Compares tensors with the rules of recipes.
[<RequireQualifiedAccess>]
module internal RecipeLaws =
    /// The most computed elements that are compared.
    let private mostNumbers = 1L <<< 24

    let rec private drawsNothing (resolved: Resolved) =
        match resolved with
        | Structure.Elements(Leaf.Constant _)
        | Structure.Pattern _
        | Structure.Points _
        | Structure.Computed(Computed.Formula _) -> true
        | Structure.Elements _
        | Structure.Computed _ -> false
        | Structure.Stacked parts -> parts |> List.forall (_.Inner >> drawsNothing)
        | Structure.Combined(parts = parts) -> parts |> List.forall drawsNothing
        | Structure.Sparse _ -> false
        | Structure.Batched(inner = inner)
        | Structure.Masked(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Padded(inner = inner)
        | Structure.Permuted(inner = inner) -> drawsNothing inner

    /// Whether elements are independent given which part of the tensor they are in.
    let rec private isIndependent (resolved: Resolved) =
        match resolved with
        | Structure.Elements _ -> true
        | Structure.Computed(Computed.Integers(draw, _)) ->
            match draw with
            | IntegerDraw.Permutation _ -> false
            | _ -> true
        | Structure.Computed(Computed.Orthogonal _)
        | Structure.Combined(combination = Combination.Normalized _)
        | Structure.Repeated _ -> drawsNothing resolved
        | Structure.Stacked parts -> parts |> List.forall (_.Inner >> isIndependent)
        | Structure.Combined(parts = parts) -> parts |> List.forall isIndependent
        | Structure.Batched(inner = inner)
        | Structure.Sparse(inner = inner)
        | Structure.Masked(inner = inner)
        | Structure.Padded(inner = inner)
        | Structure.Permuted(inner = inner) -> isIndependent inner
        | Structure.Pattern _
        | Structure.Points _
        | Structure.Computed(Computed.Formula _) -> true

    /// Whether elements are whole numbers or copies, so that a sample of them has few values.
    let rec hasFewValues (resolved: Resolved) =
        match resolved with
        | Structure.Computed(Computed.Integers _)
        | Structure.Repeated _ -> true
        | Structure.Stacked parts -> parts |> List.exists (_.Inner >> hasFewValues)
        | Structure.Combined(parts = parts) -> parts |> List.exists hasFewValues
        | Structure.Batched(inner = inner)
        | Structure.Sparse(inner = inner)
        | Structure.Masked(inner = inner)
        | Structure.Padded(inner = inner)
        | Structure.Permuted(inner = inner) -> hasFewValues inner
        | Structure.Elements _
        | Structure.Computed _
        | Structure.Pattern _
        | Structure.Points _ -> false

    let rec private squareSum (resolved: Resolved) =
        match resolved with
        | Structure.Computed(Computed.Orthogonal(rows, columns, gain, map)) when map = Affine.identity ->
            Some(gain * gain * float (min rows columns))
        | Structure.Batched(count, _, inner) -> squareSum inner |> Option.map (fun sum -> sum * float count)
        | Structure.Permuted(inner = inner) -> squareSum inner
        | _ -> None

    let private promised spec (fan: Fan) (shape: Shape) (resolved: Resolved) =
        if drawsNothing resolved then
            if shape.Length <= mostNumbers then
                Promised.Numbers(spec, fan)
            else
                Promised.Dependent
        else
            match squareSum resolved with
            | Some sum -> Promised.SquareSum sum
            | None when isIndependent resolved -> Promised.Independent(Distribution.ofResolved resolved)
            | None -> Promised.Dependent

    /// What a planned tensor's rule promises. The text is left out where it is not shown.
    let ofPlanned (isShown: bool) (tensor: PlannedTensor) : Result<Expectation, InitError list> =
        let shape, fan = tensor.Entry.Shape, tensor.Rule.Fan

        validation {
            let! resolved = Plan.distribution tensor.Spec shape fan

            let! text =
                if isShown then
                    Blueprint.explain tensor |> Result.map _.Distribution
                else
                    Ok ""

            return
                { Text = text
                  Promised = promised tensor.Spec fan shape resolved
                  Resolved = resolved
                  Fans =
                    match Fan.denominator FanMode.FanIn shape fan, Fan.denominator FanMode.FanOut shape fan with
                    | Ok fanIn, Ok fanOut when fanIn > 0.0 && fanOut > 0.0 -> ValueSome(struct (fanIn, fanOut))
                    | _ -> ValueNone }
        }

    /// The plans of tensors by a recipe, of which some may have no rule.
    let plans (recipe: Recipe) source (entries: TensorEntry list) : Result<PlannedTensor list, InitError list> =
        Blueprint.planWith
            true
            (Some recipe)
            None
            { Source = source
              Tensors = entries
              Layouts = Map.empty
              Elsewhere = Ok []
              Rules = RuleSource.NoRules }

    /// The elements of a spec that draws nothing.
    let numbers (spec: Spec) (fan: Fan) (shape: Shape) : Result<float[], InitError list> =
        let values: float[] = Array.zeroCreate (int shape.Length)

        spec
        |> Initialize.fill (Memory values) 0L shape fan (Seed.ofUInt64 0UL)
        |> Result.map (fun () -> values)

    /// Whether a stored number is a computed one: within rounding, and within 1e-5 of it or 1e-6 of the largest, since other
    /// libraries compute in float32.
    let isNear (grid: Grid) (largest: float) (expected: float) (x: float) =
        x = expected
        || abs (x - expected)
           <= 2.0 * Grid.spacing grid expected + 1.0e-5 * abs expected + 1.0e-6 * largest

    let largest (values: float[]) =
        (0.0, values)
        ||> Array.fold (fun most x -> if Double.IsFinite x then max most (abs x) else most)

    /// Whether a distribution has a value with a probability that no smooth density gives it.
    let hasAtom (distribution: Distribution) (x: float) =
        let step = 1.0e-9 * (abs x + sqrt distribution.Variance)
        distribution.Cdf(x + step) - distribution.Cdf(x - step) > 1.0e-4

    let private finding kind (survey: Survey) message advice p : Finding =
        { Kind = kind
          Severity = Severity.Fault
          Tensor = survey.Header.Name
          Others = []
          Message = message
          Advice = advice
          PValue = p }

    let private short (x: float) =
        if x = 0.0 || not (Double.IsFinite x) then
            Names.number x
        else
            Names.number (Math.Round(x, max 0 (min 15 (4 - int (Math.Floor(log10 (abs x)))))))

    /// A ratio of standard deviations that a common slip makes, within its standard error.
    let private slip (expectation: Expectation) (survey: Survey) (ratio: float) =
        let fans =
            match expectation.Fans with
            | ValueSome(struct (fanIn, fanOut)) when fanIn <> fanOut ->
                [ sqrt (fanIn / fanOut), "fan_out was taken for fan_in"
                  sqrt (fanOut / fanIn), "fan_in was taken for fan_out"
                  sqrt (2.0 * fanIn / (fanIn + fanOut)), "the mean of both fans was taken for fan_in"
                  sqrt (2.0 * fanOut / (fanIn + fanOut)), "the mean of both fans was taken for fan_out" ]
            | _ -> []

        let others =
            [ sqrt 2.0, "sqrt(2), as by a gain that is missing or is there twice"
              sqrt 0.5, "sqrt(1/2), as by a gain that is missing or is there twice"
              1.0 / sqrt 3.0, "1/sqrt(3), as by a bound taken for a standard deviation"
              sqrt 3.0, "sqrt(3), as by a standard deviation taken for a bound"
              0.8796256610342398, "0.8796, as by a truncation at 2 sigma that is not compensated"
              1.0 / 0.8796256610342398, "1/0.8796, as by a truncation at 2 sigma that is compensated twice" ]

        let tolerance = 4.0 * sqrt (0.5 / float survey.Length) + 0.001

        fans @ others
        |> List.filter (fun (value, _) -> abs (ratio / value - 1.0) <= min 0.02 tolerance)
        |> List.tryHead
        |> Option.map (fun (_, text) -> $": {text}")
        |> Option.defaultValue ""

    let private failedNames (check: DistributionCheck) =
        check.Failed
        |> List.map (fun one -> $"{one.Name} {short one.Statistic}")
        |> Names.list

    /// The findings of failed checks, the most telling of them.
    let private explained
        (expectation: Expectation)
        looks
        (survey: Survey)
        (distribution: Distribution)
        (check: DistributionCheck)
        =
        let failed = check.Failed |> List.map (fun one -> one.Name, one) |> Map.ofList
        let s = survey.Statistics
        let says = $"and the recipe says {expectation.Text}"
        let p = check.Failed |> List.map _.PValue |> List.min
        let fill = "Fill the tensor by the recipe, or correct the recipe."

        if s.NonFinite > 0L then
            []
        elif survey.IsConstant && survey.Length > 1L then
            let kind =
                if s.Min = 0.0 then
                    FindingKind.NeverWritten
                else
                    FindingKind.Constant

            [ finding kind survey $"All {survey.Length} elements are {short s.Min}, {says}." fill p ]
        else
            [ match Map.tryFind "mean" failed with
              | Some one ->
                  finding
                      FindingKind.WrongMean
                      survey
                      $"Its mean is {short s.Mean} (z = {short one.Statistic}), {says}."
                      fill
                      one.PValue
              | None -> ()

              match Map.tryFind "stddev" failed with
              | Some one ->
                  let ratio = s.Stddev / sqrt distribution.Variance
                  let reason = slip expectation survey ratio

                  finding
                      FindingKind.WrongStddev
                      survey
                      $"Its standard deviation is {short s.Stddev}, {short ratio} times that of {expectation.Text} (z = {short one.Statistic}){reason}."
                      fill
                      one.PValue
              | None -> ()

              if not (failed.ContainsKey "mean" || failed.ContainsKey "stddev") then
                  if failed.ContainsKey "support" then
                      let struct (low, high) = distribution.Support

                      finding
                          FindingKind.OutsideSupport
                          survey
                          $"Its elements go from {short s.Min} to {short s.Max}, and those of {expectation.Text} from {short low} to {short high}."
                          fill
                          0.0
                  else
                      let seen =
                          if looks = "" || looks = "other" then
                              ""
                          else
                              $"It looks like {looks}, {says}; "

                      let first =
                          if seen = "" then
                              $"It does not follow {expectation.Text}; "
                          else
                              seen

                      finding FindingKind.WrongDistribution survey $"{first}failed: {failedNames check}." fill p ]

    /// Compares a tensor with what its rule promises.
    let compared rate (expectation: Expectation) looks (survey: Survey) : DistributionCheck option * Finding list =
        match expectation.Promised with
        | Promised.Independent distribution when survey.Length > 0L ->
            let check = Goodness.run rate distribution survey.Sample

            Some check,
            (if check.IsPassed then
                 []
             else
                 explained expectation looks survey distribution check)
        | Promised.SquareSum expected when survey.Length > 0L ->
            let s = survey.Statistics
            let found = float survey.Length * (s.Stddev * s.Stddev + s.Mean * s.Mean)
            let tolerance = max 1.0e-4 (4.0 * Math.ScaleB(1.0, -survey.Grid.Digits))

            None,
            (if abs (found / expected - 1.0) <= tolerance then
                 []
             else
                 [ finding
                       FindingKind.WrongStddev
                       survey
                       $"The squares of its elements add to {short found}, and those of {expectation.Text} to {short expected}."
                       "Make it orthogonal again, with the recipe's gain."
                       0.0 ])
        | _ -> None, []

    /// Whether a tensor is what a rule promises, for guesses.
    let passes (expectation: Expectation) (survey: Survey) =
        match expectation.Promised with
        | Promised.Numbers(spec, fan) ->
            match numbers spec fan survey.Header.Shape with
            | Ok values when values.Length = survey.Sorted.Length ->
                let most = largest values

                Array.forall2 (isNear survey.Grid most) (Array.sort values) survey.Sorted
            | Ok [||] -> true
            | Ok values when Array.forall ((=) values[0]) values ->
                survey.IsConstant
                && isNear survey.Grid (abs values[0]) values[0] survey.Statistics.Min
            | _ -> false
        | Promised.Independent distribution ->
            (Goodness.run 1.0e-6 distribution { survey.Sample with Points = 256 }).IsPassed
        | Promised.SquareSum _ -> snd (compared 1.0e-6 expectation "" survey) = []
        | Promised.Dependent -> false
