using Initializers.Stateful;

namespace Initializers;

/// <summary>Texts of roles of axes. From C# 14 on they read as a member of the type, <c>FanAxes.Parse("stack,in,out")</c>; from
/// other languages as one of this class, <c>FanAxesTexts.Parse "stack,in,out"</c>.</summary>
public static class FanAxesTexts
{
    extension(FanAxes)
    {
        /// <summary>Reads a role for each axis, outermost first, and the options of a convolution.</summary>
        /// <param name="text"><c>out</c>, <c>in</c>, <c>spatial</c> and <c>stack</c>, separated by commas; after them, if need
        /// be, <c>transposed</c>, <c>groups:N</c> and <c>stride:N</c>.</param>
        /// <returns>The roles; <c>ToString</c> writes what is read here.</returns>
        /// <exception cref="InitializerException"><c>layout-unknown</c>: any other text.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
        /// <example><code>FanAxes depthwise = FanAxes.Parse("out,in,spatial,spatial,groups:64");</code></example>
        public static FanAxes Parse(string text)
        {
            ArgumentNullException.ThrowIfNull(text);
            return CoreResults.Unwrap(FSharp.FanAxes.Parse(text));
        }
    }
}
