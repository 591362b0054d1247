using System.CommandLine;
using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>init</c>: a model's weights.</summary>
internal sealed class InitCommand : RequestCommand
{
    private readonly Argument<string> blueprint;
    private readonly Option<string> seed;
    private readonly Option<string> output;
    private readonly Option<string> maxShardSize;
    private readonly Option<string> unmatched;
    private readonly Option<string> recipe;
    private readonly Option<string> device;
    private readonly Option<string> dtype;
    private readonly Option<string> rank;
    private readonly Option<string> worldSize;
    private readonly Option<bool> force;
    private readonly Option<bool> resume;
    private readonly Option<bool> explain;
    private readonly Option<bool> wide;
    private readonly Option<bool> json;

    internal InitCommand()
        : base(
            "init",
            "Write a model's initial weights as a safetensors file. Tensor N is filled from the seed's stream N, so its weights depend on its name alone. A file is whole or absent, and its metadata holds the seed, the bits version and each tensor's initializer.",
            """
            initializers init gpt2 --seed 42 --out gpt2.safetensors
            initializers init gpt2 --explain
            initializers init llama3_2_1b --seed 42 --max-shard-size 1GB --out llama
            initializers init llama3_2_1b --seed 42 --rank 0 --world-size 2 --out llama
            initializers init trained.safetensors --recipe gpt2 --seed 42 --out fresh.safetensors
            initializers init model.safetensors.index.json --recipe llama_hf --seed 42 --out fresh.safetensors
            initializers init model.onnx --recipe my-rules.json --seed 42 --out fresh.onnx
            initializers init architecture.json --recipe my-rules.json --seed 42 --dtype bfloat16 --out w.safetensors
            """
        )
    {
        blueprint = Operand(
            "BLUEPRINT",
            "a model that 'list models' shows, such as gpt2; or JSON: tensors with rules or a recipe; or an architecture with --recipe: JSON (name -> dtype, shape) or a .safetensors file, whose header alone is read; the index of a model in several such files, or their folder; or an .onnx file; or Keras's model.to_json(), which has initializers"
        );
        seed = Word("--seed", "N", "the seed's key, 0 to 2^64-1, decimal or 0x hexadecimal; required unless --explain");
        output = Word(
            "--out",
            "FILE",
            "the .safetensors, .npz (NumPy), .dat (TorchSharp) or .onnx file to write, or the folder with --max-shard-size, --rank or --resume; required unless --explain"
        );
        maxShardSize = Word(
            "--max-shard-size",
            "SIZE",
            "write a folder of files with up to this size of data, such as 5GB, and model.safetensors.index.json; a larger tensor is alone in its file"
        );
        unmatched = Word(
            "--unmatched",
            "keep",
            "with an .onnx file: leave initializers that no rule matches as they are, such as constants; without it each is an error"
        );
        recipe = Word(
            "--recipe",
            "NAME",
            "rules of a family of models, which 'list recipes' shows, or a JSON file of rules"
        );
        device = Word("--device", "D", "cpu (default), cuda:N, gpu:N or opencl:N; the bits are the same");
        dtype = Word(
            "--dtype",
            "T",
            "float32, float16, bfloat16, float64 or a float8 type, such as float8_e4m3fn, instead of the file's; integers keep their type"
        );
        rank = Word(
            "--rank",
            "R",
            "write only this process's part of a folder, of several processes counted from 0; by default the launcher's, of torchrun, Open MPI, PMI or Slurm. Then run 'initializers finish FOLDER' once"
        );
        worldSize = Word("--world-size", "W", "the number of processes of --rank");
        resume = Flag(
            "--resume",
            "continue an interrupted run into a folder: files whose checksums are right are kept, the others are written"
        );
        force = Flag("--force", "replace an existing file; with --max-shard-size, all files of a model in the folder");
        explain = Flag(
            "--explain",
            "show each tensor's distribution, expression, rule and source, and write nothing; a terminal gets repeated layers in one entry"
        );
        wide = Flag("--wide", "with --explain: one line a tensor, in columns, as a pipe gets it");
        json = Flag("--json", "with --explain: one JSON document");
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        result.GetValue(explain) ? Request(result).ExplainFaults() : Request(result).Faults();

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var request = Request(result);
        if (result.GetValue(explain))
        {
            var explanations = request.Explain();
            if (result.GetValue(json))
                ExplanationReport.Json(explanations);
            else if (result.GetValue(wide) || Console.IsOutputRedirected)
                ExplanationReport.Table(explanations);
            else
                ExplanationReport.Folded(explanations);
            return;
        }

        var clock = Stopwatch.StartNew();
        var model = Display.Progress("initializing", progress => request.Write(progress, token));
        if (!StandardStreams.HasOutput)
            return;
        var place = Display.Line(request.Out!);
        foreach (var stale in model.Files.Removed)
            Console.WriteLine($"{place}: removed {stale}, which a killed run had left");
        var seconds = $"{clock.Elapsed.TotalSeconds:F1} s";
        if (model.WorldSize > 1)
        {
            var launcher = model.Launcher is null ? "" : $" ({model.Launcher})";
            Console.WriteLine(
                $"{place}: rank {model.Rank} of {model.WorldSize}{launcher} wrote {Display.Bytes(model.Files.Bytes)}{(model.Files.Kept.Count > 0 ? ", of which some were there" : "")}, "
                    + $"{seconds}; after all ranks, run 'initializers finish {place}'"
            );
            return;
        }

        string[] names = [.. model.Files.Files.Where(name => !name.EndsWith(".json", StringComparison.Ordinal))];
        var isFolder = Directory.Exists(request.Out);
        var bytes = names.Sum(name => Size(isFolder ? Path.Combine(request.Out!, name) : name));
        var values = model.Tensors.Sum(t => t.Shape.Aggregate(1L, (a, b) => a * b));
        Console.WriteLine(
            $"{place}: {Display.Many(model.Tensors.Count, "tensor")}, {Display.Many(values, "value")}, "
                + $"{Display.Bytes(bytes)}{(isFolder ? $" in {Display.Many(names.Length, "file")}" : "")}{Kept(model.Files)}, {seconds}"
        );
    }

    /// <summary>How many files were not written again.</summary>
    private static string Kept(WrittenFiles files) =>
        files.Kept.Count == 0
            ? ""
            : $" ({files.Kept.Count} of {Display.Many(files.Files.Count(name => !name.EndsWith(".json", StringComparison.Ordinal)), "file")} kept)";

    /// <summary>A missing recipe is named here by an option.</summary>
    internal override Fault Worded(Fault fault, ParseResult result) =>
        fault.Code switch
        {
            "recipe-missing" => fault with
            {
                Message = fault.Message.Replace("name a recipe", "name a recipe (--recipe)", StringComparison.Ordinal),
            },
            "run-unfinished" => fault with
            {
                Message = fault
                    .Message.Replace(
                        "resume it with the same request",
                        "continue it with the same request and --resume",
                        StringComparison.Ordinal
                    )
                    .Replace("allow overwriting", "replace them (--force)", StringComparison.Ordinal),
            },
            "run-differs" => fault with
            {
                Message = fault.Message.Replace(
                    "allow overwriting",
                    "replace them (--force)",
                    StringComparison.Ordinal
                ),
            },
            "format-unknown" => fault with
            {
                Message = $"{fault.Message} A folder needs --max-shard-size, --rank or --resume.",
            },
            "cancelled" when result.Text(output) is { } place && Directory.Exists(place) => fault with
            {
                Message =
                    result.GetValue(resume) || result.Text(rank) is not null
                        ? "the request was cancelled; what was finished stays, and --resume continues it."
                        : "the request was cancelled; what it wrote was removed, and with --force the files that it replaced.",
            },
            _ => base.Worded(fault, result),
        };

    /// <summary>The size of a file, of a link that of its target.</summary>
    internal static long Size(string path) =>
        (
            File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true) as FileInfo ?? new FileInfo(path)
        ).Length;

    private ModelRequest Request(ParseResult result) =>
        new()
        {
            Blueprint = result.Text(blueprint),
            Seed = result.Text(seed),
            Out = result.Text(output),
            Recipe = result.Text(recipe),
            Device = result.Text(device),
            DType = result.Text(dtype),
            MaxShardSize = result.Text(maxShardSize),
            Rank = result.Text(rank),
            WorldSize = result.Text(worldSize),
            Launched = true,
            Resume = result.GetValue(resume),
            Unmatched = result.Text(unmatched),
            Overwrite = result.GetValue(force),
        };
}
