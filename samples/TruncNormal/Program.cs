// What trunc_normal_ of TorchSharp and of Initializers.Torch fill a tensor with, as two histograms.
//
//     dotnet run -c Release --project samples/TruncNormal [picture.svg]
using System.Globalization;
using System.Text;
using Initializers.Torch;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

const int Rows = 1000,
    Columns = 1000,
    Bins = 100;
const double Limit = 0.1;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.random.manual_seed(42);

using Tensor w = torch.empty(Rows, Columns);
string theirs = Panel(20, "torch.nn.init.trunc_normal_(w, std: 0.02)", torch.nn.init.trunc_normal_(w, std: 0.02));
string ours = Panel(
    430,
    "torch_init.trunc_normal_(w, std: 0.02, seed: 42)",
    torch_init.trunc_normal_(w, std: 0.02, seed: 42)
);
string file = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "trunc-normal.svg");
File.WriteAllText(
    file,
    $$"""
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 220" font-family="sans-serif" font-size="13">
    <title>Histograms of trunc_normal_ of TorchSharp and of Initializers.Torch</title>
    <style>
    text { fill: #24292f } .code { font: 13px monospace } .axis { stroke: #8c959f; fill: none }
    .theirs { fill: #cf222e } .ours { fill: #0969da }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .theirs { fill: #ff7b72 } .ours { fill: #58a6ff } }
    </style>
    <g class="theirs">{{theirs}}</g>
    <g class="ours">{{ours}}</g>
    </svg>

    """
);
Console.WriteLine(file);

static string Panel(int left, string code, Tensor filled)
{
    const int Width = 370,
        Top = 50,
        Bottom = 190;
    float[] elements = filled.data<float>().ToArray();
    int[] counts = new int[Bins];
    foreach (float element in elements)
    {
        counts[(int)((element + Limit) / (2 * Limit) * Bins)]++;
    }

    double mean = Math.Round(elements.Average(x => (double)x), 4) + 0.0; // not -0
    double stddev = Math.Sqrt(elements.Average(x => (x - mean) * (x - mean)));
    Console.WriteLine(
        $"{code, -50} mean {mean:F4}, stddev {stddev:F4}, {elements.Distinct().Count():N0} different numbers"
    );

    double X(double value) => left + (value + Limit) / (2 * Limit) * Width;
    var bars = new StringBuilder();
    for (int bin = 0; bin < Bins; bin++)
    {
        double height = (double)counts[bin] / counts.Max() * (Bottom - Top);
        if (height >= 0.1)
        {
            bars.Append(
                $"M{X(-Limit + bin * 2 * Limit / Bins):0.#} {Bottom}v-{height:0.#}h{(double)Width / Bins:0.#}v{height:0.#}z"
            );
        }
    }

    var ticks = new StringBuilder();
    foreach (double tick in (double[])[-0.08, -0.04, 0, 0.02, 0.04, 0.08])
    {
        ticks.Append($"""<text x="{X(tick):0.#}" y="{Bottom + 18}" text-anchor="middle">{tick:0.##}</text>""");
    }

    double share = 100.0 * counts.Max() / elements.Length;
    return $"""

        <text class="code" x="{left}" y="20">{code}</text>
        <text x="{left}" y="38">mean {mean:0.000}, stddev {stddev:0.000}; highest bar {share:0.#} %</text>
        <path d="{bars}"/>
        <path class="axis" d="M{left} {Bottom}h{Width}"/>
        {ticks}

        """;
}
