using System.Text;
using Initializers.FSharp;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;
using Core = Initializers.FSharp;

namespace Initializers.Models;

/// <summary>An initializer that texts and JSON can name.</summary>
/// <param name="Name">The name in texts.</param>
/// <param name="Parameters">The parameters in order.</param>
/// <param name="Summary">One line on what it fills tensors with.</param>
/// <example><code>Catalogue.Initializers.Single(i => i.Name == "normal").Signature // "normal(mean=0, stddev=1)"</code></example>
public sealed record InitializerInfo(string Name, IReadOnlyList<InitializerParameter> Parameters, string Summary)
{
    /// <summary>The name and the parameters with their defaults, such as <c>normal(mean=0, stddev=1)</c>.</summary>
    public string Signature => Parameters.Count == 0 ? Name : $"{Name}({string.Join(", ", Parameters)})";

    private bool PrintMembers(StringBuilder builder) =>
        Printing.Append(builder, (nameof(Name), Name), (nameof(Parameters), Parameters), (nameof(Summary), Summary));
}

/// <summary>A parameter of an initializer.</summary>
/// <param name="Name">The name in texts.</param>
/// <param name="Default">The default as text, or null where the parameter must be given.</param>
public sealed record InitializerParameter(string Name, string? Default)
{
    /// <summary>The name, and the default after an equals sign.</summary>
    public override string ToString() => Default is null ? Name : $"{Name}={Default}";
}

/// <summary>A word that texts know, such as a fan mode or a device.</summary>
/// <param name="Name">The word.</param>
/// <param name="Summary">One line on what it means.</param>
public sealed record KnownName(string Name, string Summary);

/// <summary>What can be named: initializers, recipes and devices.</summary>
public static class Catalogue
{
    /// <summary>Every initializer that texts know, in alphabetical order.</summary>
    public static IReadOnlyList<InitializerInfo> Initializers { get; } =
    [
        .. SpecText.Catalogue.Select(info => new InitializerInfo(
            info.Name,
            [.. info.Parameters.Select(p => new InitializerParameter(p.Item1, p.Item2?.Value))],
            info.Summary
        )),
    ];

    /// <summary>Recipes of well-known models.</summary>
    public static IReadOnlyList<KnownName> Recipes => Entries(RecipeModule.Known());

    /// <summary>Models whose tensors and recipe come with the library.</summary>
    public static IReadOnlyList<KnownName> Models => Entries(BlueprintModule.KnownModels());

    /// <summary>The JSON of a recipe: its rules, each with its source.</summary>
    /// <param name="name">The name of a recipe.</param>
    /// <exception cref="InitializerException"><c>recipe-unknown</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    public static string RecipeJson(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return CoreResults.Unwrap(RecipeModule.Json(name));
    }

    /// <summary>Fan modes.</summary>
    public static IReadOnlyList<KnownName> FanModes { get; } = Entries(Core.FanMode.Known);

    /// <summary>Layouts.</summary>
    public static IReadOnlyList<KnownName> Layouts { get; } = Entries(Core.Layout.Known);

    /// <summary>Words of a layout by a role for each axis, such as <c>out,in,spatial,spatial,groups:8</c>.</summary>
    public static IReadOnlyList<KnownName> Roles { get; } = Entries(Core.FanAxes.Known);

    /// <summary>Nonlinearities, whose gains an initializer's gain may be.</summary>
    public static IReadOnlyList<KnownName> Nonlinearities { get; } = Entries(NonlinearityModule.Known);

    /// <summary>Element types. Tensors in memory have one of the first four; files also have float8 types, bool
    /// and integers.</summary>
    public static IReadOnlyList<KnownName> DTypes { get; } = Entries(StorageModule.Known);

    /// <summary>The name that a word was meant to be: with a slip in at most a third of its letters, or of which it is the beginning,
    /// or the name and more; null if no name is near.</summary>
    /// <param name="names">The names.</param>
    /// <param name="word">The word.</param>
    /// <exception cref="ArgumentNullException"><paramref name="names"/> or <paramref name="word"/> is null.</exception>
    /// <example><code>Catalogue.Nearest(Catalogue.Initializers.Select(i => i.Name), "he_norml") // "he_normal"</code></example>
    public static string? Nearest(IEnumerable<string> names, string word)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(word);
        return Request.Nearest(ListModule.OfSeq(names), word)?.Value;
    }

    /// <summary>The devices that this machine has, the CPU first.</summary>
    public static IReadOnlyList<KnownName> Devices() => Entries(Initialize.Devices());

    private static IReadOnlyList<KnownName> Entries(IEnumerable<Tuple<string, string>> known) =>
        [.. known.Select(k => new KnownName(k.Item1, k.Item2))];
}
