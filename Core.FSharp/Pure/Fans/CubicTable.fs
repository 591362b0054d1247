namespace Initializers.FSharp

open System

/// A function by cubic pieces between nodes 1/256 apart, which have its values and derivatives there. A value differs from the
/// function by at most 7e-13 times its largest fourth derivative, and a derivative by 2e-8 times. For reading, never for bits.
[<Sealed>]
type internal CubicTable(f: float -> struct (float * float), reach: float) =
    let perUnit = 256.0

    let nodes =
        Array.init (2 * int (reach * perUnit) + 1) (fun i -> f (float i / perUnit - reach))

    /// Value and derivative at x; those of the function itself beyond the table.
    member _.At(x: float) : struct (float * float) =
        let position = (x + reach) * perUnit

        if position >= 0.0 && position < float (nodes.Length - 1) then
            let i = int position
            let t = position - float i
            let struct (y0, d0) = nodes[i]
            let struct (y1, d1) = nodes[i + 1]
            // Newton's form of Hermite's interpolation in t from 0 to 1.
            let d0 = d0 / perUnit
            let d1 = d1 / perUnit
            let rise = y1 - y0
            let second = rise - d0
            let third = d1 + d0 - 2.0 * rise
            let value = y0 + t * (d0 + t * (second + (t - 1.0) * third))
            let slope = d0 + 2.0 * t * second + (3.0 * t - 2.0) * t * third
            struct (value, slope * perUnit)
        else
            f x

/// Fast values of the core's nonlinearities and of the normal density.
[<RequireQualifiedAccess>]
module internal CubicTable =
    let private tables = Cache<Nonlinearity, CubicTable> 32

    /// The value and the derivative of a nonlinearity. Those with an exponential are read from a table where they are smooth.
    let nonlinearity (nonlinearity: Nonlinearity) : float -> struct (float * float) =
        let table () =
            tables.GetOrAdd(nonlinearity, (fun f -> CubicTable(Nonlinearity.applyWithSlope f, 32.0)))

        match nonlinearity with
        | Nonlinearity.Linear
        | Nonlinearity.Relu
        | Nonlinearity.LeakyRelu _
        | Nonlinearity.Softsign
        | Nonlinearity.Relu6
        | Nonlinearity.HardTanh
        | Nonlinearity.HardSigmoid
        | Nonlinearity.HardSwish
        | Nonlinearity.ReluSquared -> Nonlinearity.applyWithSlope nonlinearity
        | Nonlinearity.Elu _
        | Nonlinearity.Selu ->
            // The kink at 0 is a node, and the table is that of the part below it.
            let table = table ()

            fun x ->
                if x < 0.0 then
                    table.At x
                else
                    Nonlinearity.applyWithSlope nonlinearity x
        | _ -> table().At

    let private densities =
        lazy
            CubicTable(
                (fun z ->
                    let density = Exact.exp (-0.5 * z * z) / Math.Sqrt(2.0 * Math.PI)
                    struct (density, -z * density)),
                8.5
            )

    /// The standard normal density in [-8.5, 8.5].
    let density (z: float) =
        let struct (density, _) = densities.Value.At z
        density
