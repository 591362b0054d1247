using Initializers.FSharp;

namespace Initializers.Models;

/// <summary>One initializer that text knows.</summary>
/// <param name="Signature">Its name and parameters with their defaults, such as <c>normal(mean=0, stddev=1)</c>.</param>
/// <param name="Summary">What it fills with.</param>
public sealed record CatalogueEntry(string Signature, string Summary);

/// <summary>What can be named: initializers, recipes and devices.</summary>
public static class Catalogue
{
    /// <summary>Every initializer that text knows, in alphabetical order.</summary>
    public static IReadOnlyList<CatalogueEntry> Initializers { get; } =
    [
        .. SpecText.Catalogue.Select(entry => new CatalogueEntry(
            entry.Parameters.IsEmpty
                ? entry.Name
                : $"{entry.Name}({string.Join(", ", entry.Parameters.Select(p => p.Item2 is null ? p.Item1 : $"{p.Item1}={p.Item2.Value}"))})",
            entry.Summary
        )),
    ];

    /// <summary>Recipes of well-known models.</summary>
    public static IReadOnlyList<CatalogueEntry> Recipes { get; } =
    [.. Recipe.Known.Select(r => new CatalogueEntry(r.Item1, r.Item2))];

    /// <summary>Fan modes.</summary>
    public static IReadOnlyList<CatalogueEntry> FanModes { get; } =
    [
        new("fan_in", "the inputs that reach one output"),
        new("fan_out", "the outputs that one input reaches"),
        new("fan_sum", "fan_in + fan_out"),
        new("fan_avg", "(fan_in + fan_out) / 2"),
        new("fan_geo", "sqrt(fan_in * fan_out)"),
    ];

    /// <summary>Layouts.</summary>
    public static IReadOnlyList<CatalogueEntry> Layouts { get; } =
    [
        new("oi", "a matrix [out, in], as in PyTorch's Linear"),
        new("io", "a matrix [in, out], as in Keras's Dense and GPT-2's Conv1D"),
        new("oihw", "a convolution [out, in, spatial...], as in PyTorch; also oiw, oidhw"),
        new("hwio", "a convolution [spatial..., in, out], as in Keras and JAX; also wio, dhwio"),
    ];

    /// <summary>Element types.</summary>
    public static IReadOnlyList<CatalogueEntry> DTypes { get; } =
    [
        new("float32", "24 bits of precision, up to 3.4e38"),
        new("float16", "11 bits of precision, up to 65504"),
        new("bfloat16", "8 bits of precision, up to 3.39e38; not in .npy"),
    ];

    /// <summary>The devices that this machine has, the CPU first.</summary>
    public static IReadOnlyList<CatalogueEntry> Devices() =>
        [.. Initialize.Devices().Select(d => new CatalogueEntry(d.Item1, d.Item2))];
}
