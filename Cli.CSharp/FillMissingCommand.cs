using System.CommandLine;
using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>fill-missing</c>: a checkpoint with the tensors that it lacks.</summary>
internal sealed class FillMissingCommand : RequestCommand
{
    private readonly Argument<string> architecture;
    private readonly Argument<string> checkpoint;
    private readonly Option<string> recipe;
    private readonly Option<string> seed;
    private readonly Option<string> output;
    private readonly Option<string> extra;
    private readonly Option<string> dtype;
    private readonly Option<string> device;
    private readonly Option<bool> force;
    private readonly Option<bool> explain;
    private readonly Option<bool> json;

    internal FillMissingCommand()
        : base(
            "fill-missing",
            "Initialize the tensors that a checkpoint lacks. They are those that an architecture has and the checkpoint does not, such as a new head; the others are copied byte for byte. A new tensor has the bits that init gives it in the whole architecture. The file is whole or absent, and verify generates the new tensors again.",
            """
            initializers fill-missing classifier.json bert.safetensors --recipe bert --seed 42 --out start.safetensors
            initializers fill-missing classifier.json bert.safetensors --recipe bert --explain
            initializers fill-missing model.json ./Llama-3.2-1B --recipe llama_hf --extra drop --seed 42 --out start.safetensors
            """
        )
    {
        architecture = Operand("ARCHITECTURE", "the model with all of its tensors: whatever 'init' takes");
        checkpoint = Operand(
            "CHECKPOINT",
            "the .safetensors file whose tensors are copied, or the index, the folder or one shard of several"
        );
        recipe = Word("--recipe", "NAME", "rules for the missing tensors, as for 'init'");
        seed = Word("--seed", "N", "the seed's key, as for 'init'; required unless --explain");
        output = Word("--out", "FILE", "the .safetensors file to write; required unless --explain");
        extra = Word(
            "--extra",
            "keep|drop",
            "keep or drop tensors that the architecture lacks, which are errors otherwise"
        );
        dtype = Word("--dtype", "T", "the float type of the new tensors, instead of the architecture's");
        device = Word("--device", "D", "cpu (default), cuda:N, gpu:N or opencl:N; the bits are the same");
        force = Flag("--force", "replace an existing file, but none of the checkpoint");
        explain = Flag("--explain", "list the tensors that would be made and copied, and write nothing");
        json = Flag("--json", "write one JSON document instead of text");
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        result.GetValue(explain) ? Request(result).ExplainFaults() : Request(result).Faults();

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var request = Request(result);
        var isJson = result.GetValue(json);
        if (result.GetValue(explain))
        {
            var model = request.Explain();
            if (isJson)
                FilledModelReport.Json(model);
            else
                FilledModelReport.Table(model);
            return;
        }

        var clock = Stopwatch.StartNew();
        var filled = Display.Progress("completing", progress => request.Write(progress, token));
        if (isJson)
            FilledModelReport.Json(filled);
        else if (StandardStreams.HasOutput)
            Console.WriteLine(
                $"{Display.Line(request.Out!)}: {FilledModelReport.Summary(filled)}, "
                    + $"{Display.Bytes(InitCommand.Size(request.Out!))}, {clock.Elapsed.TotalSeconds:F1} s"
            );
    }

    internal override Fault Worded(Fault fault, ParseResult result) =>
        fault.Code switch
        {
            "checkpoint-extra" => fault with
            {
                Message = fault.Message.Replace("(extra)", "(--extra keep|drop)", StringComparison.Ordinal),
            },
            "recipe-missing" => fault with
            {
                Message = fault.Message.Replace("name a recipe", "name a recipe (--recipe)", StringComparison.Ordinal),
            },
            _ => base.Worded(fault, result),
        };

    private FillMissingRequest Request(ParseResult result) =>
        new()
        {
            Architecture = result.Text(architecture),
            Checkpoint = result.Text(checkpoint),
            Recipe = result.Text(recipe),
            Seed = result.Text(seed),
            DType = result.Text(dtype),
            Device = result.Text(device),
            Out = result.Text(output),
            Extra = result.Text(extra),
            Overwrite = result.GetValue(force),
        };
}
