namespace Initializers.FSharp

open System
open Initializers

[<RequireQualifiedAccess>]
type Fan =
    | Of of fanIn: float * fanOut: float
    | In of fanIn: float
    | Out of fanOut: float
    | From of layout: Layout
    | Unknown

[<RequireQualifiedAccess>]
module Fan =
    /// Axes of outputs and inputs, for a rank that the layout reads.
    let private channels (layout: Layout) (rank: int) =
        match layout, rank with
        | Layout.OutIn, 2 -> Some(0, 1)
        | Layout.InOut, 2 -> Some(1, 0)
        | Layout.OutInSpatial, r when r >= 2 -> Some(0, 1)
        | Layout.SpatialInOut, r when r >= 2 -> Some(r - 1, r - 2)
        | _ -> None

    [<CompiledName "OfShape">]
    let ofShape (layout: Layout) (shape: Shape) : Result<float * float, InitError list> =
        match channels layout shape.Rank with
        | None when Enum.IsDefined layout -> Error [ InitError.LayoutRank(layout, shape.Rank) ]
        | None -> Error [ InitError.LayoutUnknown(Names.layout layout) ]
        | Some(outAxis, inAxis) ->
            let size axis = float (List.item axis shape.Dims)

            let field =
                shape.Dims
                |> List.indexed
                |> List.fold (fun p (axis, d) -> if axis = outAxis || axis = inAxis then p else p * float d) 1.0

            Ok(size inAxis * field, size outAxis * field)

    [<CompiledName "OfOptions">]
    let ofOptions (fanIn: float option) (fanOut: float option) =
        match fanIn, fanOut with
        | Some i, Some o -> Fan.Of(i, o)
        | Some i, None -> Fan.In i
        | None, Some o -> Fan.Out o
        | None, None -> Fan.Unknown

    let positive side (value: float) =
        Validation.ofFaults
            (Validation.check (InitError.FanNotPositive(side, value)) (Double.IsFinite value && value > 0.0))
            value

    [<CompiledName "Denominator">]
    let denominator (mode: FanMode) (shape: Shape) (fan: Fan) : Result<float, InitError list> =
        let known =
            match fan with
            | Fan.Of(i, o) -> Ok(Some i, Some o)
            | Fan.In i -> Ok(Some i, None)
            | Fan.Out o -> Ok(None, Some o)
            | Fan.From layout -> ofShape layout shape |> Result.map (fun (i, o) -> Some i, Some o)
            | Fan.Unknown -> Ok(None, None)

        // The combination may leave float64's range although both fans are within it.
        let both combine =
            function
            | Some i, Some o ->
                Validation.both (positive "fan_in" i) (positive "fan_out" o)
                |> Result.bind (fun (i, o) -> positive (Names.fanMode mode) (combine i o))
            | _ -> Error [ InitError.FanMissing mode ]

        let one side =
            function
            | Some x -> positive side x
            | None -> Error [ InitError.FanMissing mode ]

        match mode with
        | FanMode.FanIn -> known |> Result.bind (fst >> one "fan_in")
        | FanMode.FanOut -> known |> Result.bind (snd >> one "fan_out")
        | FanMode.FanSum -> known |> Result.bind (both (+))
        | FanMode.FanAvg -> known |> Result.bind (both (fun i o -> (i + o) / 2.0))
        | FanMode.FanGeo -> known |> Result.bind (both (fun i o -> Math.Sqrt(i * o)))
        | other -> Error [ InitError.FanModeUnknown(Names.fanMode other) ]

[<RequireQualifiedAccess>]
module FanMode =
    [<CompiledName "Known">]
    let known =
        [ "fan_in", "the inputs that reach one output"
          "fan_out", "the outputs that one input reaches"
          "fan_sum", "fan_in + fan_out"
          "fan_avg", "(fan_in + fan_out) / 2"
          "fan_geo", "sqrt(fan_in * fan_out)" ]

    [<CompiledName "Parse">]
    let parse (text: string) =
        match text with
        | "fan_in" -> Ok FanMode.FanIn
        | "fan_out" -> Ok FanMode.FanOut
        | "fan_sum" -> Ok FanMode.FanSum
        | "fan_avg" -> Ok FanMode.FanAvg
        | "fan_geo"
        | "fan_geo_avg" -> Ok FanMode.FanGeo
        | other -> Error [ InitError.FanModeUnknown other ]

    [<CompiledName "ToText">]
    let toText (mode: FanMode) = Names.fanMode mode

[<RequireQualifiedAccess>]
module Layout =
    [<CompiledName "Known">]
    let known =
        [ "oi", "a matrix [out, in], as in PyTorch's Linear"
          "io", "a matrix [in, out], as in Keras's Dense and GPT-2's Conv1D"
          "oihw", "a convolution [out, in, spatial...] of any rank, as in PyTorch; oiw and oidhw are the same"
          "hwio", "a convolution [spatial..., in, out] of any rank, as in Keras and JAX; wio and dhwio are the same" ]

    [<CompiledName "Parse">]
    let parse (text: string) =
        match text.ToLowerInvariant() with
        | "oi" -> Ok Layout.OutIn
        | "io" -> Ok Layout.InOut
        | "oiw"
        | "oihw"
        | "oidhw" -> Ok Layout.OutInSpatial
        | "wio"
        | "hwio"
        | "dhwio" -> Ok Layout.SpatialInOut
        | _ -> Error [ InitError.LayoutUnknown text ]

    [<CompiledName "ToText">]
    let toText (layout: Layout) = Names.layout layout

[<RequireQualifiedAccess>]
module DType =
    [<CompiledName "Known">]
    let known =
        [ "float32", "24 bits of precision, up to 3.4e38; also f32, fp32, float, single"
          "float16", "11 bits of precision, up to 65504; also f16, fp16, half"
          "bfloat16", "8 bits of precision, up to 3.39e38; not in .npy; also bf16"
          "float64", "53 bits of precision, up to 1.8e308; also f64, fp64, double" ]

    [<CompiledName "Parse">]
    let parse (text: string) =
        let name = text.ToLowerInvariant()

        match
            (if name.StartsWith("torch.", StringComparison.Ordinal) then
                 name.Substring 6
             else
                 name)
        with
        | "float32"
        | "f32"
        | "fp32"
        | "float"
        | "single" -> Ok DType.Float32
        | "float16"
        | "f16"
        | "fp16"
        | "half" -> Ok DType.Float16
        | "bfloat16"
        | "bf16" -> Ok DType.BFloat16
        | "float64"
        | "f64"
        | "fp64"
        | "double" -> Ok DType.Float64
        | _ -> Error [ InitError.DTypeUnknown text ]

    [<CompiledName "ToText">]
    let toText (dtype: DType) = Names.dtype dtype

    [<CompiledName "Size">]
    let size (dtype: DType) =
        match dtype with
        | DType.Float16
        | DType.BFloat16 -> 2
        | DType.Float64 -> 8
        | _ -> 4

    [<CompiledName "Largest">]
    let largest (dtype: DType) = Names.largest dtype

[<RequireQualifiedAccess>]
module Seed =
    [<CompiledName "OfUInt64">]
    let ofUInt64 (key: uint64) = Seed.FromUInt64 key

    [<CompiledName "Child">]
    let child (name: string) (seed: Seed) = seed.Child name
