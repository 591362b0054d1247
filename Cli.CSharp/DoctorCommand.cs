using System.CommandLine;
using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>doctor</c>: whether a file of any framework was initialized right.</summary>
internal sealed class DoctorCommand : RequestCommand
{
    private readonly Argument<string> file;
    private readonly Option<string> recipe;
    private readonly Option<string> against;
    private readonly Option<string> rate;
    private readonly Option<string> html;
    private readonly Option<bool> force;
    private readonly Option<bool> json;

    internal DoctorCommand()
        : base(
            "doctor",
            "Find weights that were initialized wrongly. A checkpoint of any framework is examined for what is wrong before training: never written, constant, not finite, clipped, of low precision, rows or tensors that are copies of others, wrong buffers. With a recipe, each tensor is compared with the distribution that its rule promises; without one, the recipe is guessed. The exit code is 1 if there is a fault. The file is read once.",
            """
            initializers doctor model.safetensors
            initializers doctor model.safetensors --recipe gpt2
            initializers doctor step1.safetensors --against step0.safetensors
            initializers doctor ./Llama-3.2-1B --recipe llama_hf --html report.html
            initializers doctor model.safetensors --json | jq '.findings[] | select(.severity == "fault").tensor'
            """
        )
    {
        file = Operand(
            "FILE",
            "a .safetensors, .npy, .npz, .pt, .pth, .dat or .onnx file; or the index or the folder of a model in several files"
        );
        recipe = Word("--recipe", "NAME", "the rules that the tensors are to follow, as for 'init'");
        against = Word("--against", "FILE", "an earlier file: what changed, and whether this one descends from it");
        rate = Word(
            "--false-alarm-rate",
            "P",
            "the probability, at most, that a right file has a fault: above 0 and below 1, 1e-6 by default"
        );
        html = Word("--html", "OUT", "write a page with the report and histograms, too");
        force = Flag("--force", "replace an existing page");
        json = Flag("--json", "write one JSON document instead of text");
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) => Request(result).Faults();

    /// <summary>The page's parameter has another name here.</summary>
    internal override Fault Worded(Fault fault, ParseResult result) =>
        fault.Code == "output-is-input"
            ? fault with
            {
                Message = $"--html: {fault.Message}",
            }
            : base.Worded(fault, result);

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var clock = Stopwatch.StartNew();
        var request = Request(result);
        var diagnosis = Display.Progress("examining", progress => request.Examine(progress, token));
        if (request.Page is not null)
            request.SavePage(DoctorPage.Html(diagnosis));
        if (result.GetValue(json))
        {
            using var stdout = StandardStreams.OpenReport();
            DoctorJson.Write(stdout, diagnosis);
        }
        // The exit code answers where nobody reads.
        else if (StandardStreams.HasOutput)
        {
            DoctorReport.Write(Console.Out, diagnosis, clock.Elapsed);
        }

        diagnosis.EnsureRight();
    }

    private Doctor Request(ParseResult result) =>
        new()
        {
            File = result.Text(file),
            Recipe = result.Text(recipe),
            Against = result.Text(against),
            FalseAlarmRate = result.Text(rate),
            Page = result.Text(html),
            Overwrite = result.GetValue(force),
        };
}
