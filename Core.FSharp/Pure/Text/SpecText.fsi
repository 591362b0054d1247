namespace Initializers.FSharp

/// <summary>Reads and writes specs as one line of text, in the invariant culture. Reading what was written returns an equal
/// spec.</summary>
[<RequireQualifiedAccess>]
module SpecText =
    /// <summary>Every initializer that the text knows, in alphabetical order.</summary>
    [<CompiledName "Catalogue">]
    val catalogue: InitializerInfo list

    /// <summary>Reads a spec: a name, then arguments in parentheses, in order or by name, those in order first. A number may be
    /// an expression, such as <c>sqrt(2/fan_in)</c>, of the names of the tensor: fan_in, fan_out, rank, size, d0, d1 and so
    /// on. Such a spec is a <c>Spec.Function</c>.</summary>
    /// <returns>Every fault of the text, as <c>FaultReport</c> lists them: the first 100, each once.</returns>
    /// <example><code>SpecText.parse "kaiming_normal(mode=fan_out, negative_slope=0.1)"</code></example>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<Spec, InitError list>

    /// <summary>Writes a spec by the most specific name that is read back to the same bits.</summary>
    /// <remarks>Equal specs have equal texts, so one of several names is written: <c>glorot_uniform</c> for
    /// <c>xavier_uniform</c>, <c>he_normal</c> without parameters and <c>kaiming_normal</c> with some, <c>scale</c> for
    /// <c>residual</c>. If no short parameter of a preset gives a number, it is written in the general form,
    /// <c>variance_scaling</c> or <c>fan_uniform</c>. The text of a custom quantile cannot be read back.</remarks>
    /// <example><code>SpecText.toText (Spec.normal 0.0 0.02) // "normal(mean=0, stddev=0.02)"
    /// SpecText.toText (Spec.siren 30.0) // "siren(w0=30)"</code></example>
    [<CompiledName "ToText">]
    val toText: spec: Spec -> string

    /// <summary>Every fault of a text, and the spec from the arguments that can be read, with defaults for the others.
    /// A faulty value of a parameter leaves no spec.</summary>
    val internal read: text: string -> Spec option * InitError list

    /// <summary>Reads a spec that may be nested in others, at a depth counted from 1.</summary>
    val internal parseIn: context: NumberContext -> depth: int -> text: string -> Result<Spec, InitError list>

    /// <summary>Builds a spec from a name and parameters, at a depth counted from 1. Absent parameters take their
    /// defaults.</summary>
    /// <returns>Every fault, each with its parameter.</returns>
    val internal build:
        context: NumberContext ->
        depth: int ->
        name: string ->
        given: (string * SpecSyntax.Value) list ->
            Result<Spec, (string option * InitError) list>

/// <summary>Reads and writes specs by functions of the module <c>Spec</c>: <c>Spec.parse</c> and
/// <c>Spec.toText</c>.</summary>
[<AutoOpen>]
module SpecExtensions =
    /// <summary>Texts of specs.</summary>
    [<RequireQualifiedAccess>]
    module Spec =
        /// <summary>Reads a spec, like <c>SpecText.parse</c>: a name, then arguments in parentheses.</summary>
        /// <returns>Every fault of the text: the first 100, each once.</returns>
        /// <example><code>Spec.parse "he_normal" = Ok Spec.heNormal</code></example>
        [<CompiledName "Parse">]
        val parse: text: string -> Result<Spec, InitError list>

        /// <summary>Writes a spec, like <c>SpecText.toText</c>. F#'s <c>string</c>, <c>%A</c> and interactive console show
        /// the same text.</summary>
        /// <example><code>Spec.toText (Spec.siren 30.0) // "siren(w0=30)"</code></example>
        [<CompiledName "ToText">]
        val toText: spec: Spec -> string
