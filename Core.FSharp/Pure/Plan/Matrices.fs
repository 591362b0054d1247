namespace Initializers.FSharp

open System
open Initializers

/// Matrices and convolution kernels, resolved.
module internal Matrices =
    /// The index in the receptive field of one of its points, whose index along each axis `middle` gives.
    let private centre (middle: int64 -> int64) (k: Kernel) =
        (0L, k.Field)
        ||> List.fold (fun index size -> Shape.sum [ Shape.product [ index; size ]; middle size ])

    /// A spec's own faults with those of the roles, and what is made by them.
    let private arranged
        (faults: InitError list)
        (roles: Result<FanAxis list, InitError list>)
        (make: FanAxis list -> Result<Resolved, InitError list>)
        =
        validation {
            let! () = faults
            and! roles = roles
            return! make roles
        }

    let private kernel faults shape roles make =
        arranged faults roles (fun roles ->
            let struct (k, arrangement) = AxisOrder.kernel shape roles
            make k |> Result.map (AxisOrder.place arrangement))

    let orthogonal gain (shape: Shape) (fan: Fan) =
        let spec = "orthogonal"

        arranged (Validation.finite spec [ "gain", gain ]) (AxisOrder.roles spec 2 None fan shape) (fun roles ->
            let struct (rows, columns, arrangement) = AxisOrder.matrix shape roles
            Ok(AxisOrder.place arrangement (Resolved.orthogonal rows columns gain)))

    let deltaOrthogonal gain (shape: Shape) (fan: Fan) =
        let spec = "delta_orthogonal"

        kernel (Validation.finite spec [ "gain", gain ]) shape (AxisOrder.roles spec 3 (Some 5) fan shape) (fun k ->
            let place = centre (fun size -> (size - 1L) / 2L) k

            let matrix =
                if k.ChannelsLast then
                    Resolved.orthogonal k.Inputs k.Outputs gain
                else
                    Resolved.orthogonal k.Outputs k.Inputs gain

            // A run of the kernel's elements that belong to one element of the matrix; one run per element, in order.
            let run = k.FieldStride
            let field = Shape.product k.Field

            Validation.ofFaults
                // Without outputs there is no matrix at the centre.
                (Validation.check
                    (InitError.InputsExceedOutputs(k.Inputs, k.Outputs))
                    (k.Outputs = 0L || k.Inputs <= k.Outputs))
                ([ Shape.product [ place; run ], Resolved.constant 0.0
                   run, matrix
                   Shape.product [ max 0L (field - place - 1L); run ], Resolved.constant 0.0 ]
                 |> List.filter (fun (length, _) -> length > 0L)
                 |> List.map (fun (length, inner) ->
                     { Run = length
                       Stream = None
                       Inner = inner })
                 |> Structure.Stacked))

    let private points (k: Kernel) groups value =
        let perGroup = k.Outputs / groups

        Structure.Points(
            { Groups = groups
              PerGroup = perGroup
              Count = min perGroup k.Inputs
              OutStride = k.OutStride
              InStride = k.InStride
              Centre = Shape.product [ centre (fun size -> size / 2L) k; k.FieldStride ]
              Length = Shape.product (k.Outputs :: k.Inputs :: k.Field) },
            Number.ofFloat value,
            Number.ofFloat 0.0
        )

    let dirac (groups: int64) (shape: Shape) (fan: Fan) =
        let spec = "dirac"

        let number =
            Validation.check (InitError.NotPositive(spec, "groups", float groups)) (groups > 0L)

        kernel number shape (AxisOrder.roles spec 3 None fan shape) (fun k ->
            match
                Validation.check
                    (InitError.NotAMultiple(spec, "the outputs", k.Outputs, groups))
                    (k.Outputs % groups = 0L)
            with
            | [] -> Ok(points k groups 1.0)
            | faults -> Error faults)

    let identity gain (shape: Shape) (fan: Fan) =
        let spec = "identity"

        kernel (Validation.finite spec [ "gain", gain ]) shape (AxisOrder.roles spec 2 None fan shape) (fun k ->
            Ok(points k 1L gain))

    let bilinear (shape: Shape) (fan: Fan) =
        kernel [] shape (AxisOrder.roles "bilinear" 3 None fan shape) (fun k ->
            Ok(Resolved.formula (NumberFormula.Bilinear k.Field) k.FieldStride))
