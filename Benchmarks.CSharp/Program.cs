using BenchmarkDotNet.Running;
using Initializers.Benchmarks;
using Initializers.Peers;

const string Usage = """
    usage: dotnet run -c Release --project Benchmarks.CSharp -- ratios [--short] [--only LINE,LINE] [--least SHARE] [--json FILE]
           dotnet run -c Release --project Benchmarks.CSharp -- samples LIBRARY DISTRIBUTION DTYPE COUNT
           dotnet run -c Release --project Benchmarks.CSharp -- [BenchmarkDotNet's options, such as --filter '*Laws*']

    ratios       measures this library against its peers in one process, in turns, and prints the table
      --short    fewer samples: a minute instead of three
      --only     some lines of it
      --least    ends with 1 where a line is under this share of its target, or, without AVX-512 or where the peer is not at
                 its rate on record, slower than the peer, in three measurements; without --least, with 3 where a target is
                 missed
      --json     writes the table to a file, too

    samples      writes elements of ours, torchsharp, mathnet or tensors as raw bytes, for tools/samplers.py

    Lines: {0}
    """;

if (args is not ["process", "nothing"])
{
    NativeLibraries.Prepare();
}

switch (args)
{
    case ["for-parent", var effort, .. var works]:
        Ratios.PrintForParent(works, effort == "--short" ? Effort.Short : Effort.Whole);
        return 0;
    case ["process", var work]:
        Processes.Work(work);
        return 0;
    case ["samples", var library, var distribution, var dtype, var count]:
        Samples.Write(
            library,
            distribution,
            Enum.Parse<Initializers.DType>(dtype, ignoreCase: true),
            long.Parse(count, System.Globalization.CultureInfo.InvariantCulture)
        );
        return 0;
    case ["ratios", .. var options]:
        return Run(options);
    case [] or ["--help" or "-h" or "-?"]:
        Console.WriteLine(Usage.Replace("{0}", string.Join(", ", Ratios.Keys), StringComparison.Ordinal));
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Laws).Assembly).Run(args);
        return 0;
}

static int Run(string[] options)
{
    Effort effort = Effort.Whole;
    string[] keys = [.. Ratios.Keys];
    string? json = null;
    double? least = null;
    for (int i = 0; i < options.Length; i++)
    {
        switch (options[i])
        {
            case "--short":
                effort = Effort.Short;
                break;
            case "--only" when i + 1 < options.Length:
                keys = options[++i].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                break;
            case "--json" when i + 1 < options.Length:
                json = options[++i];
                break;
            case "--least"
                when i + 1 < options.Length
                    && double.TryParse(
                        options[++i],
                        System.Globalization.CultureInfo.InvariantCulture,
                        out double share
                    ):
                least = share;
                break;
            default:
                Console.Error.WriteLine($"'{options[i]}' is no option of ratios, or its value is missing; see --help.");
                return 2;
        }
    }

    string[] unknown = [.. keys.Except(Ratios.Keys)];
    if (unknown.Length > 0)
    {
        Console.Error.WriteLine(
            $"no such line: {string.Join(", ", unknown)}. There are {string.Join(", ", Ratios.Keys)}."
        );
        return 2;
    }

    List<Measurement> lines = Ratios.Measure(keys, effort);
    Console.WriteLine();
    Console.WriteLine(Ratios.Verdict(lines));
    if (json is not null)
    {
        Ratios.WriteJson(json, lines);
    }

    if (least is not { } bound)
    {
        return lines.TrueForAll(line => line.Passed) ? 0 : 3;
    }

    // Others may have used the machine, which two more measurements tell.
    Measurement[] under = Under(lines);
    for (int again = 0; again < 2 && under.Length > 0; again++)
    {
        Console.WriteLine();
        under = Under(Ratios.Measure([.. under.Select(line => line.Key)], effort));
    }

    Measurement[] Under(IEnumerable<Measurement> measured) =>
        [.. measured.Where(line => !line.IsEnough(bound, Ratios.IsComparable))];

    foreach (Measurement line in under)
    {
        Console.WriteLine($"{line.Key}: {line.Reached:P0} of the target, which is too little");
    }

    return under.Length == 0 ? 0 : 1;
}
