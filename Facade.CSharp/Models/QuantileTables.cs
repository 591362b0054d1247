using Initializers.FSharp;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;

namespace Initializers.Models;

/// <summary>
/// The tables of quantiles by which truncated normal and other distributions are drawn, as JSON for other implementations
/// of the bit contract.
/// </summary>
/// <example>
/// <code>
/// string json = QuantileTables.ToJson(["truncated_normal(lower=-3, upper=3)", "exp(normal)"]);
/// </code>
/// </example>
public static class QuantileTables
{
    /// <summary>
    /// Fits the tables of specs for float32 and for float64, and returns them as JSON. Location, scale and clip of a spec
    /// change no table.
    /// </summary>
    /// <param name="specs">The specs, each one distribution that is drawn by a table.</param>
    /// <returns>The text, which ends with a line end.</returns>
    /// <exception cref="InitializerException">Those of <see cref="Faults"/>; <c>overflows-dtype</c> or
    /// <c>quantile-not-smooth</c> where neither type holds a distribution.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="specs"/> is null.</exception>
    public static string ToJson(IEnumerable<string> specs)
    {
        ArgumentNullException.ThrowIfNull(specs);
        return CoreResults.Unwrap(FittedTables.ToJson(ListModule.OfSeq(specs)));
    }

    /// <summary>Returns every fault that is found before a table is fitted: those of the texts, <c>argument-missing</c>
    /// without a spec, and <c>argument-invalid</c> for a spec that has no table, such as uniform, or that reads fans.</summary>
    /// <param name="specs">The specs.</param>
    /// <exception cref="ArgumentNullException"><paramref name="specs"/> is null.</exception>
    public static IReadOnlyList<Fault> Faults(IEnumerable<string> specs)
    {
        ArgumentNullException.ThrowIfNull(specs);
        return CoreResults.Faults(FittedTables.Validate(ListModule.OfSeq(specs)));
    }
}
