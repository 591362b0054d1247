namespace Initializers.FSharp

open System.Text.Json

/// <summary>Reads and writes specs as JSON. A spec is an object with the initializer's name and the parameters of its text.
/// Reading what was written returns an equal spec.</summary>
/// <remarks>Numbers are JSON numbers. Infinities and NaN, which JSON lacks, are the strings "inf", "-inf" and
/// "nan".</remarks>
[<RequireQualifiedAccess>]
module SpecJson =
    /// <summary>Reads a spec, a Keras initializer config, or the name of a Keras class, <c>"HeUniform"</c>. A config is
    /// <c>{"class_name": "HeUniform", "config": {"seed": null}}</c>; its seed is not part of the spec.</summary>
    /// <remarks>A name that means one distribution here and another in Keras, such as <c>"he_normal"</c>, is refused unless
    /// an object says which is meant.</remarks>
    /// <returns>Every fault of the text with its path; a fault of syntax with line and column.</returns>
    /// <example><code>SpecJson.parse """{"initializer": "kaiming_normal", "mode": "fan_out"}"""</code></example>
    [<CompiledName "Parse">]
    val parse: json: string -> Result<Spec, InitError list>

    /// <summary>Writes a spec on one line.</summary>
    /// <example><code>SpecJson.toJson (Spec.normal 0.0 0.02) // {"initializer": "normal", "mean": 0, "stddev": 0.02}</code></example>
    [<CompiledName "ToJson">]
    val toJson: spec: Spec -> string

    /// <summary>Writes the Keras 3 config of the same distribution.</summary>
    /// <returns>An error for distributions that Keras does not have.</returns>
    /// <example><code>SpecJson.toKeras Spec.heUniform // Ok {"module": "keras.initializers", "class_name": "HeUniform", …}</code></example>
    [<CompiledName "ToKeras">]
    val toKeras: spec: Spec -> Result<string, InitError list>

    /// <summary>Reads the text of a spec, or the name of a Keras class that no initializer here has.</summary>
    val internal ofText:
        context: NumberContext -> source: string -> at: string -> text: string -> Result<Spec, InitError list>

    /// <summary>Reads a spec or a Keras config from a value of a larger document.</summary>
    val internal read:
        context: NumberContext -> source: string -> path: string -> value: JsonElement -> Result<Spec, InitError list>
