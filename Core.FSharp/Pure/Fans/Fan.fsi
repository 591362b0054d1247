namespace Initializers.FSharp

open Initializers

/// <summary>The source of a spec's fans. There is no default: a fan is never guessed.</summary>
[<RequireQualifiedAccess>]
type Fan =
    /// <summary>Both fans, as numbers above 0.</summary>
    | Of of fanIn: float * fanOut: float
    /// <summary>fan_in only; a spec that needs fan_out is refused.</summary>
    | In of fanIn: float
    /// <summary>fan_out only; a spec that needs fan_in is refused.</summary>
    | Out of fanOut: float
    /// <summary>Both fans, computed from the tensor's shape by a layout.</summary>
    | From of layout: Layout
    /// <summary>Both fans, computed from the tensor's shape by a role for each axis.</summary>
    | Axes of axes: FanAxes
    /// <summary>No fans; a spec that needs one is refused.</summary>
    | Unknown

/// <summary>Reads and writes fan modes.</summary>
[<RequireQualifiedAccess>]
module FanMode =
    /// <summary>Every accepted name, with its meaning.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// <summary>Reads Ivy's and JAX's names: fan_in, fan_out, fan_sum, fan_avg, fan_geo, fan_geo_avg.</summary>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<FanMode, InitError list>

    /// <summary>Writes fan_in, fan_out, fan_sum, fan_avg or fan_geo.</summary>
    [<CompiledName "ToText">]
    val toText: mode: FanMode -> string

/// <summary>Reads and writes layouts.</summary>
[<RequireQualifiedAccess>]
module Layout =
    /// <summary>Every accepted name, with its meaning.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// <summary>Reads oi, io, oihw and hwio. oiw and oidhw are synonyms of oihw, and wio and dhwio of hwio; they do not
    /// require a rank.</summary>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<Layout, InitError list>

    /// <summary>Writes oi, io, oihw or hwio.</summary>
    [<CompiledName "ToText">]
    val toText: layout: Layout -> string

/// <summary>Creates, reads and writes roles of axes.</summary>
[<RequireQualifiedAccess>]
module FanAxes =
    /// <summary>Every accepted word, with its meaning. A text has one role for each axis, separated by commas.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// <summary>Creates the roles of a shape's axes, outermost first.</summary>
    /// <example><code>FanAxes.ofRoles [ FanAxis.Out; FanAxis.Out; FanAxis.In ] // heads, head size, model size</code></example>
    [<CompiledName "OfRoles">]
    val ofRoles: roles: FanAxis list -> FanAxes

    /// <summary>Creates roles from lists of axes, as JAX and Keras give them. Axes count from 0, or from the last as -1. An
    /// axis in no list is receptive field.</summary>
    /// <returns>All of axis-out-of-range and axis-duplicate that apply.</returns>
    /// <example><code>FanAxes.ofAxes [ -2 ] [ -1 ] [ 0 ] 3 // stack,in,out</code></example>
    [<CompiledName "OfAxes">]
    val ofAxes: ins: int list -> outs: int list -> stack: int list -> rank: int -> Result<FanAxes, InitError list>

    /// <summary>Reads roles, out, in, spatial and stack, separated by commas, and after them transposed, groups:N and
    /// stride:N.</summary>
    /// <example><code>FanAxes.parse "in,out,spatial,spatial,transposed,stride:4"</code></example>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<FanAxes, InitError list>

    /// <summary>Writes the text that <c>parse</c> reads.</summary>
    [<CompiledName "ToText">]
    val toText: axes: FanAxes -> string

/// <summary>Computes fans.</summary>
[<RequireQualifiedAccess>]
module Fan =
    /// <summary>fan_in and fan_out of a shape: the channels times the receptive field, which is the product of the
    /// spatial axes. For OIHW: fan_in = I*H*W, fan_out = O*H*W.</summary>
    /// <returns>An error when the layout does not fit the rank.</returns>
    /// <example><code>Fan.ofShape Layout.OutInSpatial shape // [64,3,7,7]: Ok (147.0, 3136.0)</code></example>
    [<CompiledName "OfShape">]
    val ofShape: layout: Layout -> shape: Shape -> Result<float * float, InitError list>

    /// <summary>fan_in and fan_out of a shape whose axes have roles. fan_in is the product of the In and Spatial axes, and
    /// fan_out that of the Out and Spatial axes. Groups and stride of <c>FanAxes</c> divide one of the two.</summary>
    /// <returns>All of axes-rank, not-positive (groups, stride), groups-not-dividing and layout-unknown (a role outside its
    /// enum) that apply.</returns>
    /// <example><code>Fan.ofAxes (FanAxes.Of(FanAxis.Stack, FanAxis.In, FanAxis.Out)) shape // [8,512,64]: Ok (512.0, 64.0)</code></example>
    [<CompiledName "OfAxes">]
    val ofAxes: axes: FanAxes -> shape: Shape -> Result<float * float, InitError list>

    /// fan_in and fan_out as products of the listed axes' sizes only, like Keras's compute_fans. Negative axes count from
    /// the last. All axis-out-of-range that apply.
    val internal ofAxisLists:
        inputAxes: int list -> outputAxes: int list -> shape: Shape -> Result<float * float, InitError list>

    /// <summary>Reads a layout's name, or the roles of a shape's axes.</summary>
    /// <returns>layout-unknown for any other text.</returns>
    /// <example><code>Fan.ofLayoutText "oihw" // Ok (Fan.From Layout.OutInSpatial)
    /// Fan.ofLayoutText "stack,in,out" // Ok (Fan.Axes ...)</code></example>
    [<CompiledName "OfLayoutText">]
    val ofLayoutText: text: string -> Result<Fan, InitError list>

    /// The fan that a mode divides by, for a shape that may be part of a larger tensor. A fan may be 0 if the whole tensor
    /// has no elements.
    val internal denominatorOf:
        isEmpty: bool -> mode: FanMode -> shape: Shape -> fan: Fan -> Result<float, InitError list>

    /// <summary>The fan that a mode divides by: a finite number above 0, or 0 for a tensor without elements whose fan is
    /// 0.</summary>
    /// <returns>Errors for fans that the mode needs and that are absent, negative, not finite, or 0 for a tensor with
    /// elements.</returns>
    [<CompiledName "Denominator">]
    val denominator: mode: FanMode -> shape: Shape -> fan: Fan -> Result<float, InitError list>

    /// The roles of a layout's axes, for a rank that the layout reads.
    val internal axesOf: layout: Layout -> rank: int -> FanAxis array option

    /// The fan of one tensor of a batch. Roles given for the whole tensor lose those of its first axes.
    val internal behind: axes: int -> rank: int -> fan: Fan -> Fan

    /// <summary>A fan given as a number, which must be finite and above 0.</summary>
    val internal positive: side: string -> value: float -> Result<float, InitError list>

    /// <summary>Creates a fan from fan_in and fan_out, each if known.</summary>
    [<CompiledName "OfOptions">]
    val ofOptions: fanIn: float option -> fanOut: float option -> Fan

/// <summary>Names, sizes and limits of element types.</summary>
[<RequireQualifiedAccess>]
module DType =
    /// <summary>Every accepted name, with its meaning.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// <summary>Reads float32 (also f32, fp32, float, single), float16 (f16, fp16, half), bfloat16 (bf16) and float64
    /// (f64, fp64, double), in any case and also after "torch.".</summary>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<DType, InitError list>

    /// <summary>Writes float32, float16, bfloat16 or float64.</summary>
    [<CompiledName "ToText">]
    val toText: dtype: DType -> string

    /// <summary>Bytes per element: 8, 4 or 2.</summary>
    [<CompiledName "Size">]
    val size: dtype: DType -> int

    /// <summary>The largest finite value.</summary>
    [<CompiledName "Largest">]
    val largest: dtype: DType -> float

/// <summary>Creates seeds.</summary>
[<RequireQualifiedAccess>]
module Seed =
    /// <summary>Key <paramref name="key"/>, stream 0.</summary>
    [<CompiledName "OfUInt64">]
    val ofUInt64: key: uint64 -> Seed

    /// <summary>The same key on a named stream: the little-endian first 8 bytes of SHA-256 over the old stream
    /// (8 little-endian bytes) and the name in UTF-8.</summary>
    /// <exception cref="T:System.ArgumentException">The name is not valid Unicode.</exception>
    /// <example><code>Seed.ofUInt64 42UL |> Seed.child "h.0.attn.c_attn.weight"</code></example>
    [<CompiledName "Child">]
    val child: name: string -> seed: Seed -> Seed
