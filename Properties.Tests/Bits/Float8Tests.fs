/// Rounding to the element types of eight bits.
module Initializers.Properties.Float8Tests

open System
open Xunit
open Initializers.FSharp
open Initializers.Properties.ReferenceFloat8

let private typeOf name = Option.get (Float8.tryFind name)

/// The byte that the library writes for a number, None where it refuses it.
let private encoded format (x: float32) : byte option =
    let target = [| 0xAAuy |]

    match Float8.encode format (ReadOnlySpan [| x |]) (Span target) with
    | -1 -> Some target[0]
    | _ -> None

let private check (format: Format) (numbers: float32 seq) =
    let round = rounder format
    let library = typeOf format.Name

    for x in numbers do
        let expected, actual = round x, encoded library x

        if expected <> actual then
            Assert.Fail $"{format.Name} of {x:R}: {actual} instead of {expected}"

    // Many at once are rounded in vectors.
    let held = numbers |> Seq.filter (round >> Option.isSome) |> Array.ofSeq
    let target = Array.zeroCreate<byte> held.Length
    Assert.Equal(-1, Float8.encode library (ReadOnlySpan held) (Span target))
    Assert.Equal<byte[]>(held |> Array.map (round >> Option.get), target)

[<Fact>]
let ``types have the published extremes`` () =
    let power n = Math.Pow(2.0, float n)

    // Least above 0, greatest below the normal numbers, least normal one, largest.
    for name, subnormal, belowNormal, normal, largest in
        [ "F8_E4M3", power -9, 0.875 * power -6, power -6, 448.0
          "F8_E5M2", power -16, 0.75 * power -14, power -14, 57344.0
          "F8_E4M3FNUZ", power -10, 0.875 * power -7, power -7, 240.0
          "F8_E5M2FNUZ", power -17, 0.75 * power -15, power -15, 57344.0 ] do
        let code (x: float) =
            int (Option.get (encoded (typeOf name) (float32 x)))

        let format = find name
        let fractions = code normal
        Assert.Equal(1, code subnormal)
        Assert.Equal(fractions - 1, code belowNormal)
        Assert.Equal((if name.Contains "E4M3" then 8 else 4), fractions)
        Assert.Equal(format.Largest, code largest)
        Assert.Equal(largest, Float8.largest (typeOf name))
        Assert.Equal(largest, format.Value format.Largest)

    Assert.Equal(Some 0uy, encoded Float8Type.E8M0 (float32 (power -127)))
    Assert.Equal(Some 127uy, encoded Float8Type.E8M0 1.0f)
    Assert.Equal(Some 0xFEuy, encoded Float8Type.E8M0 (float32 (power 127)))
    Assert.Equal(power 127, Float8.largest Float8Type.E8M0)

[<Fact>]
let ``all codes are read by their definitions, and each finite value has its code`` () =
    for format in all do
        let stored = StoredType.parse format.Name |> Generators.ok
        let values = Array.zeroCreate<float> 256
        let codes = Array.init 256 byte
        Initializers.Files.ElementDecoding.toFloats stored (ReadOnlySpan codes) (Span values)

        for code in 0..255 do
            let magnitude = if format.IsSigned then code &&& 0x7F else code

            let expected =
                if format.IsSigned && code = 0x80 && not format.HasMinusZero then
                    nan
                elif magnitude <= format.Largest then
                    format.Value magnitude
                elif format.Name = "F8_E5M2" && magnitude = 0x7C then
                    infinity
                else
                    nan

            let expected =
                if format.IsSigned && code >= 0x80 then
                    -expected
                else
                    expected

            Assert.Equal(expected, values[code])

            let written = if Double.IsFinite expected then Some(byte code) else None
            Assert.Equal(written, encoded (typeOf format.Name) (float32 expected))

[<Fact>]
let ``every bfloat16 is rounded to the nearest code`` () =
    for format in all do
        check format (seq { for high in 0u .. 65535u -> BitConverter.UInt32BitsToSingle(high <<< 16) })

[<Fact>]
let ``float32 numbers, ties and their neighbours are rounded to the nearest code`` () =
    for format in all do
        let values = magnitudes format

        check
            format
            (seq {
                for code in 0 .. values.Length - 2 do
                    for x in [ values[code]; (values[code] + values[code + 1]) / 2.0 ] do
                        let single = float32 x

                        for near in [ single; MathF.BitIncrement single; MathF.BitDecrement single ] do
                            near
                            -near

                // Each 4099th word of 32 bits, NaNs and infinities among them.
                for i in 0u .. 1_047_808u do
                    BitConverter.UInt32BitsToSingle(i * 4099u)

                Single.NaN
                Single.PositiveInfinity
                Single.NegativeInfinity
                Single.MaxValue
                Single.Epsilon
            })

[<Fact>]
let ``rounding ends at the first number that a type does not hold`` () =
    for format in all do
        let target = Array.create 5 0xAAuy
        let numbers = [| 1.0f; 2.0f; Single.NaN; 1.0f; Single.NaN |]
        Assert.Equal(2, Float8.encode (typeOf format.Name) (ReadOnlySpan numbers) (Span target))
        Assert.Equal<byte[]>([| 0xAAuy; 0xAAuy; 0xAAuy |], target[2..])
        Assert.Equal(-1, Float8.encode (typeOf format.Name) ReadOnlySpan.Empty Span.Empty)

        for wrong in [ 0; 1; 777; 900; 999 ] do
            let many = Array.init 1000 (fun i -> if i < wrong then 1.0f else Single.NaN)
            let codes = Array.create 1000 0xAAuy
            Assert.Equal(wrong, Float8.encode (typeOf format.Name) (ReadOnlySpan many) (Span codes))
            Assert.DoesNotContain(0xAAuy, codes[.. wrong - 1])
            Assert.All(codes[wrong..], fun code -> Assert.Equal(0xAAuy, code))
