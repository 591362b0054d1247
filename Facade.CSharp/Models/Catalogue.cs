using Initializers.FSharp;
using Core = Initializers.FSharp;

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
    public static IReadOnlyList<CatalogueEntry> Recipes { get; } = Entries(Recipe.Known);

    /// <summary>Fan modes.</summary>
    public static IReadOnlyList<CatalogueEntry> FanModes { get; } = Entries(Core.FanMode.Known);

    /// <summary>Layouts.</summary>
    public static IReadOnlyList<CatalogueEntry> Layouts { get; } = Entries(Core.Layout.Known);

    /// <summary>Words of a layout by a role for each axis, such as <c>out,in,spatial,spatial,groups:8</c>.</summary>
    public static IReadOnlyList<CatalogueEntry> Roles { get; } = Entries(Core.FanAxes.Known);

    /// <summary>Nonlinearities, whose gains an initializer's gain may be.</summary>
    public static IReadOnlyList<CatalogueEntry> Nonlinearities { get; } = Entries(NonlinearityModule.Known);

    /// <summary>Element types.</summary>
    public static IReadOnlyList<CatalogueEntry> DTypes { get; } = Entries(Core.DType.Known);

    /// <summary>The devices that this machine has, the CPU first.</summary>
    public static IReadOnlyList<CatalogueEntry> Devices() => Entries(Initialize.Devices());

    private static IReadOnlyList<CatalogueEntry> Entries(IEnumerable<Tuple<string, string>> known) =>
        [.. known.Select(k => new CatalogueEntry(k.Item1, k.Item2))];
}
