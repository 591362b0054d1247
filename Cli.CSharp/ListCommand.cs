using System.CommandLine;
using System.Text.Json;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>list</c>: what can be named.</summary>
internal sealed class ListCommand : RequestCommand
{
    /// <summary>The kinds of names, each with a title and the names.</summary>
    internal static readonly (string Kind, string Title, Func<IReadOnlyList<KnownName>> Names)[] Kinds =
    [
        (
            "initializers",
            "Initializers",
            () => [.. Catalogue.Initializers.Select(i => new KnownName(i.Signature, i.Summary))]
        ),
        ("recipes", "Recipes", () => Catalogue.Recipes),
        ("models", "Models", () => Catalogue.Models),
        ("fan_modes", "Fan modes", () => Catalogue.FanModes),
        ("layouts", "Layouts", () => Catalogue.Layouts),
        ("roles", "Layouts by a role for each axis, such as out,in,spatial,spatial,groups:8", () => Catalogue.Roles),
        ("nonlinearities", "Nonlinearities, as in gain=relu", () => Catalogue.Nonlinearities),
        ("dtypes", "Dtypes", () => Catalogue.DTypes),
    ];

    private const string Recipe = "recipe";

    private static readonly string Known =
        $"one of {string.Join(", ", Kinds.Select(k => k.Kind))}, or a name that they have";

    private readonly Argument<string> kind;
    private readonly Argument<string> name;
    private readonly Option<bool> json;

    internal ListCommand()
        : base(
            "list",
            "List initializers, recipes, models and other names. With a name, what it means; 'list recipe NAME' writes the rules of a recipe.",
            """
            initializers list
            initializers list recipes
            initializers list he_normal
            initializers list recipe gpt2
            initializers list --json | jq '.initializers[].name'
            """
        )
    {
        kind = Operand("KIND", Known);
        name = Operand("NAME", "the recipe whose rules are written");
        kind.Arity = ArgumentArity.ZeroOrOne;
        name.Arity = ArgumentArity.ZeroOrOne;
        json = Flag("--json", "write one JSON document");
        Validators.Add(result =>
        {
            if (Faults(result.GetValue(kind), result.GetValue(name)).Length > 0)
                result.AddError("The faults say what is wrong.");
        });
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) => Faults(result.Text(kind), result.Text(name));

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var asked = result.Text(kind);
        if (result.Text(name) is not null)
        {
            Console.Write(Catalogue.RecipeJson(result.Text(name)!));
            return;
        }

        // A kind, or what the kinds have of a name.
        var isKind = asked is null || Kinds.Any(k => k.Kind == asked);
        var shown = Kinds.Where(k => !isKind || asked is null || k.Kind == asked).ToList();
        if (result.GetValue(json))
        {
            using var stdout = StandardStreams.OpenReport();
            Display.Json(stdout, writer => Json(writer, shown.Select(k => k.Kind), isKind ? null : asked));
        }
        else if (isKind)
        {
            foreach (var (_, title, names) in shown)
                Display.Table(title, names());
        }
        else
        {
            foreach (var (one, _, names) in shown)
                Describe(one, names().Where(known => IsNamed(known, asked!)));
        }
    }

    /// <summary>A name, or the name of an initializer's signature.</summary>
    private static bool IsNamed(KnownName known, string name) => known.Name.Split('(')[0] == name;

    private static bool IsKnown(string name) => Kinds.Any(k => k.Names().Any(known => IsNamed(known, name)));

    private static void Describe(string kind, IEnumerable<KnownName> names)
    {
        foreach (var known in names)
        {
            var width = Display.Width(80);
            Display.Wrapped(Console.Out, known.Name, 4, width);
            Display.Wrapped(Console.Out, $"    {known.Summary}", 4, width);
            Display.Wrapped(Console.Out, $"    {Use(kind, known.Name.Split('(')[0])}", 6, width);
            Console.WriteLine();
        }
    }

    /// <summary>A command line for a name.</summary>
    private static string Use(string kind, string name) =>
        kind switch
        {
            "initializers" => $"draw it: initializers plot {Sample(name)}",
            "recipes" => $"its rules: initializers list recipe {name}",
            "models" => $"its tensors: initializers init {name} --explain",
            "fan_modes" => $"initializers fill \"kaiming_normal(mode={name})\" --shape 512,256 --layout oi --out w.npy",
            "layouts" => $"initializers fill he_normal --shape SIZES --layout {name} --out w.npy",
            "roles" => "initializers fill he_normal --shape 64,3,7,7 --layout out,in,spatial,spatial --out w.npy",
            "nonlinearities" => $"initializers fill \"orthogonal(gain={name})\" --shape 512,256 --out w.npy",
            _ => $"initializers fill normal --shape 512,256 --dtype {name} --out w.npy",
        };

    /// <summary>An initializer with a word in the place of each parameter that must be given.</summary>
    private static string Sample(string name)
    {
        var needed = Catalogue
            .Initializers.First(i => i.Name == name)
            .Parameters.Where(p => p.Default is null)
            .ToList();
        return needed.Count == 0
            ? name
            : $"\"{name}({string.Join(", ", needed.Select(p => $"{p.Name}={p.Name.ToUpperInvariant()}"))})\"";
    }

    private static void Json(Utf8JsonWriter json, IEnumerable<string> kinds, string? only)
    {
        json.WriteStartObject();
        foreach (var kind in kinds)
        {
            var names = Kinds
                .First(k => k.Kind == kind)
                .Names()
                .Where(known => only is null || IsNamed(known, only))
                .ToList();
            if (only is not null && names.Count == 0)
                continue;
            json.WriteStartArray(kind);
            foreach (var known in names)
                Json(json, kind, known);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Json(Utf8JsonWriter json, string kind, KnownName known)
    {
        json.WriteStartObject();
        json.WriteString("name", known.Name.Split('(')[0]);
        json.WriteString("summary", known.Summary);
        if (kind == "initializers")
        {
            json.WriteString("signature", known.Name);
            json.WriteStartArray("parameters");
            foreach (var parameter in Catalogue.Initializers.First(i => i.Signature == known.Name).Parameters)
            {
                json.WriteStartObject();
                json.WriteString("name", parameter.Name);
                json.WriteString("default", parameter.Default);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static Fault[] Faults(string? kind, string? name)
    {
        // 'list recipes gpt2' can mean nothing else.
        if (kind == Recipe || (kind == "recipes" && name is not null))
            return name is null ? [Fault.ArgumentMissing("NAME", "gpt2")] : [];
        if (kind is null || Kinds.Any(k => k.Kind == kind) || IsKnown(kind))
            return name is null ? [] : [Fault.ArgumentUnknown(name)];
        var names = Kinds.SelectMany(k => k.Names().Select(known => known.Name.Split('(')[0]).Prepend(k.Kind));
        var fault = Fault.ArgumentInvalid("KIND", kind, Known);
        return Catalogue.Nearest(names, kind) is { } meant
            ? [fault with { Message = $"{fault.Message.TrimEnd('.')}; did you mean {meant}?" }]
            : [fault];
    }
}

/// <summary><c>devices</c>: where tensors can be made.</summary>
internal sealed class DevicesCommand : Command
{
    internal DevicesCommand()
        : base("devices", "List the devices that this machine has.") =>
        SetAction(_ =>
        {
            Display.Table("Devices", Catalogue.Devices());
            return Invocation.Done;
        });
}
