using System.CommandLine;
using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>finish</c>: a model of the parts that ranks wrote.</summary>
internal sealed class FinishCommand : RequestCommand
{
    private readonly Argument<string> folder;
    private readonly Option<bool> force;

    internal FinishCommand()
        : base(
            "finish",
            "Join the parts of a model that ranks of 'init' wrote. The checksums of all parts in a folder are compared, the files get their names, and the index is written. The files do not depend on the number of ranks. Run it once, after all ranks have ended; a whole model has its checksums compared once more.",
            """
            initializers init gpt2 --seed 42 --rank 0 --world-size 2 --out gpt2
            initializers init gpt2 --seed 42 --rank 1 --world-size 2 --out gpt2
            initializers finish gpt2
            """
        )
    {
        folder = Operand("FOLDER", "the folder into which the ranks wrote");
        force = Flag("--force", "replace the files of an old model in the folder");
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        result.Text(folder) is null ? [Fault.ArgumentMissing("FOLDER", "llama")] : [];

    internal override Fault Worded(Fault fault, ParseResult result) =>
        fault.Code == "run-differs"
            ? fault with
            {
                Message = fault.Message.Replace(
                    "give the request of that run, allow overwriting, or give another folder",
                    "run all ranks again with one request (init --force)",
                    StringComparison.Ordinal
                ),
            }
            : base.Worded(fault, result);

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var clock = Stopwatch.StartNew();
        var place = result.Text(folder)!;
        var files = Display.Progress(
            "comparing",
            progress => WrittenFiles.Finish(place, result.GetValue(force), progress, token)
        );
        if (StandardStreams.HasOutput)
            Console.WriteLine(
                $"{Display.Line(place)}: {Display.Bytes(files.Bytes)} in {Display.Many(files.Files.Count(name => name.EndsWith(".safetensors", StringComparison.Ordinal)), "file")}, "
                    + $"all checksums are right, {clock.Elapsed.TotalSeconds:F1} s"
            );
    }
}
