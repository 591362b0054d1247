/// Element types of eight bits by their definitions: values of all codes, and the nearest code by exact comparison.
module Initializers.Properties.ReferenceFloat8

open System

/// A type as its publication defines it.
type Format =
    {
        Name: string
        /// The value of a code below 0x80 by sign, exponent and fraction, whatever special meaning the code has.
        Value: int -> float
        /// The largest finite code below 0x80.
        Largest: int
        IsSigned: bool
        HasMinusZero: bool
    }

let private small bias fractionBits code =
    let fraction = float (code % pown 2 fractionBits) / float (pown 2 fractionBits)
    let exponent = code / pown 2 fractionBits

    if exponent = 0 then
        Math.Pow(2.0, float (1 - bias)) * fraction
    else
        Math.Pow(2.0, float (exponent - bias)) * (1.0 + fraction)

let private signed name bias fractionBits largest hasMinusZero =
    { Name = name
      Value = small bias fractionBits
      Largest = largest
      IsSigned = true
      HasMinusZero = hasMinusZero }

/// OCP 8-bit Floating Point Specification 1.0, tables 1 and 2; Noune et al. 2022, table 2; OCP Microscaling Formats 1.0,
/// section 5.4.1.
let all: Format list =
    [ signed "F8_E4M3" 7 3 0x7E true
      signed "F8_E5M2" 15 2 0x7B true
      signed "F8_E4M3FNUZ" 8 3 0x7F false
      signed "F8_E5M2FNUZ" 16 2 0x7F false
      { Name = "F8_E8M0"
        Value = fun code -> Math.Pow(2.0, float (code - 127))
        Largest = 0xFE
        IsSigned = false
        HasMinusZero = false } ]

let find name =
    all |> List.find (fun format -> format.Name = name)

/// The magnitudes of a type in order, with the one that would follow the largest.
let magnitudes (format: Format) : float[] =
    Array.init (format.Largest + 2) format.Value

/// The code nearest to a magnitude; between two neighbours the even one, and in a type without fraction the upper one.
let private nearest (format: Format) (values: float[]) (x: float) : int option =
    if Double.IsNaN x || x >= values[values.Length - 1] then
        None
    else
        let index = Array.BinarySearch(values, x)
        let upper = if index >= 0 then index else ~~~index

        let code =
            if upper = 0 || index >= 0 then
                upper
            else
                // A sum of neighbours is exact.
                let middle = (values[upper - 1] + values[upper]) / 2.0

                if x < middle then upper - 1
                elif x > middle then upper
                elif format.IsSigned then upper - upper % 2
                else upper

        if code <= format.Largest then Some code else None

/// The byte of a number, None where the type does not hold it.
let rounder (format: Format) : float32 -> byte option =
    let values = magnitudes format

    fun x ->
        if format.IsSigned then
            nearest format values (abs (float x))
            |> Option.map (fun code ->
                let isNegative = Single.IsNegative x && (code <> 0 || format.HasMinusZero)
                byte (if isNegative then code + 0x80 else code))
        elif x > 0.0f then
            nearest format values (float x) |> Option.map byte
        else
            None
