namespace Initializers.FSharp

open Initializers

/// The origin of a tensor: everything except its dtype that determines its bytes.
type internal Origin =
    {
        Spec: Spec
        Fan: Fan
        /// Of the whole tensor, where the elements are a slice.
        Shape: Shape
        /// Where in it the elements begin.
        Offset: int64
        Seed: Seed
    }
