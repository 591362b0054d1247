namespace Initializers.FSharp

open System
open System.Numerics.Tensors
open Initializers
open Initializers.Kernels

/// What became of the signals of one seed.
type internal SeedSignals =
    { Forward: float[]
      Backward: float[]
      Correlation: float[] }

/// Sends signals through networks.
module internal Signals =
    let private threads = Environment.ProcessorCount

    let private stddev (values: float[]) =
        let mean = TensorPrimitives.Sum(ReadOnlySpan values) / float values.Length
        let mutable squares = 0.0

        for x in values do
            squares <- squares + (x - mean) * (x - mean)

        Math.Sqrt(squares / float values.Length)

    /// The correlation of the columns of pairs: the first half of the columns with the second, without the means.
    let private correlation (signal: float[]) columns positions =
        let half = columns / positions / 2 * positions
        let mutable product = 0.0
        let mutable first = 0.0
        let mutable second = 0.0

        for row in 0 .. signal.Length / columns - 1 do
            for column in row * columns .. row * columns + half - 1 do
                let x = signal[column]
                let y = signal[column + half]
                product <- product + x * y
                first <- first + x * x
                second <- second + y * y

        product / (Math.Sqrt first * Math.Sqrt second)

    let private standardNormal seed name rows columns =
        Stages.tensor [ int64 rows; int64 columns ] (Spec.normal 0.0 1.0)
        |> Result.bind (fun tensor -> Stages.draw seed (tensor name))

    /// Inputs in pairs of a correlation: input i and input i + batch/2.
    let private inputs (settings: PropagationSettings) (network: Network) seed =
        let columns = settings.Batch * network.Positions
        let half = settings.Batch / 2 * network.Positions
        let c = settings.Correlation
        let rest = Math.Sqrt(max 0.0 (1.0 - c * c))

        standardNormal seed "inputs" network.Features columns
        |> Result.map (fun signal ->
            for row in 0 .. network.Features - 1 do
                for column in row * columns .. row * columns + half - 1 do
                    signal[column + half] <- c * signal[column] + rest * signal[column + half]

            signal)

    /// The stages with the weights of a seed.
    let private build (network: Network) (seed: Seed) : Result<Block list, InitError list> =
        network.Stages
        |> Validation.traverse (fun stage ->
            validation {
                let! weights =
                    stage.Weights
                    |> Validation.traverse (fun tensor -> Stages.draw seed tensor |> Result.map (Stages.weight tensor))

                and! bias =
                    match stage.Bias with
                    | Some bias -> Stages.draw seed bias |> Result.map Some
                    | None -> Ok None

                let bias = bias |> Option.filter (Array.exists (fun b -> b <> 0.0))
                return stage.Build weights bias
            })

    /// One seed's signals and gradients.
    let ofSeed (settings: PropagationSettings) (network: Network) (seed: Seed) : Result<SeedSignals, InitError list> =
        init {
            let! blocks = build network seed
            let! signal = inputs settings network seed
            let columns = settings.Batch * network.Positions
            let forward = ResizeArray()
            let correlations = ResizeArray()

            let last, backs =
                ((signal, []), blocks)
                ||> List.fold (fun (signal, backs) block ->
                    Cancellation.Check()
                    let struct (output, back) = block.Forward(threads, columns, signal)
                    forward.Add(stddev output)
                    correlations.Add(correlation output columns network.Positions)
                    output, back :: backs)

            let! gradient = standardNormal seed "gradient" (last.Length / columns) columns
            let backward = ResizeArray [ stddev gradient ]

            (gradient, List.truncate (blocks.Length - 1) backs)
            ||> List.fold (fun gradient back ->
                Cancellation.Check()
                let gradient: float[] = back gradient
                backward.Add(stddev gradient)
                gradient)
            |> ignore

            backward.Reverse()

            return
                { Forward = forward.ToArray()
                  Backward = backward.ToArray()
                  Correlation = correlations.ToArray() }
        }

    /// The depths of which Jacobians are computed: powers of 4, and the last.
    let private depths depth =
        [ yield! Seq.initInfinite (fun k -> 1 <<< (2 * k)) |> Seq.takeWhile (fun d -> d < depth)
          depth ]

    let private spectrum depth (values: float[]) : JacobianSpectrum =
        let count = float values.Length
        let squares = values |> Array.map (fun s -> s * s)
        let mean = Array.sum squares / count
        let relative = squares |> Array.sumBy (fun s -> (s / mean - 1.0) * (s / mean - 1.0))
        // Singular values of a Jacobian that is not of full rank are rounding errors.
        let rounding = 1.0e-14 * values[0]

        let logs =
            values |> Array.map (fun s -> if s > rounding then Exact.log s else -infinity)

        { Depth = depth
          Largest = values[0]
          Smallest = Array.last values
          MeanSquare = mean
          RelativeVariance = relative / count
          LogStddev =
            if Array.exists Double.IsInfinity logs then
                infinity
            else
                stddev logs }

    /// The Jacobian of a block's output by one input: row-major, a row for each output, or for each input where these are fewer.
    /// The gradient of each output is one of a batch of copies of the input.
    let private jacobianOf (block: Block) (input: float[]) positions =
        let features = input.Length / positions
        let struct (output, _) = block.Forward(threads, positions, input)
        let outputs = output.Length
        let columns = outputs * positions

        let copies =
            Array.init (features * columns) (fun i -> input[i / columns * positions + i % positions])

        let struct (_, back) = block.Forward(threads, columns, copies)
        // Copy k has the gradient 1 of output k: its feature and its position.
        let gradient = Array.zeroCreate<float>(outputs / positions * columns)

        for k in 0 .. outputs - 1 do
            gradient[k / positions * columns + k * positions + k % positions] <- 1.0

        let result = back gradient

        let at output input =
            result[input / positions * columns + output * positions + input % positions]

        let rows = min outputs input.Length
        let across = max outputs input.Length

        let matrix =
            Array.init (rows * across) (fun i ->
                if outputs <= input.Length then
                    at (i / across) (i % across)
                else
                    at (i % across) (i / across))

        struct (matrix, rows, across)

    /// The singular values of the Jacobian by one input, at several depths.
    let jacobian (network: Network) (settings: PropagationSettings) (seed: Seed) =
        let positions = network.Positions

        init {
            let! blocks = build network seed
            let! all = inputs settings network seed
            let columns = all.Length / network.Features

            let input =
                Array.init (network.Features * positions) (fun i -> all[i / positions * columns + i % positions])

            return
                depths blocks.Length
                |> List.map (fun depth ->
                    let struct (matrix, rows, across) =
                        jacobianOf (Block.sequence (List.truncate depth blocks)) input positions

                    spectrum depth (Products.SingularValues(threads, matrix, rows, across)))
        }
