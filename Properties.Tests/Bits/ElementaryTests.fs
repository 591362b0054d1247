/// exp, log, log2, pow, sin and cos against values of 106 bits (elementary/values.txt, by tools/elementary64.py).
module Initializers.Properties.ElementaryTests

open System
open System.Globalization
open System.IO
open Xunit
open FsCheck.Xunit
open Initializers.FSharp
open Initializers.Properties.Generators

let private real (digits: string) =
    BitConverter.UInt64BitsToDouble(UInt64.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))

/// A function's arguments with its value as a sum of two float64, of which the first is the nearest one.
let private rows =
    lazy
        (File.ReadAllLines(Repository.path "Properties.Tests/elementary/values.txt")
         |> Array.map (fun line ->
             let parts = line.Split ' '
             let numbers = parts[1..] |> Array.map real
             let value = numbers.Length - 2
             parts[0], numbers[.. value - 1], numbers[value], numbers[value + 1])
         |> Array.groupBy (fun (name, _, _, _) -> name))

let private call (name: string) (x: float[]) : float =
    match name with
    | "sin" -> Exact.sin x[0]
    | "cos" -> Exact.cos x[0]
    | "exp" -> Exact.exp x[0]
    | "log" -> Exact.log x[0]
    | "log2" -> Exact.log2 x[0]
    | "pow" -> Exact.pow x[0] x[1]
    | _ -> failwith $"no function {name}"

/// The distance of a value from an exact one, in last places of the exact one.
let private ulps (value: float) (high: float) (low: float) =
    abs ((value - high) - low) / (Math.BitIncrement(abs high) - abs high)

[<Fact>]
let ``every function is correctly rounded, of at least 300 arguments`` () =
    Assert.Equal<string>([| "cos"; "exp"; "log"; "log2"; "pow"; "sin" |], rows.Value |> Array.map fst |> Array.sort)

    for name, values in rows.Value do
        Assert.True(values.Length > 300, name)

        for _, x, high, low in values do
            let value = call name x
            Assert.True((value = high), $"{name} %A{x}: {value}, {ulps value high low} ulp from {high}")
            Assert.True(ulps value high low <= 0.5, $"{name} %A{x}")

/// A finite float64 of any magnitude.
type Angle = Angle of float

type Angles =
    static member Angle() =
        finiteFloat |> FsCheck.FSharp.Gen.map Angle |> FsCheck.FSharp.Arb.fromGen

[<Properties(Arbitrary = [| typeof<Angles> |], MaxTest = 2000)>]
module Identities =
    [<Property>]
    let ``the sine is odd, and the cosine even`` (Angle x) =
        Exact.sin -x = -(Exact.sin x) && Exact.cos -x = Exact.cos x

    [<Property>]
    let ``sine and cosine lie on the unit circle`` (Angle x) =
        abs (pown (Exact.sin x) 2 + pown (Exact.cos x) 2 - 1.0) <= 3.4e-16

    [<Property>]
    let ``sine and cosine are within 1 ulp of the platform's below 2^20`` (Angle x) =
        let x = Math.IEEERemainder(x, 1048576.0)

        let near (a: float) (b: float) =
            abs (a - b) <= Math.BitIncrement(abs a) - abs a

        near (Exact.sin x) (Math.Sin x) && near (Exact.cos x) (Math.Cos x)

[<Fact>]
let ``special values of sin, cos and log2 are IEEE's`` () =
    for value in [ infinity; -infinity; nan ] do
        Assert.True(Double.IsNaN(Exact.sin value) && Double.IsNaN(Exact.cos value))

    Assert.Equal(1.0, Exact.cos 0.0)
    Assert.Equal(0L, BitConverter.DoubleToInt64Bits(Exact.sin 0.0))
    Assert.Equal(BitConverter.DoubleToInt64Bits -0.0, BitConverter.DoubleToInt64Bits(Exact.sin -0.0))
    Assert.Equal(Double.Epsilon, Exact.sin Double.Epsilon)
    Assert.Equal(-infinity, Exact.log2 0.0)
    Assert.Equal(infinity, Exact.log2 infinity)
    Assert.True(Double.IsNaN(Exact.log2 -1.0))

[<Fact>]
let ``log2 of a power of two is its exponent`` () =
    for exponent in -1074 .. 1023 do
        Assert.Equal(float exponent, Exact.log2 (Math.ScaleB(1.0, exponent)))

[<Fact>]
let ``pow is exact for whole powers that a float64 holds, and within half a last place of others`` () =
    for b in 2..40 do
        for n in 3..60 do
            let whole = Numerics.BigInteger.Pow(Numerics.BigInteger b, n)
            let value = Exact.pow (float b) (float n)

            let unit = Numerics.BigInteger(Math.BitIncrement value) - Numerics.BigInteger value

            let distance = Numerics.BigInteger.Abs(Numerics.BigInteger value - whole)
            // Below 2^53 the unit is 1 or less, and BigInteger cuts it.
            Assert.True(distance + distance <= unit, $"{b}^{n} is {whole}, not {value}")

/// Powers whose exact value is in the middle of two float64, and those that the operations of docs/bits.md give. Integers of
/// 54 bits confirm the middle.
[<Fact>]
let ``powers in the middle of two float64 are those of the page's operations`` () =
    for x, y, digits in
        [ 262141.0, 3, "434fffb80035fff3"
          208065.0, 3, "43400011add69b21"
          208067.0, 3, "4340002feaf4642e"
          1553.0, 5, "43400bf8c99ca429"
          1555.0, 5, "4340267deca2e322"
          3.0, 34, "434d9fe779881944"
          7.0, 19, "43443f9e0d2d93eb"
          -262141.0, 3, "c34fffb80035fff3" ] do
        let value = Exact.pow x (float y)
        Assert.Equal(real digits, value)
        Assert.Equal(1I, abs (bigint x ** y - bigint value))
