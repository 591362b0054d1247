namespace Initializers

open System
open System.Runtime.InteropServices

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
