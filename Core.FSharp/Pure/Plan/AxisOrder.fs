namespace Initializers.FSharp

open Initializers

/// A shape's axes by their roles, in the order in which a matrix or a kernel is made. What is made lies in the tensor's own
/// order if that is `Order`, and else is permuted.
type internal AxisOrder =
    {
        Shape: Shape
        /// Copies side by side, each with separate draws.
        Stacks: int list
        /// All axes, the stacks first.
        Order: int list
    }

/// A kernel's sides as numbers: outputs, inputs and the receptive field, and the steps between neighbours, in elements.
type internal Kernel =
    { Outputs: int64
      Inputs: int64
      OutStride: int64
      InStride: int64
      Field: int64 list
      FieldStride: int64
      ChannelsLast: bool }

[<RequireQualifiedAccess>]
module internal AxisOrder =
    let private sizes (shape: Shape) (axes: int list) =
        axes |> List.map (fun axis -> List.item axis shape.Dims)

    let private size shape axes = Shape.product (sizes shape axes)

    /// A role for each axis. Without a layout outputs and inputs come first, as in PyTorch.
    let private rolesOf (fan: Fan) (shape: Shape) : Result<FanAxis list, InitError list> =
        match fan with
        | Fan.From layout ->
            Fan.ofShape layout shape
            |> Result.map (fun _ ->
                Fan.axesOf layout shape.Rank
                |> Option.map List.ofArray
                |> Option.defaultValue [])
        | Fan.Axes axes -> Fan.ofAxes axes shape |> Result.map (fun _ -> List.ofSeq axes.Axes)
        | _ ->
            Ok(
                List.init shape.Rank (fun axis ->
                    match axis with
                    | 0 -> FanAxis.Out
                    | 1 -> FanAxis.In
                    | _ -> FanAxis.Spatial)
            )

    /// A number of axes that a spec fills, or the fault.
    let rank spec least most (rank: int) =
        Validation.check
            (InitError.RankUnsupported(spec, rank, least, most))
            (rank >= least && most |> Option.forall (fun (most: int) -> rank <= most))

    /// Roles of a shape with `least` to `most` axes, not counting stacks.
    let roles spec least most (fan: Fan) (shape: Shape) : Result<FanAxis list, InitError list> =
        let axes =
            match fan with
            | Fan.Axes axes when axes.Axes.Count = shape.Rank ->
                axes.Axes |> Seq.filter (fun role -> role <> FanAxis.Stack) |> Seq.length
            | _ -> shape.Rank

        validation {
            let! () = rank spec least most axes
            and! roles = rolesOf fan shape
            return roles
        }

    let private axesOf (roles: FanAxis list) role =
        roles
        |> List.indexed
        |> List.filter (fun (_, other) -> other = role)
        |> List.map fst

    let private rises (axes: int list) = axes = List.sort axes

    /// Rows and columns of a matrix of outputs and all else, outputs first unless they are the last axes.
    let matrix (shape: Shape) (roles: FanAxis list) : struct (int64 * int64 * AxisOrder) =
        let stacks, outs = axesOf roles FanAxis.Stack, axesOf roles FanAxis.Out

        let rest = [ 0 .. roles.Length - 1 ] |> List.except (stacks @ outs)

        let rows, columns =
            if not rest.IsEmpty && rises (rest @ outs) && not (rises (outs @ rest)) then
                rest, outs
            else
                outs, rest

        struct (size shape rows,
                size shape columns,
                { Shape = shape
                  Stacks = stacks
                  Order = stacks @ rows @ columns })

    /// A kernel of outputs, inputs and field, or of field, inputs and outputs where the axes stand so.
    let kernel (shape: Shape) (roles: FanAxis list) : struct (Kernel * AxisOrder) =
        let axes = axesOf roles
        let outs, ins, field = axes FanAxis.Out, axes FanAxis.In, axes FanAxis.Spatial
        let outputs, inputs, points = size shape outs, size shape ins, size shape field
        let last = rises (field @ ins @ outs) && not (rises (outs @ ins @ field))

        struct ({ Outputs = outputs
                  Inputs = inputs
                  OutStride = (if last then 1L else Shape.product [ inputs; points ])
                  InStride = (if last then outputs else points)
                  Field = sizes shape field
                  FieldStride = (if last then Shape.product [ inputs; outputs ] else 1L)
                  ChannelsLast = last },
                { Shape = shape
                  Stacks = axes FanAxis.Stack
                  Order = axes FanAxis.Stack @ (if last then field @ ins @ outs else outs @ ins @ field) })

    /// What is made of one copy, for all of them and in the tensor's own order.
    let place (arrangement: AxisOrder) (tensor: Resolved) : Resolved =
        let shape = arrangement.Shape

        if shape.Length = 0L then
            tensor
        else
            let count = size shape arrangement.Stacks

            let all =
                if arrangement.Stacks.IsEmpty then
                    tensor
                else
                    Structure.Batched(count, shape.Length / count, tensor)

            if rises arrangement.Order then
                all
            else
                Structure.Permuted(shape.Dims, arrangement.Order, all)
