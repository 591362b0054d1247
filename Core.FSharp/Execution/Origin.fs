namespace Initializers.FSharp

open Initializers

/// Which elements of its tensor a part has.
[<RequireQualifiedAccess>]
type internal TensorPart =
    /// Those from an offset on, in row-major order; from 0 on in a whole tensor.
    | Slice of offset: int64
    | Box of BoundedBox

/// The origin of a tensor: everything except its dtype that determines its bytes.
type internal Origin =
    {
        Spec: Spec
        Fan: Fan
        /// Of the whole tensor, where the elements are a part.
        Shape: Shape
        Part: TensorPart
        Seed: Seed
    }

    /// The first element: its index in the tensor, or in the box.
    member this.Offset =
        match this.Part with
        | TensorPart.Slice offset -> offset
        | TensorPart.Box _ -> 0L
