using System.CommandLine;
using System.Text;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>tables</c>: the tables by which distributions are drawn.</summary>
internal sealed class TablesCommand : RequestCommand
{
    private readonly Argument<string[]> specs = new("SPEC")
    {
        Description = "distributions that are drawn by a table: truncated_normal, cauchy, exp(normal), …",
        Arity = ArgumentArity.OneOrMore,
    };

    internal TablesCommand()
        : base(
            "tables",
            "Write the tables of distributions as JSON. They are the tables of quantiles by which distributions are drawn: what reference/initializers.py needs to compute them.",
            """
            initializers tables 'truncated_normal(lower=-3, upper=3)' 'exp(normal)' > tables.json
            python3 reference/initializers.py needs m.safetensors | xargs -d '\n' initializers tables > tables.json
            """
        )
    {
        Arguments.Add(specs);
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) => QuantileTables.Faults(Specs(result));

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var json = QuantileTables.ToJson(Specs(result));
        using var stdout = StandardStreams.OpenReport();
        stdout.Write(Encoding.UTF8.GetBytes(json));
    }

    private IEnumerable<string> Specs(ParseResult result) =>
        result.GetResult(specs)?.Tokens.Select(token => token.Value) ?? [];
}
