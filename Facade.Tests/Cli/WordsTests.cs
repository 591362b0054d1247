using System.Runtime.InteropServices;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary>The kinds of <c>words</c>, run as processes.</summary>
public sealed class WordsTests : InFolder
{
    private uint[] Words(params string[] more)
    {
        var run = Run(["words", "--seed", "41", .. more]);
        Assert.Equal(0, run.ExitCode);
        return MemoryMarshal.Cast<byte, uint>(run.Output).ToArray();
    }

    [Fact]
    public void EachKindIsAnotherSequence()
    {
        var found = RandomWords.Kinds.Select(kind => Words("--count", "9", "--kind", kind)).ToArray();
        Assert.Equal(8, found.Length);
        Assert.All(found, words => Assert.Equal(9, words.Length));
        // the first block of the key, in three of them
        Assert.Equal(6, found.Select(words => words[3]).Distinct().Count());
        Assert.Equal(8, found.Select(words => words[8]).Distinct().Count());
        Assert.Equal(Words("--count", "9"), found[0]);
    }

    [Fact]
    public void KeysAndChildrenAreWordsOfOtherSeeds()
    {
        var next = MemoryMarshal.Cast<byte, uint>(Run("words", "--seed", "42", "--count", "4").Output).ToArray();
        Assert.Equal(next, Words("--count", "8", "--kind", "keys")[4..]);
        var child = Words("--count", "2", "--stream", "7");
        var children = Words("--count", "1008", "--kind", "children");
        Assert.Equal(child, new[] { children[7], children[1007] });
    }

    [Fact]
    public void AnUnknownKindIsRefusedWithTheKnownOnes()
    {
        var run = Run("words", "--seed", "1", "--kind", "Keys", "--count", "x");
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Equal(["argument-invalid", "argument-invalid"], run.Codes);
        Assert.Contains("key_bits", string.Join('\n', run.Errors), StringComparison.Ordinal);
        Assert.Equal("argument-invalid", Assert.Single(RandomWords.Faults("1", kind: "")).Code);
    }
}
