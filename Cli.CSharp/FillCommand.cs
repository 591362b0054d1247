using System.CommandLine;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>fill</c>: one tensor, or a slice or box of one.</summary>
internal sealed class FillCommand : RequestCommand
{
    private readonly Argument<string> spec;
    private readonly Option<string> shape;
    private readonly Option<string> output;
    private readonly Option<string> seed;
    private readonly Option<string> stream;
    private readonly Option<string> dtype;
    private readonly Option<string> layout;
    private readonly Option<string> fanIn;
    private readonly Option<string> fanOut;
    private readonly Option<string> offset;
    private readonly Option<string> count;
    private readonly Option<string> box;
    private readonly Option<string> device;
    private readonly Option<bool> force;

    internal FillCommand()
        : base(
            "fill",
            "Write one tensor, or a part of it. The whole tensor, a slice or a box of it is written as .npy, .safetensors, .bin (raw little-endian) or to standard output.",
            """
            initializers fill "normal(mean=0, stddev=0.02)" --shape 1024,256 --seed 42 --out w.npy
            initializers fill "kaiming_normal(mode=fan_out, negative_slope=0.1)" --shape 64,3,7,7 --layout oihw --out conv.npy
            initializers fill glorot_uniform --shape 4096,4096 --fan-in 4096 --fan-out 4096 --dtype bfloat16 --out w.safetensors
            initializers fill permutation --shape 50000 --dtype int64 --seed 42 --out order.npy
            initializers fill kaiming_normal --shape 4096,4096 --layout oi --box :,1024:2048 --seed 42 --out rank1.safetensors
            initializers fill "uniform(low=-0.1, high=0.1)" --shape 1000000 --offset 10 --count 4 --out - | od -An -f
            """
        )
    {
        spec = Operand("SPEC", "the initializer, such as kaiming_normal(mode=fan_out); 'list' shows them");
        shape = Word("--shape", "SIZES", "sizes of the axes, such as 1024,256", required: true);
        output = Word(
            "--out",
            "FILE",
            "FILE.npy, FILE.safetensors, FILE.bin, or - for raw elements on standard output",
            required: true
        );
        seed = Word("--seed", "N", "the seed's key, 0 to 2^64-1, decimal or 0x hexadecimal (default 0)");
        stream = Word(
            "--stream",
            "NAME",
            "the seed's stream of this name, as init uses for the tensor of this name. Without it two files of one seed are made from the same draws: give each tensor of a model its name"
        );
        dtype = Word(
            "--dtype",
            "T",
            "float32 (default), float16, bfloat16, float64 or a float8 type, such as float8_e4m3fn; for whole numbers bool, int8 to int64 or uint8 to uint64"
        );
        layout = Word(
            "--layout",
            "L",
            "fans from the shape: oi, io, oihw, hwio, or each axis's role, such as stack,in,out"
        );
        fanIn = Word("--fan-in", "X", "the number of inputs that reach one output");
        fanOut = Word("--fan-out", "Y", "the number of outputs that one input reaches");
        offset = Word("--offset", "O", "first element of a slice, row-major");
        count = Word("--count", "C", "number of elements of a slice");
        box = Word(
            "--box",
            "RANGES",
            "the part of the tensor within a range for each axis, such as 0:512,128:256. 3: goes to the end, :5 starts at 0, : is the whole axis, -2: the last two. Fans are the whole tensor's; the file has the shape of the box"
        );
        device = Word("--device", "D", "cpu (default), cuda:N, gpu:N or opencl:N; the bits are the same");
        force = Flag("--force", "replace an existing file");
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        Request(result).Faults(result.Text(output), result.GetValue(force));

    /// <summary>Fans are given here by options, and what went to standard output stays there.</summary>
    internal override Fault Worded(Fault fault, ParseResult result) =>
        fault.Code switch
        {
            "fan-missing" or "layout-rank" => fault with
            {
                Message = fault
                    .Message.Replace("fan_in and fan_out", "--fan-in and --fan-out", StringComparison.Ordinal)
                    .Replace("give fan_in,", "give --fan-in,", StringComparison.Ordinal)
                    .Replace("give fan_out,", "give --fan-out,", StringComparison.Ordinal)
                    .Replace("or a layout that", "or a --layout, such as oi, that", StringComparison.Ordinal),
            },
            "argument-conflict" => fault with
            {
                Message = fault
                    .Message.Replace(
                        "a layout or fan_in and fan_out",
                        "--layout or --fan-in and --fan-out",
                        StringComparison.Ordinal
                    )
                    .Replace("a box or offset and count", "--box or --offset and --count", StringComparison.Ordinal),
            },
            "cancelled" when result.Text(output) is "-" => Streamed(fault),
            _ => base.Worded(fault, result),
        };

    protected override void Run(ParseResult result, CancellationToken token)
    {
        var request = Request(result);
        if (result.Text(output) is "-")
        {
            using var stdout = StandardStreams.OpenOutput();
            request.WriteTo(stdout, token);
            return;
        }

        Display.Progress(
            "filling",
            progress => request.Write(result.Text(output), result.GetValue(force), progress, token)
        );
    }

    private ArrayRequest Request(ParseResult result) =>
        new()
        {
            Initializer = result.Text(spec),
            Shape = result.Text(shape),
            Seed = result.Text(seed),
            Stream = result.Text(stream),
            DType = result.Text(dtype),
            Layout = result.Text(layout),
            FanIn = result.Text(fanIn),
            FanOut = result.Text(fanOut),
            Offset = result.Text(offset),
            Count = result.Text(count),
            Box = result.Text(box),
            Device = result.Text(device),
        };
}
