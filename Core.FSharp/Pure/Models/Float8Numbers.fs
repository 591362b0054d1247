namespace Initializers.FSharp

open System
open Initializers

/// Specs in element types of eight bits, whose elements are rounded from float32.
[<RequireQualifiedAccess>]
module internal Float8Numbers =
    let private overflow format reach =
        InitError.Output(OutputFault.Float8Overflow(reach, Float8.toText format, Float8.largest format))

    let private notPositive format value =
        InitError.Output(OutputFault.Float8NotPositive(value, Float8.toText format))

    let private isUnfit format value =
        format = Float8Type.E8M0 && not (value > 0.0)

    /// The fault of a number that the type does not hold.
    let fault format value =
        if isUnfit format value then
            notPositive format value
        else
            overflow format value

    /// Faults of the outermost numbers. A formula of indices has that of its first wrong element.
    let private faults format (tensor: Resolved) : InitError list =
        let struct (low, high) = Reach.ends DType.Float32 tensor
        let reach = max (abs low) (abs high)
        let holds value = abs value <= Float8.largest format

        let all =
            Validation.check (overflow format reach) (holds reach)
            @ Validation.check (notPositive format low) (not (isUnfit format low))

        match tensor with
        | Structure.Computed(Computed.Formula(formula, _, maps)) ->
            let value = NumberFormulas.mapped maps

            all
            |> NumberFormulas.ofElement formula (fun given ->
                let x = value given

                if Double.IsNaN given || (holds x && not (isUnfit format x)) then
                    ValueNone
                else
                    ValueSome(fault format x))
        | _ -> all

    /// The plan of a tensor in float32, whose elements the type holds when they are rounded.
    let plan (format: Float8Type) (spec: Spec) (shape: Shape) (fan: Fan) : Result<Plan, InitError list> =
        validation {
            let! plan = Plan.resolve spec shape fan DType.Float32
            let! tensor = Plan.distribution spec shape fan
            let! () = if shape.Length = 0L then [] else faults format tensor
            return plan
        }
