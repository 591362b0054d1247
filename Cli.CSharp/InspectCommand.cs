using System.CommandLine;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>inspect</c>: what is in a file of tensors.</summary>
internal sealed class InspectCommand : RequestCommand
{
    private readonly Argument<string> file;
    private readonly Option<bool> json;

    internal InspectCommand()
        : base(
            "inspect",
            "Show the tensors of a safetensors or npy file from any program, each with its dtype, shape, mean, standard deviation, extremes, zeros, values that are not finite, and the earlier tensor of the same bytes. The file is read once, in bounded memory.",
            """
            initializers inspect gpt2.safetensors
            initializers inspect gpt2.safetensors --json | jq '.tensors[] | select(.non_finite > 0).name'
            """
        )
    {
        file = Operand(
            "FILE",
            "a .safetensors or .npy file, recognized by its first bytes; or the index or the folder of a model in several files"
        );
        json = Flag("--json", "write one JSON document instead of a table");
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) => Inspection.Faults(result.Text(file));

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var inspection = Display.Progress(
            "inspecting",
            progress => Inspection.Load(result.Text(file)!, progress, token)
        );
        if (result.GetValue(json))
        {
            // The console's stream ignores a reader that leaves early, which is not a fault here.
            using var stdout = StandardStreams.OpenReport();
            InspectionJson.Write(stdout, inspection);
        }
        else
        {
            InspectionTable.Write(Console.Out, inspection);
        }
    }
}
