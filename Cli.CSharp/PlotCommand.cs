using System.CommandLine;
using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>plot</c>: pictures of weights.</summary>
internal sealed class PlotCommand : RequestCommand
{
    private const string Default = "plot.png";
    private const string PanelNames = "histogram, quantiles, heatmap or singular-values, with commas between";

    private static readonly Dictionary<string, int> PanelsByName = new()
    {
        ["histogram"] = 1,
        ["quantiles"] = 2,
        ["heatmap"] = 4,
        ["singular-values"] = 8,
    };

    private readonly Argument<string> subject;
    private readonly Option<string> output;
    private readonly Option<string> tensor;
    private readonly Option<string> compare;
    private readonly Option<string> panels;
    private readonly Option<string> recipe;
    private readonly Option<string> shape;
    private readonly Option<string> layout;
    private readonly Option<string> fanIn;
    private readonly Option<string> fanOut;
    private readonly Option<string> seed;
    private readonly Option<string> dtype;
    private readonly Option<string> width;
    private readonly Option<string> height;
    private readonly Option<bool> force;

    internal PlotCommand()
        : base(
            "plot",
            "Draw weights as a PNG or SVG picture. One tensor has a histogram with the expected distribution, quantiles, elements in colours and singular values. A model or file is a sheet with the histogram of each kind of tensor.",
            """
            initializers plot he_normal
            initializers plot orthogonal --shape 256,512 --out orthogonal.svg
            initializers plot "truncated_normal(stddev=0.02)" --compare "normal(stddev=0.02)"
            initializers plot gpt2 --out gpt2.png
            initializers plot gpt2 --tensor h.0.attn.c_attn.weight
            initializers plot model.safetensors --recipe llama_hf --out sheet.png
            initializers plot step100.safetensors --compare step0.safetensors --out trained.png
            """
        )
    {
        subject = Operand(
            "SUBJECT",
            "an initializer, such as he_normal; a model that 'list models' shows, or its JSON; or a file or folder of tensors"
        );
        output = Word("--out", "FILE", "the .png or .svg file to write (default plot.png)");
        tensor = Word(
            "--tensor",
            "PATTERN",
            "the tensors of a model or file to draw, such as h.0.*; without it one of those whose names differ in numbers alone"
        );
        compare = Word(
            "--compare",
            "OTHER",
            "lay another initializer, model or file over the first, by the tensors' names"
        );
        panels = Word("--panels", "NAMES", $"what to draw of one tensor: {PanelNames} (default all)");
        recipe = Word("--recipe", "NAME", "the rules of a model's or a file's tensors, as for 'init'");
        shape = Word("--shape", "SIZES", "sizes of an initializer's tensor (default 512,512)");
        layout = Word("--layout", "L", "fans from the shape, as for 'fill' (default oi for a matrix)");
        fanIn = Word("--fan-in", "X", "the number of inputs that reach one output");
        fanOut = Word("--fan-out", "Y", "the number of outputs that one input reaches");
        seed = Word("--seed", "N", "the seed's key (default 0)");
        dtype = Word("--dtype", "T", "the element type of what is drawn from a seed (default float32)");
        width = Word("--width", "PIXELS", "the width, 100 to 10000 (default by the number of panels)");
        height = Word("--height", "PIXELS", "the height, 100 to 10000 (default by the number of panels)");
        force = Flag("--force", "replace an existing file");
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result)
    {
        List<Fault> faults = [.. Request(result).Faults()];
        if (Compared(result) is { } other)
            faults.AddRange(other.Faults().Except(faults).Select(fault => OfCompared(fault, other)).ToList());
        // The default file is one fault less of what is wrong otherwise.
        if (faults.Count == 0 || result.Text(output) is not null)
            faults.AddRange(Picture(result).Faults());
        if (PanelsOf(result) is null)
            faults.Add(Fault.ArgumentInvalid("--panels", result.Text(panels)!, PanelNames));
        foreach (var option in new[] { width, height })
        {
            if (result.Text(option) is { } text && Pixels(result, option) is null)
                faults.Add(Fault.ArgumentInvalid(option.Name, text, "a whole number from 100 to 10000"));
        }

        return faults;
    }

    internal override Fault Worded(Fault fault, ParseResult result) =>
        fault is { Parameter: "tensors" } && fault.Message.StartsWith("tensors", StringComparison.Ordinal)
            ? fault with
            {
                Message = $"--tensor{fault.Message["tensors".Length..]}",
            }
            : base.Worded(fault, result);

    /// <summary>The other subject is an option's value.</summary>
    private static Fault OfCompared(Fault fault, SampleRequest other) =>
        fault is { Parameter: "subject" }
            ? new Fault(fault.Code, $"--compare{fault.Message["subject".Length..]}")
            : new Fault(fault.Code, $"{other.Subject}: {fault.Message}");

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var clock = Stopwatch.StartNew();
        var request = Request(result);
        var faults = Faults(result);
        // Faults of the subject alone are reported when it is read, with their exit code.
        if (faults.Count > request.Faults().Count)
        {
            if (faults.Count == Picture(result).Faults().Count)
                Picture(result).Validate();
            throw new InitializerException(faults);
        }

        var (kinds, compared, w, h) = Pictures.Draw(
            request,
            Compared(result),
            Picture(result),
            PanelsOf(result)!.Value,
            Pixels(result, width),
            Pixels(result, height),
            token
        );
        var what = kinds == 1 ? "1 tensor" : $"{kinds} kinds of tensors";
        if (compared > 0 && compared < kinds)
            what += $", {compared} of them compared";
        Console.WriteLine(
            $"{Display.Line(result.Text(output) ?? Default)}: {what}, {w} × {h} pixels, {clock.Elapsed.TotalSeconds:F1} s"
        );
    }

    private int? PanelsOf(ParseResult result)
    {
        if (result.Text(panels) is not { } text)
            return (int)PanelsByName.Values.Sum();
        var known = text.Split(',', StringSplitOptions.TrimEntries)
            .Select(name => PanelsByName.GetValueOrDefault(name))
            .ToList();
        return known.Contains(0) ? null : known.Aggregate((a, b) => a | b);
    }

    private static int? Pixels(ParseResult result, Option<string> option) =>
        int.TryParse(result.Text(option), out var pixels) && pixels is >= 100 and <= 10000 ? pixels : null;

    private SampleRequest? Compared(ParseResult result) =>
        result.Text(compare) is { } other ? Request(result) with { Subject = other } : null;

    private SampleRequest Request(ParseResult result) =>
        new()
        {
            Subject = result.Text(subject),
            Recipe = result.Text(recipe),
            Tensors = result.Text(tensor),
            Shape = result.Text(shape),
            Seed = result.Text(seed),
            DType = result.Text(dtype),
            FanIn = result.Text(fanIn),
            FanOut = result.Text(fanOut),
            Layout = result.Text(layout),
        };

    private PictureFile Picture(ParseResult result) =>
        new()
        {
            Path = result.Text(output) ?? Default,
            Overwrite = result.GetValue(force),
            Inputs = [.. new[] { result.Text(subject), result.Text(recipe), result.Text(compare) }.OfType<string>()],
        };
}
