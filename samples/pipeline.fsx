// How far a signal reaches through 30 layers, for three initializers: a pipeline of pure functions.
//
//     dotnet fsi pipeline.fsx
#r "nuget: Initializers, 0.1.0"

open System
open Initializers
open Initializers.FSharp

let width, depth = 256, 30
let model = Seed.ofUInt64 42UL

/// The weights of a layer, or every fault of the request.
let layer (spec: Spec) (number: int) =
    init {
        let! shape = Shape.ofList [ int64 width; int64 width ]
        use! tensor = spec |> Initialize.tensor Target.cpu shape (Fan.From Layout.OutIn) (Seed.child $"layers.{number}" model)
        return tensor.ToArray<float32>()
    }

/// relu (W x)
let forward (weights: float32[]) (inputs: float[]) =
    Array.init width (fun row ->
        let mutable sum = 0.0

        for i in 0 .. width - 1 do
            sum <- sum + float weights[row * width + i] * inputs[i]

        max 0.0 sum)

let secondMoment (signal: float[]) = signal |> Array.averageBy (fun x -> x * x)
let random = Random 0
let inputs = Array.init width (fun _ -> sqrt (-2.0 * log (1.0 - random.NextDouble())) * cos (2.0 * Math.PI * random.NextDouble()))

/// The second moment of the signal after each layer.
let moments spec =
    let rec through number signal found =
        if number > depth then
            Ok(List.rev found)
        else
            layer spec number
            |> Result.bind (fun weights ->
                let next = forward weights signal
                through (number + 1) next (secondMoment next :: found))

    through 1 inputs []

for text in [ "he_normal"; "glorot_normal"; "normal(stddev=0.02)" ] do
    match SpecText.parse text |> Result.bind moments with
    | Ok all -> printfn "%-20s after 1 layer %.3f, after 10 %.2e, after %d %.2e" text all[0] all[9] depth (List.last all)
    | Error faults ->
        for fault in faults do
            eprintfn "error[%s]: %s" (InitError.code fault) (InitError.message fault)
