using System.CommandLine;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>list</c>: what can be named.</summary>
internal sealed class ListCommand : RequestCommand
{
    /// <summary>The kinds of names, each with what prints it.</summary>
    private static readonly (string Kind, Action Show)[] Kinds =
    [
        ("initializers", () => Display.Table("Initializers", Catalogue.Initializers)),
        ("recipes", () => Display.Table("Recipes", Catalogue.Recipes)),
        ("models", () => Display.Table("Models", Catalogue.Models)),
        ("fan_modes", () => Display.Table("Fan modes", Catalogue.FanModes)),
        ("layouts", () => Display.Table("Layouts", Catalogue.Layouts)),
        (
            "roles",
            () =>
                Display.Table(
                    "Layouts by a role for each axis, such as out,in,spatial,spatial,groups:8",
                    Catalogue.Roles
                )
        ),
        ("nonlinearities", () => Display.Table("Nonlinearities, as in gain=relu", Catalogue.Nonlinearities)),
        ("dtypes", () => Display.Table("Dtypes", Catalogue.DTypes)),
    ];

    private const string Recipe = "recipe";

    private static readonly string Known =
        $"one of {string.Join(", ", Kinds.Select(k => k.Kind))}, or recipe and a name";

    private readonly Argument<string> kind;
    private readonly Argument<string> name;

    internal ListCommand()
        : base(
            "list",
            "List initializers with their parameters and defaults, recipes, models, fan modes, layouts, nonlinearities and dtypes; or show the rules of one recipe.",
            """
            initializers list
            initializers list recipes
            initializers list recipe gpt2
            """
        )
    {
        kind = Operand("KIND", Known);
        name = Operand("NAME", "the recipe");
        kind.Arity = ArgumentArity.ZeroOrOne;
        name.Arity = ArgumentArity.ZeroOrOne;
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
        if (asked == Recipe)
            Console.Write(Catalogue.RecipeJson(result.Text(name)!));
        else
            foreach (var (_, show) in Kinds.Where(k => asked is null || k.Kind == asked))
                show();
    }

    private static Fault[] Faults(string? kind, string? name)
    {
        if (kind == Recipe)
            return name is null ? [Fault.ArgumentMissing("NAME", "gpt2")] : [];
        if (kind is not null && Kinds.All(k => k.Kind != kind))
            return [Fault.ArgumentInvalid("KIND", kind, Known)];
        return name is null ? [] : [Fault.ArgumentUnknown(name)];
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
