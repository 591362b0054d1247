namespace Initializers.FSharp

open System
open System.Globalization
open Initializers

[<RequireQualifiedAccess>]
type Fan =
    | Of of fanIn: float * fanOut: float
    | In of fanIn: float
    | Out of fanOut: float
    | From of layout: Layout
    | Axes of axes: FanAxes
    | Unknown

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
module FanAxes =
    [<CompiledName "OfRoles">]
    let ofRoles (roles: FanAxis list) = FanAxes.Of(Array.ofList roles)

    [<CompiledName "OfAxes">]
    let ofAxes (ins: int list) (outs: int list) (stack: int list) (rank: int) : Result<FanAxes, InitError list> =
        let given =
            [ FanAxis.In, ins; FanAxis.Out, outs; FanAxis.Stack, stack ]
            |> List.collect (fun (role, places) ->
                places
                |> List.map (fun place -> place, (if place < 0 then place + rank else place), role))

        let outside =
            [ for place, axis, _ in given do
                  if axis < 0 || axis >= rank then
                      InitError.AxisOutOfRange(place, rank) ]

        let twice =
            given
            |> List.countBy (fun (_, axis, _) -> axis)
            |> List.filter (fun (_, count) -> count > 1)
            |> List.map (fst >> InitError.AxisDuplicate)

        let role axis =
            given
            |> List.tryPick (fun (_, other, role) -> if other = axis then Some role else None)
            |> Option.defaultValue FanAxis.Spatial

        match Shape.rankFaults rank with
        | [] -> Validation.ofFaults (outside @ twice) (ofRoles (List.init rank role))
        | faults -> Error faults

    let private roles =
        [ "out", FanAxis.Out, "outputs; several such axes multiply"
          "in", FanAxis.In, "inputs; several such axes multiply"
          "spatial", FanAxis.Spatial, "receptive field, which multiplies both fans"
          "stack", FanAxis.Stack, "copies side by side, such as experts, which count towards neither fan" ]

    [<CompiledName "Known">]
    let known =
        [ for name, _, summary in roles do
              name, summary
          "groups:N", "after the roles: N groups, which divide fan_out, or a transposed convolution's fan_in"
          "stride:N", "after the roles: strides of product N, which divide the same fan"
          "transposed", "after the roles: a transposed convolution" ]

    let private roleOf word =
        roles
        |> List.tryPick (fun (name, role, _) -> if name = word then Some role else None)

    /// What a word after the roles says of them.
    let private (|Option|_|) (word: string) =
        match word.Split ':' with
        | [| "transposed" |] -> Some(fun (axes: FanAxes) -> axes.Transposed())
        | [| name; digits |] ->
            match name, NumberText.signed digits with
            | "groups", Some n -> Some(_.WithGroups(n))
            | "stride", Some n -> Some(_.WithStride(n))
            | _ -> None
        | _ -> None

    [<CompiledName "Parse">]
    let parse (text: string) : Result<FanAxes, InitError list> =
        let words =
            text.ToLowerInvariant().Split ',' |> Array.map (_.Trim()) |> List.ofArray

        let roles = words |> List.takeWhile (roleOf >> Option.isSome) |> List.choose roleOf

        let options =
            List.skip roles.Length words |> List.map (fun word -> (word.Split ':')[0])

        match roles with
        | [] -> Error [ InitError.LayoutUnknown text ]
        | _ when List.distinct options <> options -> Error [ InitError.LayoutUnknown text ]
        | _ ->
            (Ok(ofRoles roles), List.skip roles.Length words)
            ||> List.fold (fun known word ->
                match known, word with
                | Ok axes, Option apply -> Ok(apply axes)
                | _ -> Error [ InitError.LayoutUnknown text ])

    [<CompiledName "ToText">]
    let toText (axes: FanAxes) = string axes

[<RequireQualifiedAccess>]
module Fan =
    [<CompiledName "OfAxes">]
    let ofAxes (axes: FanAxes) (shape: Shape) : Result<float * float, InitError list> =
        let roles = List.ofSeq axes.Axes

        let product role =
            List.zip roles shape.Dims
            |> List.fold (fun p (other, size) -> if other = role then p * float size else p) 1.0

        let positive name value =
            Validation.check (InitError.NotPositive("the fan's axes", name, float value)) (value > 0L)

        let formal =
            [ if roles.Length <> shape.Rank then
                  InitError.AxesRank(axes, shape.Rank)
              if roles |> List.exists (Enum.IsDefined >> not) then
                  InitError.LayoutUnknown(string axes)
              yield! positive "groups" axes.Groups
              yield! positive "stride" axes.Stride ]

        Validation.ofFaults formal ()
        |> Result.bind (fun () ->
            let field = product FanAxis.Spatial
            let ins, outs = product FanAxis.In, product FanAxis.Out
            let groups, stride = float axes.Groups, float axes.Stride
            let side, channels = if axes.IsTransposed then "in", ins else "out", outs

            Validation.ofFaults
                (Validation.check
                    (InitError.GroupsNotDividing(axes.Groups, side, channels))
                    (Math.IEEERemainder(channels, groups) = 0.0))
                (let shared size = size / groups * field / stride

                 if axes.IsTransposed then
                     shared ins, outs * field
                 else
                     ins * field, shared outs))

    /// The roles of a shape's axes, for a rank that the layout reads.
    let axesOf (layout: Layout) (rank: int) =
        let spatial = Array.replicate (max 0 (rank - 2)) FanAxis.Spatial
        let outIn = [| FanAxis.Out; FanAxis.In |]
        let inOut = [| FanAxis.In; FanAxis.Out |]

        match layout, rank with
        | Layout.OutIn, 2 -> Some outIn
        | Layout.InOut, 2 -> Some inOut
        | Layout.OutInSpatial, r when r >= 2 -> Some(Array.append outIn spatial)
        | Layout.SpatialInOut, r when r >= 2 -> Some(Array.append spatial inOut)
        | _ -> None

    [<CompiledName "OfShape">]
    let ofShape (layout: Layout) (shape: Shape) : Result<float * float, InitError list> =
        match axesOf layout shape.Rank with
        | Some roles -> ofAxes (FanAxes.Of roles) shape
        | None when Enum.IsDefined layout -> Error [ InitError.LayoutRank(layout, shape.Rank) ]
        | None -> Error [ InitError.LayoutUnknown(Names.layout layout) ]

    /// fan_in and fan_out as the products of the listed axes' sizes alone, as Keras's compute_fans. An axis may be in both
    /// lists, or twice in one.
    let ofAxisLists
        (inputAxes: int list)
        (outputAxes: int list)
        (shape: Shape)
        : Result<float * float, InitError list> =
        let dims = Array.ofList shape.Dims

        let position axis =
            if axis < 0 then axis + shape.Rank else axis

        let isOutside axis =
            position axis < 0 || position axis >= shape.Rank

        let product axes =
            axes |> List.fold (fun p axis -> p * float dims[position axis]) 1.0

        match inputAxes @ outputAxes |> List.filter isOutside |> List.distinct with
        | [] -> Ok(product inputAxes, product outputAxes)
        | outside -> Error(outside |> List.map (fun axis -> InitError.AxisOutOfRange(axis, shape.Rank)))

    [<CompiledName "OfLayoutText">]
    let ofLayoutText (text: string) : Result<Fan, InitError list> =
        match Layout.parse text with
        | Ok layout -> Ok(Fan.From layout)
        | Error _ -> FanAxes.parse text |> Result.map Fan.Axes

    [<CompiledName "OfOptions">]
    let ofOptions (fanIn: float option) (fanOut: float option) =
        match fanIn, fanOut with
        | Some i, Some o -> Fan.Of(i, o)
        | Some i, None -> Fan.In i
        | None, Some o -> Fan.Out o
        | None, None -> Fan.Unknown

    let behind (axes: int) (rank: int) (fan: Fan) : Fan =
        match fan with
        | Fan.Axes all when all.Axes.Count = rank && axes >= 0 && axes <= rank -> Fan.Axes(all.Behind axes)
        | other -> other

    let positive side (value: float) =
        Validation.ofFaults
            (Validation.check (InitError.FanNotPositive(side, value)) (Double.IsFinite value && value > 0.0))
            value

    let denominatorOf (isEmpty: bool) (mode: FanMode) (shape: Shape) (fan: Fan) : Result<float, InitError list> =
        let known =
            match fan with
            | Fan.Of(i, o) -> Ok(Some i, Some o)
            | Fan.In i -> Ok(Some i, None)
            | Fan.Out o -> Ok(None, Some o)
            | Fan.From layout -> ofShape layout shape |> Result.map (fun (i, o) -> Some i, Some o)
            | Fan.Axes axes -> ofAxes axes shape |> Result.map (fun (i, o) -> Some i, Some o)
            | Fan.Unknown -> Ok(None, None)

        let checkedFan side value =
            if isEmpty && value = 0.0 then
                Ok 0.0
            else
                positive side value

        // The combination may leave float64's range although both fans are within it.
        let both combine =
            function
            | Some i, Some o ->
                validation {
                    let! i = checkedFan "fan_in" i
                    and! o = checkedFan "fan_out" o
                    return! checkedFan (Names.fanMode mode) (combine i o)
                }
            | _ -> Error [ InitError.FanMissing mode ]

        let one side =
            function
            | Some x -> checkedFan side x
            | None -> Error [ InitError.FanMissing mode ]

        match mode with
        | FanMode.FanIn -> known |> Result.bind (fst >> one "fan_in")
        | FanMode.FanOut -> known |> Result.bind (snd >> one "fan_out")
        | FanMode.FanSum -> known |> Result.bind (both (+))
        | FanMode.FanAvg -> known |> Result.bind (both (fun i o -> (i + o) / 2.0))
        | FanMode.FanGeo -> known |> Result.bind (both (fun i o -> Math.Sqrt(i * o)))
        | other -> Error [ InitError.FanModeUnknown(Names.fanMode other) ]

    [<CompiledName "Denominator">]
    let denominator (mode: FanMode) (shape: Shape) (fan: Fan) : Result<float, InitError list> =
        denominatorOf (shape.Length = 0L) mode shape fan

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
