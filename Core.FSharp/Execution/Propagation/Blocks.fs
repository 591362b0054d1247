namespace Initializers.Kernels

open System
open System.Numerics.Tensors
open Initializers.FSharp

/// A part of a network. Signals are row-major matrices in float64, a row for each feature and a column for each position of each
/// input.
type internal Block =
    /// The output, and a function from the gradient of the output to that of the input.
    abstract Forward: threads: int * columns: int * signal: float[] -> struct (float[] * (float[] -> float[]))

/// A weight matrix, row-major.
type internal Weight =
    { Elements: float[]
      Rows: int
      Columns: int }

/// Parts of networks with their gradients.
[<RequireQualifiedAccess>]
module internal Block =
    let private make forward =
        { new Block with
            member _.Forward(threads, columns, signal) = forward threads columns signal }

    /// Applies a function to rows of a matrix.
    let private rows threads count (act: int -> unit) =
        ParallelFor.Run(threads, count, fun _ row -> act row)

    let multiply threads (weight: Weight) signal columns =
        let view =
            { Elements = weight.Elements
              RowStep = weight.Columns
              ColumnStep = 1 }

        Products.Multiply(threads, view, weight.Rows, weight.Columns, signal, columns)

    let multiplyTransposed threads (weight: Weight) signal columns =
        let view =
            { Elements = weight.Elements
              RowStep = 1
              ColumnStep = weight.Columns }

        Products.Multiply(threads, view, weight.Columns, weight.Rows, signal, columns)

    let private addBias (bias: float[] option) columns (signal: float[]) =
        match bias with
        | None -> ()
        | Some bias ->
            bias
            |> Array.iteri (fun i b ->
                let row = signal.AsSpan(i * columns, columns)
                TensorPrimitives.Add((Span.op_Implicit row: ReadOnlySpan<float>), b, row))

    /// W x + b.
    let dense (weight: Weight) (bias: float[] option) =
        make (fun threads columns signal ->
            let product = multiply threads weight signal columns
            addBias bias columns product
            struct (product, (fun gradient -> multiplyTransposed threads weight gradient columns)))

    let activation nonlinearity =
        let f = CubicTable.nonlinearity nonlinearity

        make (fun threads columns signal ->
            let output = Array.zeroCreate signal.Length
            let slopes = Array.zeroCreate signal.Length

            rows threads (signal.Length / columns) (fun row ->
                for i in row * columns .. row * columns + columns - 1 do
                    let struct (value, slope) = f signal[i]
                    output[i] <- value
                    slopes[i] <- slope)

            struct (output, (fun gradient -> Array.map2 (*) slopes gradient)))

    /// One block after another.
    let sequence (blocks: Block list) =
        make (fun threads columns signal ->
            let output, backs =
                ((signal, []), blocks)
                ||> List.fold (fun (signal, backs) block ->
                    let struct (output, back) = block.Forward(threads, columns, signal)
                    output, back :: backs)

            struct (output, (fun gradient -> backs |> List.fold (fun gradient back -> back gradient) gradient)))

    /// x + scale * branch(x).
    let residual scale (branch: Block) =
        let sum (x: float[]) (y: float[]) =
            Array.map2 (fun x y -> x + scale * y) x y

        make (fun threads columns signal ->
            let struct (output, back) = branch.Forward(threads, columns, signal)
            struct (sum signal output, (fun gradient -> sum gradient (back gradient))))

    /// For each output of a kernel's offsets, the column that it reads: circular padding of a square image, in each input.
    let private sources kernel image columns =
        let middle = (kernel - 1) / 2
        let wrap i = ((i % image) + image) % image

        [| for dy in 0 .. kernel - 1 do
               for dx in 0 .. kernel - 1 do
                   Array.init columns (fun column ->
                       let position = column % (image * image)
                       let y = wrap (position / image + dy - middle)
                       let x = wrap (position % image + dx - middle)
                       column - position + y * image + x) |]

    /// A convolution with circular padding and stride 1. The weight is [out, in*kernel*kernel].
    let convolution kernel image (weight: Weight) (bias: float[] option) =
        let taps = kernel * kernel
        let channels = weight.Columns / taps

        make (fun threads columns signal ->
            let sources = sources kernel image columns
            let unfolded = Array.zeroCreate<float>(weight.Columns * columns)

            rows threads weight.Columns (fun row ->
                let source = sources[row % taps]
                let start = row / taps * columns

                for column in 0 .. columns - 1 do
                    unfolded[row * columns + column] <- signal[start + source[column]])

            let product = multiply threads weight unfolded columns
            addBias bias columns product

            let back gradient =
                let spread = multiplyTransposed threads weight gradient columns
                let result = Array.zeroCreate<float>(channels * columns)

                rows threads channels (fun channel ->
                    for tap in 0 .. taps - 1 do
                        let source = sources[tap]
                        let start = (channel * taps + tap) * columns

                        for column in 0 .. columns - 1 do
                            let target = channel * columns + source[column]
                            result[target] <- result[target] + spread[start + column])

                result

            struct (product, back))

    /// Added to the variance, as PyTorch does by default.
    let private epsilon = 1.0e-5

    /// LayerNorm, or RMSNorm where the mean stays, without learned weights: each column is divided by its standard deviation or
    /// root mean square.
    let normalization isCentred =
        make (fun _ columns signal ->
            let features = signal.Length / columns
            let output = Array.copy signal
            let inverse = Array.zeroCreate<float> columns

            let meanOf (values: float[]) column =
                let mutable sum = 0.0

                for row in 0 .. features - 1 do
                    sum <- sum + values[row * columns + column]

                sum / float features

            for column in 0 .. columns - 1 do
                let mean = if isCentred then meanOf signal column else 0.0
                let mutable squares = 0.0

                for row in 0 .. features - 1 do
                    let x = signal[row * columns + column] - mean
                    output[row * columns + column] <- x
                    squares <- squares + x * x

                inverse[column] <- 1.0 / Math.Sqrt(squares / float features + epsilon)

                for row in 0 .. features - 1 do
                    output[row * columns + column] <- output[row * columns + column] * inverse[column]

            let back (gradient: float[]) =
                let result = Array.zeroCreate gradient.Length

                for column in 0 .. columns - 1 do
                    let mean = if isCentred then meanOf gradient column else 0.0
                    let mutable along = 0.0

                    for row in 0 .. features - 1 do
                        let at = row * columns + column
                        along <- along + gradient[at] * output[at]

                    let along = along / float features

                    for row in 0 .. features - 1 do
                        let at = row * columns + column
                        result[at] <- inverse[column] * (gradient[at] - mean - along * output[at])

                result

            struct (output, back))

    /// Softmax attention of several heads without a mask, between the positions of each input (Vaswani et al. 2017). The weights
    /// of queries, keys, values and output are square.
    let attention heads tokens (query: Weight) (key: Weight) (value: Weight) (output: Weight) =
        make (fun threads columns signal ->
            let size = query.Rows / heads
            let scale = 1.0 / Math.Sqrt(float size)
            let queries = multiply threads query signal columns
            let keys = multiply threads key signal columns
            let values = multiply threads value signal columns
            let mixed = Array.zeroCreate<float> values.Length
            let inputs = columns / tokens
            // Probabilities of head, input, query and key.
            let probabilities = Array.zeroCreate<float>(heads * inputs * tokens * tokens)

            // A head's product over features of two positions.
            let along (a: float[]) (b: float[]) head i j =
                let mutable sum = 0.0

                for feature in head * size .. head * size + size - 1 do
                    sum <- sum + a[feature * columns + i] * b[feature * columns + j]

                sum

            // Adds factor * source's position j to target's position i.
            let add (target: float[]) (source: float[]) head i j factor =
                for feature in head * size .. head * size + size - 1 do
                    let at = feature * columns + i
                    target[at] <- target[at] + factor * source[feature * columns + j]

            rows threads (heads * inputs) (fun item ->
                let head = item / inputs
                let start = item % inputs * tokens

                for i in 0 .. tokens - 1 do
                    let row = probabilities.AsSpan((item * tokens + i) * tokens, tokens)

                    for j in 0 .. tokens - 1 do
                        row[j] <- scale * along queries keys head (start + i) (start + j)

                    TensorPrimitives.SoftMax((Span.op_Implicit row: ReadOnlySpan<float>), row)

                    for j in 0 .. tokens - 1 do
                        add mixed values head (start + i) (start + j) row[j])

            let back gradient =
                let ofMixed = multiplyTransposed threads output gradient columns
                let ofQueries = Array.zeroCreate<float> queries.Length
                let ofKeys = Array.zeroCreate<float> keys.Length
                let ofValues = Array.zeroCreate<float> values.Length

                rows threads (heads * inputs) (fun item ->
                    let head = item / inputs
                    let start = item % inputs * tokens

                    for i in 0 .. tokens - 1 do
                        let row = (item * tokens + i) * tokens

                        let slopes =
                            Array.init tokens (fun j -> along ofMixed values head (start + i) (start + j))

                        let mutable mean = 0.0

                        for j in 0 .. tokens - 1 do
                            mean <- mean + probabilities[row + j] * slopes[j]

                        for j in 0 .. tokens - 1 do
                            let probability = probabilities[row + j]
                            add ofValues ofMixed head (start + j) (start + i) probability
                            let score = scale * probability * (slopes[j] - mean)
                            add ofQueries keys head (start + i) (start + j) score
                            add ofKeys queries head (start + j) (start + i) score)

                let back weight gradient =
                    multiplyTransposed threads weight gradient columns

                let sum = Array.map2 (+) (back query ofQueries) (back key ofKeys)
                Array.map2 (+) sum (back value ofValues)

            struct (multiply threads output mixed columns, back))
