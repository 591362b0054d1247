using System.CommandLine;
using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>verify</c>: whether a file holds the weights that its metadata say.</summary>
internal sealed class VerifyCommand : RequestCommand
{
    private readonly Argument<string> file;
    private readonly Option<bool> json;
    private readonly Option<string> device;

    internal VerifyCommand()
        : base(
            "verify",
            "Generate a file's weights again, and compare every byte. The metadata that init, fill or a program wrote say how. The file has a model, a tensor or a slice. Tensors that differ are listed, each with its first different element, and so are those that the metadata call not generated, such as trained or copied ones, which are no failure. A file without such metadata, or of another bits version, is refused. The file is read once, in bounded memory.",
            """
            initializers verify gpt2.safetensors
            initializers verify gpt2.safetensors --json | jq '.tensors[] | select(.different > 0).name'
            """
        )
    {
        file = Operand(
            "FILE",
            "a .safetensors file as init, fill or a program with this library wrote it; or the index or the folder of a model in several files"
        );
        json = Flag("--json", "write one JSON document, with every tensor");
        device = Word(
            "--device",
            "D",
            "cpu (default), cuda:N, gpu:N or opencl:N: where the weights are generated again"
        );
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        Verification.Faults(result.Text(file), Device(result));

    /// <summary>The bits version of a release is shown by an option.</summary>
    internal override Fault Worded(Fault fault, ParseResult result) =>
        fault.Code == "bits-version-unsupported"
            ? fault with
            {
                Message = $"{fault.Message} --version shows what a release generates.",
            }
            : base.Worded(fault, result);

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var clock = Stopwatch.StartNew();
        var verification = Display.Progress(
            "verifying",
            progress => Verification.Run(result.Text(file)!, Device(result), progress, token)
        );
        if (result.GetValue(json))
        {
            using var stdout = StandardStreams.OpenReport();
            VerificationReport.WriteJson(stdout, verification);
        }
        // The exit code answers where nobody reads.
        else if (StandardStreams.HasOutput)
        {
            VerificationReport.Write(Console.Out, verification, clock.Elapsed);
        }

        verification.EnsureEqual();
    }

    private Device? Device(ParseResult result) => result.Text(device) is { } name ? new Device(name) : null;
}
