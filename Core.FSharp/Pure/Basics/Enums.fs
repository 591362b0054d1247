namespace Initializers

open System
open System.Runtime.InteropServices

/// <summary>The element type of a tensor.</summary>
/// <remarks>A float16 or bfloat16 element is the float32 element of the same seed rounded to nearest even and, for a bounded
/// law, moved inside its interval. A float64 is the same weight with more digits. So a change of type never changes which
/// weight a position gets.</remarks>
type DType =
    /// <summary>IEEE 754 binary32: 24 bits of precision, largest value 3.4028234663852886e38.</summary>
    | Float32 = 0
    /// <summary>IEEE 754 binary16 (<see cref="T:System.Half"/>): 11 bits of precision, largest value 65504.</summary>
    | Float16 = 1
    /// <summary>The upper half of a binary32: 8 bits of precision, largest value 3.3895313892515355e38.</summary>
    | BFloat16 = 2
    /// <summary>IEEE 754 binary64: 53 bits of precision, largest value 1.7976931348623157e308.</summary>
    | Float64 = 3

/// <summary>Which fan a spec divides by.</summary>
type FanMode =
    /// <summary>The number of inputs that reach one output.</summary>
    | FanIn = 0
    /// <summary>The number of outputs that one input reaches.</summary>
    | FanOut = 1
    /// <summary>fan_in + fan_out.</summary>
    | FanSum = 2
    /// <summary>(fan_in + fan_out) / 2.</summary>
    | FanAvg = 3
    /// <summary>The geometric mean, sqrt(fan_in * fan_out).</summary>
    | FanGeo = 4

/// <summary>Which axes of a shape are outputs, inputs and receptive field. A layout is never guessed.</summary>
type Layout =
    /// <summary>A matrix [out, in], as in PyTorch's Linear. Rank 2.</summary>
    | OutIn = 0
    /// <summary>A matrix [in, out], as in Keras's Dense, JAX and GPT-2's Conv1D. Rank 2.</summary>
    | InOut = 1
    /// <summary>[out, in, spatial...], as in PyTorch's convolutions (OIHW). Rank 2 or more.</summary>
    | OutInSpatial = 2
    /// <summary>[spatial..., in, out], as in Keras's and JAX's convolutions (HWIO). Rank 2 or more.</summary>
    | SpatialInOut = 3

/// <summary>A bfloat16 value: the upper sixteen bits of a float32.</summary>
/// <example><code>float x = (float)BFloat16.FromSingle(0.1f); // 0.10009766</code></example>
[<Struct; StructLayout(LayoutKind.Sequential); CustomEquality; NoComparison>]
type BFloat16 =
    val private bits: uint16

    private new(bits) = { bits = bits }

    /// <summary>The sixteen bits: one of sign, eight of exponent, seven of fraction.</summary>
    member this.Bits = this.bits

    /// <summary>The value with these sixteen bits.</summary>
    static member FromBits(bits: uint16) = BFloat16 bits

    /// <summary>The value nearest to <paramref name="value"/>, ties to even. NaN stays NaN.</summary>
    static member FromSingle(value: float32) =
        let word = BitConverter.SingleToUInt32Bits value

        if Single.IsNaN value then
            BFloat16(uint16 (word >>> 16) ||| 0x0040us)
        else
            BFloat16(uint16 ((word + 0x7FFFu + ((word >>> 16) &&& 1u)) >>> 16))

    /// <summary>The same value as a float32; always exact.</summary>
    member this.ToSingle() =
        BitConverter.UInt32BitsToSingle(uint32 this.bits <<< 16)

    /// <summary>The same value as a float32; always exact.</summary>
    static member op_Explicit(value: BFloat16) : float32 = value.ToSingle()

    /// <summary>The value nearest to <paramref name="value"/>, ties to even.</summary>
    static member op_Explicit(value: float32) : BFloat16 = BFloat16.FromSingle value

    /// <summary>IEEE equality: NaN differs from itself and -0 equals +0.</summary>
    static member op_Equality(left: BFloat16, right: BFloat16) = left.ToSingle() = right.ToSingle()

    /// <summary>The negation of IEEE equality.</summary>
    static member op_Inequality(left: BFloat16, right: BFloat16) = left.ToSingle() <> right.ToSingle()

    /// <summary>Value equality as collections need it: NaN equals NaN.</summary>
    override this.Equals(other: obj | null) =
        match other with
        | :? BFloat16 as o -> this.ToSingle().Equals(o.ToSingle())
        | _ -> false

    /// <summary>A hash code that agrees with <see cref="M:Initializers.BFloat16.Equals(System.Object)"/>.</summary>
    override this.GetHashCode() = this.ToSingle().GetHashCode()

    /// <summary>The shortest text of the value as a float32, in the invariant culture.</summary>
    override this.ToString() =
        this.ToSingle().ToString(Globalization.CultureInfo.InvariantCulture)

    interface IEquatable<BFloat16> with
        member this.Equals other =
            this.ToSingle().Equals(other.ToSingle())

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
