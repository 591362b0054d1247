using System.CommandLine;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>inspect</c>: what is in a file of tensors.</summary>
internal sealed class InspectCommand : RequestCommand
{
    private readonly Argument<string[]> files;
    private readonly Option<bool> wide;
    private readonly Option<bool> json;

    internal InspectCommand()
        : base(
            "inspect",
            "Show the tensors of files, with statistics. The files may be of any program (safetensors, npy, npz, ONNX, PyTorch, TorchSharp). Each tensor has its dtype, shape, mean, standard deviation, extremes, zeros, values that are not finite, and the earlier tensor of the same bytes. Files are read once, in bounded memory, and nothing in them is run.",
            """
            initializers inspect gpt2.safetensors
            initializers inspect step0.safetensors step100.safetensors
            initializers inspect gpt2.safetensors --json | jq '.tensors[] | select(.non_finite > 0).name'
            """
        )
    {
        files = new Argument<string[]>("FILE")
        {
            Description =
                "a .safetensors, .npy, .npz, .pt, .pth, .dat or .onnx file; or the index or the folder of a model in several files",
            Arity = ArgumentArity.OneOrMore,
        };
        Arguments.Add(files);
        wide = Flag(
            "--wide",
            "one line a tensor, in columns, as a pipe gets it; a terminal gets repeated layers in one line"
        );
        json = Flag(
            "--json",
            "write one JSON document instead of a table: with several files a list of their documents"
        );
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        Paths(result) is [] ? Inspection.Faults(null) : [.. Paths(result).SelectMany(Inspection.Faults)];

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var paths = Paths(result);
        var faults = Faults(result);
        if (faults.Count > 0 && paths.Count > 1)
            throw new InitializerException(faults);
        List<Inspection> inspections =
        [
            .. paths.Select(path => Display.Progress("inspecting", progress => Inspection.Load(path, progress, token))),
        ];
        if (result.GetValue(json))
        {
            // The console's stream ignores a reader that leaves early, which is not a fault here.
            using var stdout = StandardStreams.OpenReport();
            InspectionJson.Write(stdout, inspections);
            return;
        }

        var isWide = result.GetValue(wide) || Console.IsOutputRedirected;
        foreach (var inspection in inspections)
        {
            if (inspections.Count > 1)
                Console.WriteLine(
                    $"{(inspection == inspections[0] ? "" : "\n")}==> {Display.Line(inspection.Path)} <=="
                );
            InspectionTable.Write(Console.Out, inspection, isWide ? null : Display.Width(80));
        }
    }

    private List<string> Paths(ParseResult result) => [.. result.GetResult(files)?.Tokens.Select(t => t.Value) ?? []];
}
