namespace Initializers.FSharp

open Initializers

/// <summary>The tables of quantiles by which distributions are drawn, as JSON for other implementations of the bit
/// contract.</summary>
[<RequireQualifiedAccess>]
module FittedTables =
    /// <summary>Reads specs that are each one distribution drawn by a table, such as truncated_normal or log(uniform(1, 16)).
    /// Nothing is fitted.</summary>
    /// <returns>Every fault: those of the texts and of the specs, argument-missing for an empty list, and argument-invalid for
    /// a spec that has no table, such as uniform, or that reads fans.</returns>
    [<CompiledName "Validate">]
    val validate: specs: string list -> Result<unit, InitError list>

    /// <summary>Fits the tables of specs for float32 and for float64, and returns them as JSON.</summary>
    /// <remarks>An object with <c>bits</c>, the version of the bit contract, and <c>tables</c>, which has an object for each
    /// spec: <c>spec</c>, its text with all parameters, and <c>float32</c> and <c>float64</c>. Each of the two has
    /// <c>coefficients</c>, little-endian in base64: that of a power in a slot of a side is at index
    /// (side * powers + power) * slots + slot, for 8 powers and 32 slots in float32, and 18 and 64 in float64. A table of two
    /// sides has <c>split</c>, the first word of the upper side in hexadecimal digits; without it one side serves both. A type
    /// that cannot hold the distribution is absent, unless neither can. Location, scale and clip of a spec are in none of
    /// this.</remarks>
    /// <returns>The text, which ends with a line end; or the faults of <c>validate</c>, overflows-dtype and
    /// quantile-not-smooth.</returns>
    /// <example><code>FittedTables.toJson [ "truncated_normal(lower=-3, upper=3)"; "exp(normal)" ]</code></example>
    [<CompiledName "ToJson">]
    val toJson: specs: string list -> Result<string, InitError list>
