namespace Initializers.FSharp

open Initializers

/// <summary>A sequence of 32-bit random words, for batteries of statistical tests: a stream's words, or words of many keys and
/// streams in turn.</summary>
[<RequireQualifiedAccess>]
type WordKind =
    /// <summary>The words of elements 0, 1, 2, … of one stream.</summary>
    | Elements
    /// <summary>The second words of the same elements, which float64 elements take in addition.</summary>
    | Companions
    /// <summary>Auxiliary words 0, 1, 2, … of one stream, from which matrices, masks and permutations are made.</summary>
    | Auxiliary
    /// <summary>Word 0 of each of 1,000 child streams, named 0 to 999, then word 1 of each, and so on.</summary>
    | Children
    /// <summary>The first four words of the key, of the key + 1, of the key + 2, … modulo 2^64.</summary>
    | Keys
    /// <summary>The first four words of the stream, of the stream + 1, of the stream + 2, … modulo 2^64.</summary>
    | Streams
    /// <summary>Word 0 of the key and of the 64 keys that differ from it in one bit, lowest bit first, then word 1 of each, and so
    /// on.</summary>
    | KeyBits
    /// <summary>Standard normals of float32, two for each word: floor(2^16 Φ(z)) of element 2i above that of element
    /// 2i + 1.</summary>
    | Normals

/// <summary>Names of the kinds of words, and the words.</summary>
[<RequireQualifiedAccess>]
module WordKind =
    /// <summary>The kinds with their names, such as <c>key_bits</c>.</summary>
    [<CompiledName "Known">]
    val known: (string * WordKind) list

    /// <summary>Returns the kind of a name.</summary>
    /// <returns>argument-invalid for another text.</returns>
    /// <example><code>WordKind.parse "children"</code></example>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<WordKind, InitError list>

    /// <summary>Writes words [offset, offset + words.Length) of the sequence into an array.</summary>
    /// <param name="kind">The sequence.</param>
    /// <param name="seed">The key and the stream that it begins with.</param>
    /// <param name="offset">The index of the first word.</param>
    /// <param name="words">The array, which is filled.</param>
    /// <returns>slice-out-of-range where the words are outside of [0, 2^62 - 1).</returns>
    /// <example><code>WordKind.fill WordKind.Children (Seed.ofUInt64 42UL) 0L (Array.zeroCreate 4096)</code></example>
    [<CompiledName "Fill">]
    val fill: kind: WordKind -> seed: Seed -> offset: int64 -> words: uint32[] -> Result<unit, InitError list>
