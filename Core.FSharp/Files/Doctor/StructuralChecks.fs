namespace Initializers.Files

open System
open Initializers.FSharp

/// Faults that a tensor shows without a recipe.
[<RequireQualifiedAccess>]
module internal StructuralChecks =
    let private finding kind severity (survey: Survey) message advice p : Finding =
        { Kind = kind
          Severity = severity
          Tensor = survey.Header.Name
          Others = []
          Message = message
          Advice = advice
          PValue = p }

    let private isFloat (survey: Survey) =
        match survey.Header.DType with
        | StoredType.F64
        | StoredType.F32
        | StoredType.F16
        | StoredType.BF16
        | StoredType.F8E4M3
        | StoredType.F8E5M2
        | StoredType.F8E4M3FNUZ
        | StoredType.F8E5M2FNUZ -> true
        | _ -> false

    let private percent (part: int64) (all: int64) =
        $"{Names.number (Math.Round(100.0 * float part / float (max 1L all), 3))} %%"

    let private plural count (word: string) =
        if count = 1L then $"1 {word}" else $"{count} {word}s"

    /// Words in the last part of the names of buffers, which are computed.
    let private bufferWords =
        [ "inv_freq"
          "freqs"
          "mask"
          "position_ids"
          "position_index"
          "relative_coords"
          "cos_cached"
          "sin_cached"
          "running_mean"
          "running_var"
          "num_batches_tracked" ]

    /// The last parts of the names of PyTorch's optimizers' states, which are not initialized as weights are.
    let private optimizerWords =
        [ "exp_avg"
          "exp_avg_sq"
          "max_exp_avg_sq"
          "exp_inf"
          "momentum_buffer"
          "square_avg"
          "grad_avg"
          "acc_delta" ]

    let isOptimizerState (name: string) =
        List.contains (name.Substring(name.LastIndexOf '.' + 1)) optimizerWords

    /// Whether a tensor is a buffer or an optimizer's state by its name. A mask token is a weight.
    let isBuffer (name: string) =
        let last = name.Substring(name.LastIndexOf '.' + 1)

        isOptimizerState name
        || not (last.EndsWith("mask_token", StringComparison.Ordinal))
           && bufferWords
              |> List.exists (fun word -> last.Contains(word, StringComparison.Ordinal))

    /// Axes of more than one element.
    let private axes (survey: Survey) =
        survey.Header.Shape.Dims |> List.filter (fun size -> size > 1L) |> List.length

    let private nonFinite (survey: Survey) =
        let s = survey.Statistics

        let isMask =
            isBuffer survey.Header.Name
            && (s.Min = 0.0 || Double.IsNaN s.Min)
            && (s.Max = 0.0 || Double.IsNaN s.Max)

        if s.NonFinite = 0L || isMask then
            []
        else
            let count = plural s.NonFinite "element"

            [ finding
                  FindingKind.NonFinite
                  Severity.Fault
                  survey
                  $"{count} of {survey.Length} are infinite or NaN, element {survey.FirstNonFinite} first."
                  "Fill the tensor again; a scale may have overflowed the type."
                  0.0 ]

    let private subnormal (survey: Survey) =
        // Squares of small gradients underflow.
        if survey.Subnormal = 0L || isOptimizerState survey.Header.Name then
            []
        else
            let count = plural survey.Subnormal "element"

            [ finding
                  FindingKind.NeverWritten
                  Severity.Fault
                  survey
                  $"{count} of {survey.Length} are subnormal, element {survey.FirstSubnormal} first: integers or addresses that are read as floats, or memory that was never written."
                  "Fill the tensor, and write the file again."
                  0.0 ]

    /// A matrix of one number. Zeros are right where all its siblings are zeros, too, as in LoRA's B.
    let private constant (siblings: Survey list) (survey: Survey) =
        let s = survey.Statistics

        if
            axes survey < 2
            || s.NonFinite > 0L
            || not survey.IsConstant
            || isBuffer survey.Header.Name
        then
            []
        elif s.Min = 0.0 then
            let areZeros =
                siblings.Length > 1
                && siblings
                   |> List.forall (fun other -> other.IsConstant && other.Statistics.Min = 0.0)

            if areZeros then
                [ finding
                      FindingKind.NeverWritten
                      Severity.Note
                      survey
                      $"All {survey.Length} elements are 0, and so are those of the {siblings.Length - 1} tensors of the same name in other blocks."
                      "Give a recipe that says whether they are to be 0."
                      0.0 ]
            else
                [ finding
                      FindingKind.NeverWritten
                      Severity.Fault
                      survey
                      $"All {survey.Length} elements are 0: it was never written, or is 0 by design."
                      "Fill it, or give a recipe that says that it is to be 0."
                      0.0 ]
        elif s.Min = 1.0 then
            []
        else
            [ finding
                  FindingKind.Constant
                  Severity.Fault
                  survey
                  $"All {survey.Length} elements are {Names.number s.Min}, so that all units of the layer learn the same."
                  "Draw the elements, or give a recipe that says that they are to be equal."
                  0.0 ]

    /// Whether elements may be drawn: there are enough of them, and they are not equal.
    let private isDrawn (survey: Survey) =
        isFloat survey
        && survey.Sorted.Length >= 32
        && not survey.IsConstant
        && survey.Statistics.NonFinite = 0L
        && not (isBuffer survey.Header.Name)

    /// Distinct values of a sample.
    let private distinct (sorted: float[]) =
        let mutable count = min 1 sorted.Length

        for i in 1 .. sorted.Length - 1 do
            if sorted[i] <> sorted[i - 1] then
                count <- count + 1

        count

    /// Whether most sampled elements differ, or 256 of many.
    let private hasManyValues (survey: Survey) =
        2 * distinct survey.Sorted > min 256 survey.Sorted.Length

    /// The shortest run of zeros that is a fault within a row, in elements and in bytes: a cache line.
    let private shortestRun = 16L
    let private shortestBytes = 64L

    /// Rows or parts of rows of zeros in a matrix of other values: by the longest run. Zeros that are spread over a tensor, as
    /// those of sparse or pruned ones, make a run of r elements with a probability of n p^r at most, where p is the part of
    /// zeros among the other elements, or its upper limit.
    let private zeroRuns share (survey: Survey) =
        let struct (first, run) = survey.Zeros
        let dims = survey.Header.Shape.Dims

        if axes survey < 2 || survey.IsConstant || run = 0L || isBuffer survey.Header.Name then
            []
        else
            let rowLength = survey.Length / (dims |> List.find (fun size -> size > 1L))
            let row = (first + rowLength - 1L) / rowLength
            let rows = (first + run) / rowLength - row
            let zeros = float (survey.Statistics.Zeros - run)
            let rest = float (survey.Length - run)
            let others = zeros / rest

            let isLong count =
                count >= shortestRun
                && count * int64 (StoredType.bits survey.Header.DType) / 8L >= shortestBytes

            // A table of sines and cosines begins with the sines of 0.
            let isSines = first = 0L && 2L * run = rowLength

            let p =
                min
                    1.0
                    (float survey.Length
                     * exp (float run * log ((zeros + 5.0 + 4.0 * sqrt (zeros + 1.0)) / rest)))

            if others > 0.05 then
                []
            elif rowLength >= 8L && rows >= 2L then
                [ finding
                      FindingKind.NeverWritten
                      Severity.Fault
                      survey
                      $"Rows {row} to {row + rows - 1L} are all zeros, and others are not."
                      "Fill the whole tensor; a loop or a copy may have ended early."
                      0.0 ]
            elif rowLength >= 8L && rows = 1L && not (isLong (run - rowLength)) then
                [ finding
                      FindingKind.PaddingRow
                      Severity.Note
                      survey
                      $"Row {row} is all zeros, as that of a padding token."
                      "Nothing, if the row is one of padding."
                      0.0 ]
            elif
                p <= share
                && isLong run
                && isDrawn survey
                && hasManyValues survey
                && not isSines
            then
                [ finding
                      FindingKind.NeverWritten
                      Severity.Fault
                      survey
                      $"Elements {first} to {first + run - 1L} are all zeros, {run} in a row, and of the others {percent (survey.Statistics.Zeros - run) (survey.Length - run)} are."
                      "Fill the whole tensor; a loop or a copy may have ended early, or begun late."
                      p ]
            else
                []

    /// The ends of a clip: more elements at the smallest or largest value than a smooth density has. A generator's 24 bits give
    /// one value a probability of 2^-23 at most; in a narrower type, the outermost cell has at most twice the elements of
    /// the next one in a density that does not rise towards its end.
    let private clipped share (survey: Survey) =
        let sorted = survey.Sorted
        let isWide = StoredType.bits survey.Header.DType >= 32

        let one (value: float) (count: int64) (isLow: bool) =
            let p =
                if isWide then
                    Goodness.poissonTail (float survey.Length * Math.ScaleB(1.0, -23)) (float count)
                else
                    let inner =
                        if isLow then
                            sorted |> Array.tryFind (fun x -> x > value)
                        else
                            sorted |> Array.tryFindBack (fun x -> x < value)

                    let spacing = 2.0 * Grid.spacing survey.Grid value

                    let countOf x =
                        sorted |> Array.sumBy (fun y -> if y = x then 1.0 else 0.0)

                    match inner with
                    | Some next when abs (next - value) <= spacing ->
                        let atEnd, nextTo = countOf value, countOf next
                        Goodness.binomialTail (atEnd + nextTo) (2.0 / 3.0) atEnd
                    | _ -> if count > 8L then 0.0 else 1.0

            if p <= share && value <> 0.0 then
                let where = if isLow then "smallest" else "largest"

                [ finding
                      FindingKind.Clipped
                      Severity.Fault
                      survey
                      $"{count} elements of {survey.Length} ({percent count survey.Length}) are {Names.number value}, the {where} value."
                      "Truncate by drawing again instead of clipping, or give a recipe with a clip."
                      p ]
            else
                []

        if isDrawn survey && hasManyValues survey then
            one survey.Statistics.Min survey.AtLeast true
            @ one survey.Statistics.Max survey.AtGreatest false
        else
            []

    /// Values of a narrower type, or on a coarse grid: pairs of equal sampled elements, of which a smooth density with 24 bits
    /// has n^2/2 times 2^-21 at most.
    let private coarse share (survey: Survey) =
        let n = survey.Sorted.Length

        if not (isDrawn survey) || StoredType.bits survey.Header.DType < 32 then
            []
        elif survey.Narrower <> "" && distinct survey.Sorted >= 8 then
            [ finding
                  FindingKind.LowPrecision
                  Severity.Fault
                  survey
                  $"Every element is a {survey.Narrower} value, in {survey.Length} elements of {StoredType.toText survey.Header.DType}."
                  "Draw in the type of the file, instead of converting from a narrower one."
                  (exp (-float n * log 65536.0)) ]
        else
            let inner =
                survey.Sorted
                |> Array.filter (fun x -> x <> 0.0 && x <> survey.Statistics.Min && x <> survey.Statistics.Max)

            let values = distinct inner
            let missing = float (inner.Length - values)
            let expected = 0.5 * float inner.Length * float inner.Length * Math.ScaleB(1.0, -21)
            let p = Goodness.poissonTail expected missing

            if p <= share && values >= 2 then
                [ finding
                      FindingKind.LowPrecision
                      Severity.Fault
                      survey
                      $"{inner.Length} sampled elements have only {values} different values."
                      "Draw with as many bits as the type has."
                      p ]
            else
                []

    /// All findings of a tensor. The siblings are the tensors of the same name and shape in other blocks, itself included.
    let findings (share: float) (siblings: Survey list) (survey: Survey) : Finding list =
        if not (isFloat survey) || survey.Length = 0L then
            []
        else
            nonFinite survey
            @ subnormal survey
            @ constant siblings survey
            @ zeroRuns share survey
            @ clipped share survey
            @ coarse share survey
