using Initializers.Stateful;

namespace Initializers;

/// <summary>Names of layouts. From C# 14 on they read as members of the enum, <c>Layout.Parse("oihw")</c>; from other
/// languages as members of this class, <c>Layouts.Parse "oihw"</c>.</summary>
public static class Layouts
{
    extension(Layout layout)
    {
        /// <summary>Reads a layout, in any case: o for outputs, i for inputs, w, h, d for the receptive field.</summary>
        /// <param name="text"><c>oi</c>, <c>io</c>; <c>oiw</c>, <c>oihw</c>, <c>oidhw</c>; <c>wio</c>, <c>hwio</c>,
        /// <c>dhwio</c>.</param>
        /// <returns>The layout.</returns>
        /// <exception cref="InitializerException"><c>layout-unknown</c>: any other text.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
        /// <example><code>Layout layout = Layout.Parse("oihw"); // Layout.OutInSpatial</code></example>
        public static Layout Parse(string text)
        {
            ArgumentNullException.ThrowIfNull(text);
            return CoreResults.Unwrap(FSharp.Layout.Parse(text));
        }

        /// <summary>The name that <c>Parse</c> reads.</summary>
        /// <returns><c>oi</c>, <c>io</c>, <c>oihw</c> or <c>hwio</c>.</returns>
        /// <example><code>string text = Layout.SpatialInOut.ToText(); // hwio</code></example>
        public string ToText() => FSharp.Layout.ToText(layout);
    }
}
