using System.Diagnostics;
using System.Globalization;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Mutations of well-formed command lines: each succeeds, or fails with codes, in a short time.
/// INITIALIZERS_FUZZ_MINUTES makes the run longer, INITIALIZERS_FUZZ_SEED makes it another.</summary>
public sealed class FuzzTests : InFolder
{
    private static readonly string[] Lines =
    [
        "init m.json --seed 42 --out m.safetensors",
        "init m.json --explain --recipe gpt2",
        "fill kaiming_normal --shape 5,3 --layout oi --seed 42 --out w.npy",
        "fill normal(mean=0,stddev=0.02) --shape 40 --offset 10 --count 4 --stream a --dtype bfloat16 --out w.safetensors",
        "fill glorot_uniform --shape 4,4 --fan-in 4 --fan-out 4 --device cpu --force --out -",
        "words --seed 0x2A --stream a --count 4",
        "inspect w.npy --json",
        "verify m.safetensors --device cpu",
        "list --json",
        "devices",
        "--version",
        "fill --help",
    ];

    private static readonly string[] Words =
    [
        "",
        "-",
        "--",
        "=",
        "--seed",
        "--sed",
        "--seed=",
        "--shape=4",
        "--out",
        "--help",
        "-h",
        "-x",
        "@m.json",
        "..",
        "m.json",
        "a\u202eb",
        "\uFFFD",
        "4,-1",
        "9223372036854775807",
        "18446744073709551616",
        "1e400",
        "nan",
        "zeros",
        "stacked(parts=[1:",
        "scale(2,",
    ];

    [Fact]
    public void EveryCommandLineIsDoneOrToldWithCodes()
    {
        var seed = Variable("INITIALIZERS_FUZZ_SEED") ?? 1;
        var minutes = Variable("INITIALIZERS_FUZZ_MINUTES");
        var clock = Stopwatch.StartNew();
        for (var number = 0; minutes is null ? number < 8 : clock.Elapsed.TotalMinutes < minutes; number++)
        {
            File.WriteAllText(
                At("m.json"),
                """{"tensors": {"a": {"dtype": "F32", "shape": [2, 3]}}, "rules": [{"pattern": "*", "spec": "normal"}]}"""
            );
            var words = Mutated(new Random(((int)seed * 7919) + number));
            var what = $"seed {seed}, number {number}: {string.Join(' ', words.Select(word => $"[{word}]"))}";
            var (code, errors) = CliProcess.Watched(CliProcess.Bounded(Folder, words), TimeSpan.FromMinutes(1));
            var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(code is >= 0 and <= 2, $"{what}: {code} {errors}");
            Assert.All(lines, line => Assert.True(Line().IsMatch(line), $"{what}: {line}"));
            Assert.True(code == 0 || lines.Length > 0, $"{what}: {code} without a reason");
        }
    }

    private static System.Text.RegularExpressions.Regex Line() => new(@"^error\[[a-z0-9-]+\]: .+$");

    private static double? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : null;

    private static string[] Mutated(Random random)
    {
        var words = Lines[random.Next(Lines.Length)].Split(' ').ToList();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(words.Count + 1);
            var other = random.Next(2) == 0 ? Words : Lines[random.Next(Lines.Length)].Split(' ');
            switch (random.Next(5))
            {
                case 0:
                    words.Insert(at, other[random.Next(other.Length)]);
                    break;
                case 1 when at < words.Count:
                    words.RemoveAt(at);
                    break;
                case 2 when at < words.Count:
                    words[at] = other[random.Next(other.Length)];
                    break;
                case 3 when at < words.Count:
                    words[at] = words[at].Insert(random.Next(words[at].Length + 1), Words[random.Next(Words.Length)]);
                    break;
                default:
                    words.Add(words[random.Next(words.Count)]);
                    break;
            }

            if (words.Count == 0)
                words.Add("list");
        }

        return [.. words];
    }
}
