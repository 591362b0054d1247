using Initializers.Stateful;

namespace Initializers;

/// <summary>Names of element types. From C# 14 on they read as members of the enum, <c>DType.Parse("float16")</c>; from
/// other languages as members of this class, <c>DTypes.Parse "float16"</c>.</summary>
public static class DTypes
{
    extension(DType dtype)
    {
        /// <summary>Reads an element type, in any case.</summary>
        /// <param name="text"><c>float32</c> (also <c>f32</c>, <c>float</c>, <c>single</c>), <c>float16</c> (<c>f16</c>,
        /// <c>half</c>), <c>bfloat16</c> (<c>bf16</c>) or <c>float64</c> (<c>f64</c>, <c>double</c>); <c>torch.</c> may stand
        /// before it.</param>
        /// <returns>The element type.</returns>
        /// <exception cref="InitializerException"><c>dtype-unknown</c>: any other text.</exception>
        /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
        /// <example><code>DType dtype = DType.Parse("bfloat16");</code></example>
        public static DType Parse(string text)
        {
            ArgumentNullException.ThrowIfNull(text);
            return CoreResults.Unwrap(FSharp.DType.Parse(text));
        }

        /// <summary>The name that <c>Parse</c> reads.</summary>
        /// <returns><c>float32</c>, <c>float16</c>, <c>bfloat16</c> or <c>float64</c>.</returns>
        /// <example><code>string text = DType.BFloat16.ToText(); // bfloat16</code></example>
        public string ToText() => FSharp.DType.ToText(dtype);
    }
}
