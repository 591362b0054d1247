namespace Initializers.Files

open System
open Initializers
open Initializers.FSharp

/// One comparison of a part of a tensor with its rule: what is wrong if it fails, with a bound on the probability of that in a right
/// tensor, 0 or 1 for one without chance.
type internal StructureCheck =
    { Kind: FindingKind
      Message: string
      PValue: float }

/// Checks of tensors whose elements depend on each other: each part of a composite against its distribution, and what the
/// parts have in common, such as the norms of rows or the number of zeros of a column.
[<RequireQualifiedAccess>]
module internal StructureLaws =
    /// The most elements that are kept in memory for these checks.
    let most = 1L <<< 24

    let private check kind p message =
        { Kind = kind
          Message = message
          PValue = p }

    let private exact kind isRight (message: string) =
        check kind (if isRight then 1.0 else 0.0) message

    let private short (x: float) =
        x.ToString("g4", Globalization.CultureInfo.InvariantCulture)

    /// Values against a distribution. Two values say nothing.
    let private distributed (grid: Grid) (where: string) (law: Distribution) (values: float[]) =
        if values.Length < 3 then
            []
        else
            let sample =
                { Goodness.sampleOf grid values with
                    Slack = 2.0
                    Points = 4096 }

            (Goodness.run 1.0e-6 law sample).Checks
            |> List.map (fun one ->
                check
                    FindingKind.WrongDistribution
                    one.PValue
                    $"{where} do not have their distribution: {one.Name} {short one.Statistic}, of {values.Length} values with mean {short sample.Mean} and standard deviation {short (sqrt sample.Variance)}.")

    /// Values against numbers by their index.
    let private numbered (grid: Grid) (expected: int -> float) (values: float[]) =
        let largest = RecipeLaws.largest values

        let wrong =
            values
            |> Array.indexed
            |> Array.tryFind (fun (i, x) -> not (RecipeLaws.isNear grid largest (expected i) x))

        match wrong with
        | None -> []
        | Some(i, x) ->
            [ exact
                  FindingKind.WrongNumbers
                  false
                  $"A fixed element of a part, number {i}, is {short x} instead of {short (expected i)}." ]

    /// Every number from 0 to count - 1 once, in an order without trend: Spearman's correlation with the index has variance
    /// 1/(n - 1).
    let private permuted (values: float[]) =
        let n = values.Length

        let isOrder =
            Array.sort values |> Array.indexed |> Array.forall (fun (i, x) -> x = float i)

        let middle = float (n - 1) / 2.0

        let correlation =
            (values |> Array.mapi (fun i x -> (float i - middle) * (x - middle)) |> Array.sum)
            / (values |> Array.sumBy (fun x -> (x - middle) * (x - middle)))

        exact FindingKind.WrongNumbers isOrder $"It does not have every number from 0 to {n - 1} once."
        :: (if n < 100 || not isOrder then
                []
            else
                [ check
                      FindingKind.WrongDistribution
                      (Goodness.twoSided (correlation * sqrt (float (n - 1))))
                      $"Its numbers follow their places, with a correlation of {short correlation}, and the order is to be random." ])

    /// A vector of signs by SplitMix64's mixer.
    let private signs (seed: int) (length: int) =
        Array.init length (fun i ->
            if Sketch.mix (uint64 (seed * 0x3FFFFF + i + 1) * 0x9E3779B97F4A7C15UL) &&& 1UL = 0UL then
                1.0
            else
                -1.0)

    /// A matrix whose columns are orthogonal and of one norm, or its rows, where these are fewer. The norm itself is compared
    /// by the sum of all squares.
    let private orthogonal (grid: Grid) (rows: int) (columns: int) (values: float[]) =
        let vectors, length = min rows columns, max rows columns

        /// Element j of vector i.
        let at i j =
            if rows >= columns then
                values[j * columns + i]
            else
                values[i * columns + j]

        let squares = values |> Array.sumBy (fun x -> x * x)
        let tolerance = max 1.0e-4 (16.0 * Math.ScaleB(1.0, -grid.Digits))
        let mean = squares / float vectors
        let mutable worst = 0
        let mutable off = 0.0

        for i in 0 .. vectors - 1 do
            let mutable sum = 0.0

            for j in 0 .. length - 1 do
                sum <- sum + at i j * at i j

            let one = abs (sum / mean - 1.0)

            if not (one <= off) then
                off <- one
                worst <- i

        let kind = if rows >= columns then "Column" else "Row"

        let sums =
            [ for seed in 1..8 do
                  let x = signs seed vectors
                  let mutable total = 0.0

                  for j in 0 .. length - 1 do
                      let mutable sum = 0.0

                      for i in 0 .. vectors - 1 do
                          sum <- sum + x[i] * at i j

                      total <- total + sum * sum

                  abs (total / squares - 1.0) ]

        let largest = List.max sums

        [ exact
              FindingKind.WrongDistribution
              (off <= tolerance)
              $"{kind} {worst} has a norm that differs from those of the others by {short (off / 2.0)} of it, and the rule is an orthogonal matrix."
          exact
              FindingKind.WrongDistribution
              (largest <= tolerance)
              $"Its {kind.ToLowerInvariant()}s are not orthogonal: a sum of them with random signs has a squared norm that is off by {short largest} of it." ]

    /// Vectors of norm 1 with directions that are uniform where the rule says so. A coordinate of each at a place that differs from
    /// vector to vector, and the sum of its coordinates over the root of their number, have the distribution of one coordinate.
    let private normalized (grid: Grid) (law: Distribution) (stride: int) (length: int) (values: float[]) =
        let count = values.Length / length

        let at v j =
            values[v / stride * stride * length + v % stride + j * stride]

        let norms =
            Array.init count (fun v ->
                let mutable sum = 0.0

                for j in 0 .. length - 1 do
                    sum <- sum + at v j * at v j

                sqrt sum)

        let tolerance = max 1.0e-5 (4.0 * Math.ScaleB(1.0, -grid.Digits))
        let worst = Array.init count id |> Array.maxBy (fun v -> abs (norms[v] - 1.0))

        let norm =
            exact
                FindingKind.WrongStddev
                (norms |> Array.forall (fun norm -> abs (norm - 1.0) <= tolerance))
                $"Vector {worst} has norm {short norms[worst]}, and the rule says 1."

        if Double.IsNaN(law.Cdf 0.0) || length < 2 then
            [ norm ]
        else
            let coordinates =
                Array.init count (fun v ->
                    at v (int (Sketch.mix (uint64 (v + 1) * 0x9E3779B97F4A7C15UL) % uint64 length)))

            let sums =
                Array.init count (fun v -> (Seq.init length (at v) |> Seq.sum) / sqrt (float length))

            norm :: distributed grid "Coordinates of its vectors" law coordinates
            @ distributed
                { grid with
                    Digits = min grid.Digits 20 }
                "Sums of its vectors"
                law
                sums

    /// The values at places where a flag holds.
    let private where (flag: int -> bool) (values: float[]) =
        values |> Array.indexed |> Array.filter (fst >> flag) |> Array.map snd

    /// Elements of one leaf do not depend on where they are.
    let private isLeaf (resolved: Resolved) =
        match resolved with
        | Structure.Elements _ -> true
        | _ -> false

    /// All checks of a tensor's elements.
    let rec checks (grid: Grid) (resolved: Resolved) (values: float[]) : StructureCheck list =
        let next = checks grid

        match resolved with
        | _ when values.Length = 0 -> []
        | Structure.Elements(Leaf.Constant number) -> numbered grid (fun _ -> number.Value) values
        | Structure.Elements _ -> distributed grid "Elements of a part" (Distribution.ofResolved resolved) values
        | Structure.Stacked parts ->
            let period = parts |> List.sumBy _.Run
            let mutable first = 0L

            [ for part in parts do
                  let low, high = first, first + part.Run
                  first <- high

                  values
                  |> where (fun i -> int64 i % period >= low && int64 i % period < high)
                  |> next part.Inner ]
            |> List.concat
        | Structure.Batched(count, length, inner) when count * length = values.LongLength ->
            values
            |> Array.chunkBySize (int length)
            |> List.ofArray
            |> List.collect (next inner)
        | Structure.Pattern(numbers, repeat) ->
            numbered grid (fun i -> numbers[int (int64 i / repeat % numbers.LongLength)].Value) values
        | Structure.Computed(Computed.Integers(IntegerDraw.Permutation count, [])) when count = values.LongLength ->
            permuted values
        | Structure.Computed(Computed.Orthogonal(rows, columns, _, map)) when
            map = Affine.identity && rows * columns = values.LongLength
            ->
            orthogonal grid (int rows) (int columns) values
        | Structure.Combined(Combination.Normalized(stride, length), [], [ inner ]) when isLeaf inner ->
            normalized grid (Distribution.ofResolved resolved) (int stride) (int length) values
        | Structure.Sparse(rows, columns, zeros, value, inner) when rows * columns = values.LongLength ->
            let columns = int columns
            let counts = Array.zeroCreate<int64> columns

            values
            |> Array.iteri (fun i x ->
                if x = value.Value then
                    counts[i % columns] <- counts[i % columns] + 1L)

            let fewer = counts |> Array.tryFindIndex (fun count -> count < zeros)
            let column = fewer |> Option.defaultValue 0
            let more = Array.sum counts - zeros * counts.LongLength

            exact
                FindingKind.WrongDistribution
                fewer.IsNone
                $"Column {column} has {counts[column]} elements of {short value.Value}, and the rule says {zeros} in each."
            :: (if isLeaf inner then
                    let law = Distribution.ofResolved inner

                    // Elements of the inner distribution may round to the value, or be drawn as it.
                    let chance =
                        law.Cdf(Grid.above grid value.Value) - law.Cdf(Grid.below grid value.Value)
                        + Math.ScaleB(1.0, -23)

                    check
                        FindingKind.WrongDistribution
                        (Goodness.poissonTail (chance * float values.Length) (float more))
                        $"It has {more} more elements of {short value.Value} than the {zeros} in each column that the rule says."
                    :: (values |> Array.filter (fun x -> x <> value.Value) |> next inner)
                else
                    [])
        | Structure.Masked(keep, value, inner) ->
            let flag i = keep.Flags[i % keep.Flags.Length]

            numbered grid (fun _ -> value.Value) (values |> where (flag >> not))
            @ (if isLeaf inner then
                   values |> where flag |> next inner
               else
                   [])
        | Structure.Padded(first, count, value, _, inner) ->
            let isInside i =
                int64 i >= first && int64 i < first + count

            numbered grid (fun _ -> value.Value) (values |> where isInside)
            @ (if isLeaf inner then
                   values |> where (isInside >> not) |> next inner
               else
                   [])
        | Structure.Repeated(run, times, inner) ->
            let run, times = int run, int times

            let firstOf i =
                i / (run * times) * run * times + i % run

            let wrong =
                Seq.init values.Length id
                |> Seq.tryFind (fun i -> values[i] <> values[firstOf i])

            let place = wrong |> Option.defaultValue 0

            exact
                FindingKind.WrongNumbers
                wrong.IsNone
                $"Element {place} is {short values[place]} and repeats element {firstOf place}, {short values[firstOf place]}."
            :: (values |> where (fun i -> firstOf i = i) |> next inner)
        | Structure.Permuted(dims, order, inner) ->
            let strides = ElementPlaces.rowMajor dims
            let innerDims = order |> List.map (fun axis -> dims[axis])
            let innerStrides = order |> List.map (fun axis -> strides[axis])

            let place i =
                ((int64 i, 0L), List.rev (List.zip innerDims innerStrides))
                ||> List.fold (fun (rest, sum) (size, stride) -> rest / size, sum + rest % size * stride)
                |> snd

            Array.init values.Length (fun i -> values[int (place i)]) |> next inner
        | _ -> []

    /// Whether a structure has more to check than the distribution of all elements.
    let rec isComposite (resolved: Resolved) =
        match resolved with
        | Structure.Computed(Computed.Integers(IntegerDraw.Permutation _, []))
        | Structure.Computed(Computed.Orthogonal _)
        | Structure.Combined(Combination.Normalized _, [], [ Structure.Elements _ ])
        | Structure.Stacked _
        | Structure.Sparse _
        | Structure.Masked _
        | Structure.Padded _
        | Structure.Repeated _ -> true
        | Structure.Batched(inner = inner)
        | Structure.Permuted(inner = inner) -> isComposite inner
        | _ -> false

    /// The findings of a tensor's elements, at most one of each kind: the least probable.
    let findings
        (rate: float)
        (name: string)
        (says: string)
        (grid: Grid)
        (resolved: Resolved)
        (values: float[])
        : Finding list =
        if values |> Array.exists (Double.IsFinite >> not) then
            []
        else
            let all = checks grid resolved values

            all
            |> List.filter (fun one -> one.PValue < rate / float all.Length)
            |> List.groupBy _.Kind
            |> List.map (fun (kind, failed) ->
                let worst = failed |> List.minBy _.PValue

                { Kind = kind
                  Severity = Severity.Fault
                  Tensor = name
                  Others = []
                  Message = $"{worst.Message} The recipe says {says}."
                  Advice = "Fill the tensor by the recipe, or correct the recipe."
                  PValue = worst.PValue })
