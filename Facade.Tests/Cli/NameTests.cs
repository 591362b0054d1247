using System.Text;
using System.Text.Json;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Names from files, shown so that none passes for another.</summary>
public sealed class NameTests : InFolder
{
    /// <summary>A name and how it is shown.</summary>
    private static readonly (string Name, string Shown)[] Names =
    [
        ("safe\u202Ecod", "safe\\u202ecod"),
        ("a\u2028b", "a\\u2028b"),
        ("a\u2029b", "a\\u2029b"),
        ("x\u200By", "x\\u200by"),
        ("x\uFEFFy", "x\\ufeffy"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("soft\u00ADhyphen", "soft\\u00adhyphen"),
        ("no\u00A0break", "no\\u00a0break"),
        ("wide\u3000space", "wide\\u3000space"),
        ("esc\u001B[31m", "esc\\u001b[31m"),
        ("c1\u009B31m", "c1\\u009b31m"),
        ("line\nbreak", "line\\u000abreak"),
        ("private\uE000", "private\\ue000"),
        ("unassigned\u0378", "unassigned\\u0378"),
        ("noncharacter\uFFFE", "noncharacter\\ufffe"),
        ("tag\U000E0041", "tag\\U000e0041"),
        ("private\U000F0000", "private\\U000f0000"),
        ("filler\u3164", "filler\\u3164"),
        ("variant\uFE0F", "variant\\ufe0f"),
        ("joined\u034Fgraphemes", "joined\\u034fgraphemes"),
        ("\u0301first", "\\u0301first"),
        ("dot.\u0301mark", "dot.\\u0301mark"),
        // What would look like an escape.
        ("safe\\u202ecod", "safe\\\\u202ecod"),
        ("back\\\u202Eslash", "back\\\\\\u202eslash"),
        // What a reader sees stays as it is.
        ("back\\slash", "back\\slash"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("層.0.重み", "層.0.重み"),
        ("слой", "слой"),
        ("🙂", "🙂"),
        ("with space", "with space"),
    ];

    [Fact]
    public void InspectVerifyExplainAndErrorsShowEachNameOnceAndApart()
    {
        var tensors = new StringBuilder();
        foreach (var (name, _) in Names)
            tensors.Append($"{JsonSerializer.Serialize(name)}: {{\"dtype\": \"F32\", \"shape\": [1]}}, ");
        File.WriteAllText(
            At("m.json"),
            "{\"tensors\": {"
                + tensors.ToString().TrimEnd(' ', ',')
                + "}, \"rules\": [{\"pattern\": \"*\", \"spec\": \"normal\"}]}"
        );
        Assert.Equal(0, Run("init", "m.json", "--seed", "1", "--out", "w.safetensors").ExitCode);
        Shown(Run("init", "m.json", "--explain").Text);
        Shown(Run("inspect", "w.safetensors").Text);
        // Every tensor differs.
        var bytes = File.ReadAllBytes(At("w.safetensors"));
        for (var i = 1; i <= Names.Length; i++)
            bytes[^(4 * i)] ^= 1;
        File.WriteAllBytes(At("w.safetensors"), bytes);
        Shown(Run("verify", "w.safetensors").Text);
        foreach (var command in new[] { "inspect", "verify" })
        {
            var json = Run(command, "w.safetensors", "--json").Text;
            Assert.Equal(
                Names.Select(n => n.Name),
                JsonDocument
                    .Parse(json)
                    .RootElement.GetProperty("tensors")
                    .EnumerateArray()
                    .Select(t => t.GetProperty("name").GetString())
            );
            Assert.DoesNotContain(
                json,
                c => "\u202E\u200B\uFEFF\u2066\u00AD\u3164".Contains(c, StringComparison.Ordinal)
            );
        }

        File.WriteAllText(At("n.json"), "{\"tensors\": {" + tensors.ToString().TrimEnd(' ', ',') + "}, \"rules\": []}");
        var errors = Run("init", "n.json", "--explain").Errors;
        // Ten are named, and the others counted.
        Assert.Equal(11, errors.Length);
        Assert.All(
            Names.Take(10).Zip(errors),
            pair => Assert.Contains($"'{pair.First.Shown}'", pair.Second, StringComparison.Ordinal)
        );
    }

    private static void Shown(string text)
    {
        var lines = text.Split('\n');
        foreach (var (_, shown) in Names)
            Assert.Single(lines, line => line.StartsWith(shown + " ", StringComparison.Ordinal));
    }
}
