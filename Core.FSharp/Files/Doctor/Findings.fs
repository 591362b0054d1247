namespace Initializers.FSharp

/// <summary>What a finding of <c>Doctor</c> is about.</summary>
[<RequireQualifiedAccess>]
type FindingKind =
    /// <summary>Elements that no initializer wrote: zeros, or subnormal numbers, which are integers or addresses read as
    /// floats.</summary>
    | NeverWritten
    /// <summary>Infinities or NaNs.</summary>
    | NonFinite
    /// <summary>A matrix of one number.</summary>
    | Constant
    /// <summary>Pages of 4096 bytes that are equal.</summary>
    | RepeatedPages
    /// <summary>More elements at the smallest or largest value than next to it.</summary>
    | Clipped
    /// <summary>Elements that are values of a narrower type, or of a coarse grid.</summary>
    | LowPrecision
    /// <summary>Rows that are equal.</summary>
    | EqualRows
    /// <summary>Rows that are multiples of each other.</summary>
    | ScaledRows
    /// <summary>Tensors that are equal and are not tied.</summary>
    | EqualTensors
    /// <summary>Elements of one place at another place, perhaps times a number.</summary>
    | ShiftedCopy
    /// <summary>A row of zeros in a table, as that of a padding token.</summary>
    | PaddingRow
    /// <summary>Tensors that are equal and seem to be tied.</summary>
    | Tied
    /// <summary>A buffer that is computed, with other numbers than its formula has.</summary>
    | WrongBuffer
    /// <summary>A tensor with another mean than its recipe's.</summary>
    | WrongMean
    /// <summary>A tensor with another standard deviation than its recipe's.</summary>
    | WrongStddev
    /// <summary>A tensor of another distribution than its recipe's, such as a uniform one instead of a normal one.</summary>
    | WrongDistribution
    /// <summary>A tensor with elements outside the interval of its recipe's distribution.</summary>
    | OutsideSupport
    /// <summary>A tensor whose elements a recipe computes, with other numbers.</summary>
    | WrongNumbers
    /// <summary>A tensor that no rule of the recipe matches.</summary>
    | NotInRecipe
    /// <summary>A tensor of one file that the other does not have, or has in another shape or type.</summary>
    | NotInBoth
    /// <summary>A file whose tensors are independent of those of the other, which it was to descend from.</summary>
    | NotDescended

/// <summary>Whether a finding makes a file wrong.</summary>
[<RequireQualifiedAccess>]
type Severity =
    /// <summary>The tensor is wrong, unless it was meant so.</summary>
    | Fault
    /// <summary>Worth knowing, and right in many models.</summary>
    | Note

/// <summary>One finding of <c>Doctor</c>.</summary>
type Finding =
    {
        /// The kind, which has a code.
        Kind: FindingKind
        /// Whether it makes the file wrong.
        Severity: Severity
        /// The tensor; empty for the whole file.
        Tensor: string
        /// Other tensors that it concerns.
        Others: string list
        /// One sentence on what was found, with numbers.
        Message: string
        /// One sentence on what to do.
        Advice: string
        /// A bound on the probability of the finding in a right tensor; 0 for one without chance.
        PValue: float
    }

/// <summary>A tensor as <c>Doctor</c> saw it.</summary>
type ExaminedTensor =
    {
        /// Its entry in the file's header.
        Header: TensorHeader
        /// Its statistics; None for elements without values on a line.
        Statistics: TensorStatistics option
        /// The nearest of the normal, uniform and truncated normal distributions, such as normal(stddev=0.02); "constant" or
        /// "other"; empty for fewer than 100 elements and for integers.
        Looks: string
        /// A formula that gives its standard deviation, such as sqrt(2/fan_in), by the axes [out, in, spatial...]; empty
        /// where none does.
        Scale: string
        /// The distribution of the recipe that was given, as a spec's text; empty without one.
        Expected: string
        /// The checks against it.
        Check: DistributionCheck option
        /// How many of the sampled elements are in each of 32 equal intervals from the smallest to the largest value.
        Histogram: int64 list
    }

    /// <summary>The z-score of the mean against the recipe; NaN where it was not checked.</summary>
    member this.MeanZ = this.Statistic "mean"

    /// <summary>The z-score of the variance against the recipe; NaN where it was not checked.</summary>
    member this.StddevZ = this.Statistic "stddev"

    member internal this.Statistic name =
        this.Check
        |> Option.bind (fun check -> check.Checks |> List.tryFind (fun one -> one.Name = name))
        |> Option.map _.Statistic
        |> Option.defaultValue nan

/// <summary>The recipe that explains a file next best, compared with the best.</summary>
type NextRecipe =
    {
        /// Its name.
        Recipe: string
        /// The float tensors that have its distributions.
        Passed: int
        /// Tensors that have the distribution of the best recipe, and not that of this one.
        OnlyFirst: int
        /// Tensors that have the distribution of this recipe, and not that of the best one.
        OnlyNext: int
    }

/// <summary>The recipe that explains a file best.</summary>
type RecipeGuess =
    {
        /// Its name.
        Recipe: string
        /// The float tensors of the file.
        Tensors: int
        /// Those that a rule of the recipe matches.
        Matched: int
        /// Those that also have the distribution.
        Passed: int
        /// The probability of the recipe given the file, in [0, 1], among the library's recipes and none of them, which are equally
        /// probable before. By its recipe a kind of tensors has its distribution with probability 19/20; without, computed
        /// numbers have it with probability 1/2, and drawn ones with 1/10.
        Sureness: float
        /// The probability of none of the library's recipes.
        Unknown: float
        /// The next best recipe.
        Next: NextRecipe option
    }

/// <summary>What became of a tensor from one file to another.</summary>
[<RequireQualifiedAccess>]
type TensorFate =
    /// <summary>Equal values.</summary>
    | Same
    /// <summary>Other values of the same shape.</summary>
    | Changed
    /// <summary>Another shape, or values that cannot be compared.</summary>
    | Reshaped
    /// <summary>Only the first file has it.</summary>
    | Missing
    /// <summary>Only the second file has it.</summary>
    | Added

/// <summary>A tensor in two files.</summary>
type TensorChange =
    {
        /// The name.
        Name: string
        /// What became of it.
        Fate: TensorFate
        /// The norm of the difference divided by the norm of the earlier tensor; NaN where they were not compared.
        Relative: float
        /// The correlation of the elements; NaN where it is not defined.
        Correlation: float
        /// The number of elements.
        Values: int64
    }

/// <summary>Whether one file descends from another.</summary>
[<RequireQualifiedAccess>]
type Descent =
    /// <summary>All tensors are equal.</summary>
    | Same
    /// <summary>Changed tensors are correlated with the earlier ones, as after training.</summary>
    | Descends
    /// <summary>Some changed tensors are correlated with the earlier ones, and others independent of them.</summary>
    | Partly
    /// <summary>Changed tensors are independent of the earlier ones.</summary>
    | Independent
    /// <summary>There are too few random tensors to say.</summary>
    | Unknown

/// <summary>A file compared with an earlier one.</summary>
type FileComparison =
    {
        /// The earlier file.
        Path: string
        /// Tensors of both, in the order of the earlier file, with those that were added at the end.
        Changes: TensorChange list
        /// Whether the file descends from it.
        Descent: Descent
        /// Changed tensors whose correlation tells, and those of them that are correlated.
        Compared: int
        /// Those of them that are correlated.
        Correlated: int
    }

/// <summary>The report of <c>Doctor</c> on a file.</summary>
type Diagnosis =
    {
        /// The file's path.
        Source: string
        /// "safetensors", "npy", "npz", "onnx", "pytorch" or "torchsharp".
        Format: string
        /// In the order of their data.
        Tensors: ExaminedTensor list
        /// Faults before notes.
        Findings: Finding list
        /// The recipe that was given.
        Recipe: string option
        /// The recipe that was guessed where none was given.
        Guess: RecipeGuess option
        /// The comparison with an earlier file.
        Comparison: FileComparison option
        /// The probability, at most, that a right file has a fault here.
        FalseAlarmRate: float
    }

    /// <summary>The findings that make the file wrong.</summary>
    member this.Faults =
        this.Findings |> List.filter (fun f -> f.Severity = Severity.Fault)

    /// <summary>The other findings.</summary>
    member this.Notes = this.Findings |> List.filter (fun f -> f.Severity = Severity.Note)

    /// <summary>Whether there are no faults.</summary>
    member this.IsRight = this.Faults.IsEmpty

/// <summary>Texts of findings.</summary>
[<RequireQualifiedAccess>]
module FindingKind =
    /// <summary>The stable code, such as never-written.</summary>
    [<CompiledName "Code">]
    let code (kind: FindingKind) : string =
        match kind with
        | FindingKind.NeverWritten -> "never-written"
        | FindingKind.NonFinite -> "non-finite"
        | FindingKind.Constant -> "constant"
        | FindingKind.RepeatedPages -> "repeated-pages"
        | FindingKind.Clipped -> "clipped"
        | FindingKind.LowPrecision -> "low-precision"
        | FindingKind.EqualRows -> "equal-rows"
        | FindingKind.ScaledRows -> "scaled-rows"
        | FindingKind.EqualTensors -> "equal-tensors"
        | FindingKind.ShiftedCopy -> "shifted-copy"
        | FindingKind.PaddingRow -> "padding-row"
        | FindingKind.Tied -> "tied"
        | FindingKind.WrongBuffer -> "wrong-buffer"
        | FindingKind.WrongMean -> "wrong-mean"
        | FindingKind.WrongStddev -> "wrong-stddev"
        | FindingKind.WrongDistribution -> "wrong-distribution"
        | FindingKind.OutsideSupport -> "outside-support"
        | FindingKind.WrongNumbers -> "wrong-numbers"
        | FindingKind.NotInRecipe -> "not-in-recipe"
        | FindingKind.NotInBoth -> "not-in-both"
        | FindingKind.NotDescended -> "not-descended"
