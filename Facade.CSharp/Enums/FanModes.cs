using Initializers.Stateful;

namespace Initializers;

/// <summary>Names of fan modes. From C# 14 on they read as members of the enum, <c>FanMode.Parse("fan_in")</c>; from other
/// languages as members of this class, <c>FanModes.Parse "fan_in"</c>.</summary>
public static class FanModes
{
    extension(FanMode mode)
    {
        /// <summary>Reads a mode by Ivy's and JAX's names.</summary>
        /// <param name="text"><c>fan_in</c>, <c>fan_out</c>, <c>fan_sum</c>, <c>fan_avg</c>, <c>fan_geo</c> or
        /// <c>fan_geo_avg</c>, in lower case.</param>
        /// <returns>The mode.</returns>
        /// <exception cref="InitializerException"><c>fan-mode-unknown</c>: any other text.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
        /// <example><code>FanMode mode = FanMode.Parse("fan_sum");</code></example>
        public static FanMode Parse(string text)
        {
            ArgumentNullException.ThrowIfNull(text);
            return CoreResults.Unwrap(FSharp.FanMode.Parse(text));
        }

        /// <summary>The name that <c>Parse</c> reads.</summary>
        /// <returns><c>fan_in</c>, <c>fan_out</c>, <c>fan_sum</c>, <c>fan_avg</c> or <c>fan_geo</c>.</returns>
        /// <example><code>string text = FanMode.FanAvg.ToText(); // fan_avg</code></example>
        public string ToText() => FSharp.FanMode.ToText(mode);
    }

    /// <summary>The mode itself, if it is one of the enum's values.</summary>
    internal static FanMode Known(FanMode mode) => Parse(mode.ToText());
}
