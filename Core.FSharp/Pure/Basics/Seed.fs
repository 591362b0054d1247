namespace Initializers

open System

/// <summary>Where a stream of random words starts: a 64-bit key and a 64-bit stream of Philox4x32-10.</summary>
/// <remarks>Equal seeds give equal weights, on every device. Derive one seed a tensor with
/// <see cref="M:Initializers.Seed.Child(System.String)"/>, so that a tensor's weights depend on its name and not on
/// what else a model holds.</remarks>
/// <example><code>Seed layer = Seed.FromUInt64(42).Child("h.0.attn.c_attn.weight");</code></example>
[<Sealed; AllowNullLiteral(false)>]
type Seed(key: uint64, stream: uint64) =
    /// <summary>The Philox key: low and high 32-bit words.</summary>
    member _.Key = key

    /// <summary>The upper two words of the Philox counter.</summary>
    member _.Stream = stream

    /// <summary>Key <paramref name="key"/>, stream 0.</summary>
    static member FromUInt64(key: uint64) = Seed(key, 0UL)

    /// <summary>The same key on a named stream: the little-endian first 8 bytes of SHA-256 over the old stream
    /// (8 little-endian bytes) and the name in UTF-8.</summary>
    /// <exception cref="T:System.ArgumentNullException">The name is null.</exception>
    /// <exception cref="T:System.ArgumentException">The name is not valid Unicode: it holds half of a surrogate pair.
    /// UTF-8 has no bytes for it, and a stand-in would give many such names one stream.</exception>
    member _.Child(name: string) =
        ArgumentNullException.ThrowIfNull(name, nameof name)
        let utf8 = (Text.UTF8Encoding(false, true)).GetBytes name
        let message = Array.zeroCreate<byte>(8 + utf8.Length)
        Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(Span message, stream)
        utf8.CopyTo(message, 8)
        let digest = Security.Cryptography.SHA256.HashData message
        Seed(key, Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(ReadOnlySpan digest))

    /// <summary>Key <paramref name="key"/>, stream 0.</summary>
    static member op_Implicit(key: uint64) : Seed = Seed(key, 0UL)

    /// <summary>Key <paramref name="key"/>, 0 or more, stream 0.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The key is negative.</exception>
    static member op_Implicit(key: int) : Seed =
        ArgumentOutOfRangeException.ThrowIfNegative(key, nameof key)
        Seed(uint64 key, 0UL)

    /// <summary>Equal keys and streams.</summary>
    override _.Equals(other: obj | null) =
        match other with
        | :? Seed as o -> o.Key = key && o.Stream = stream
        | _ -> false

    /// <summary>A hash code of key and stream.</summary>
    override _.GetHashCode() = HashCode.Combine(key, stream)

    /// <summary>Key and stream, for messages.</summary>
    override _.ToString() = $"seed {key}, stream {stream}"

    interface IEquatable<Seed> with
        member _.Equals(other: Seed | null) =
            match other with
            | null -> false
            | o -> o.Key = key && o.Stream = stream
