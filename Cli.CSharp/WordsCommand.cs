using System.CommandLine;
using Initializers.Models;
using Initializers.Stateful;

namespace Initializers.Cli;

/// <summary><c>words</c>: the random words themselves.</summary>
internal sealed class WordsCommand : RequestCommand
{
    private readonly Option<string> seed;
    private readonly Option<string> stream;
    private readonly Option<string> count;
    private readonly Option<string> kind;

    internal WordsCommand()
        : base(
            "words",
            "Write random words to standard output. They are little-endian 32-bit words of Philox4x32-10, endlessly unless a count is given.",
            """
            initializers words --seed 42 --count 4 | od -An -tx4
            initializers words --seed 42 --stream h.0.attn.c_attn.weight | RNG_test stdin32
            initializers words --seed 42 --kind children | dieharder -a -g 200
            """
        )
    {
        seed = Word("--seed", "N", "the seed's key, 0 to 2^64-1, decimal or 0x hexadecimal", required: true);
        stream = Word("--stream", "NAME", "the seed's stream of this name");
        count = Word("--count", "N", "the number of words; endless without it");
        kind = Word(
            "--kind",
            "K",
            $"which words, one of {string.Join(", ", RandomWords.Kinds)} (default elements); docs/words.md describes them"
        );
    }

    internal override IReadOnlyList<Fault> Faults(ParseResult result) =>
        RandomWords.Faults(result.Text(seed), result.Text(stream), result.Text(count), result.Text(kind));

    internal override Fault Worded(Fault fault, ParseResult result) =>
        fault.Code == "cancelled" ? Streamed(fault) : base.Worded(fault, result);

    protected override void Run(ParseResult result, CancellationToken token)
    {
        using var stdout = StandardStreams.OpenOutput();
        RandomWords.Write(stdout, result.Text(seed), result.Text(stream), result.Text(count), result.Text(kind), token);
    }
}
