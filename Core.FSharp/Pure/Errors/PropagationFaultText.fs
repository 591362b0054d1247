namespace Initializers.FSharp

/// Codes and messages of faults of networks for signals.
[<RequireQualifiedAccess>]
module internal PropagationFaultText =
    /// The stable code.
    let code (fault: PropagationFault) : string =
        match fault with
        | PropagationFault.HeadsUneven _ -> "heads-uneven"
        | PropagationFault.LayersNotChained _ -> "layers-not-chained"
        | PropagationFault.LayersMissing _ -> "layers-missing-in-file"
        | PropagationFault.LayersMixed _ -> "layers-mixed"

    /// One sentence that says what is wrong and what to do.
    let message (fault: PropagationFault) : string =
        let q = Names.excerpt

        match fault with
        | PropagationFault.HeadsUneven(width, heads) ->
            $"the width {width} is no multiple of the {heads} heads; take a number of heads that divides the width."
        | PropagationFault.LayersNotChained(before, outputs, layer, inputs, others) ->
            let more =
                match others with
                | 0 -> ""
                | 1 -> ", and so does one more layer"
                | n -> $", and so do {n} more layers"

            $"'{q layer}' takes {inputs} features and '{q before}' before it gives {outputs}, which differs{more}; list layers in the order of the network, or describe a stack by depth and width."
        | PropagationFault.LayersMissing source ->
            $"{source} has neither a weight matrix of rank 2 nor a square kernel of rank 4; describe a stack by depth and width."
        | PropagationFault.LayersMixed(matrix, kernel) ->
            $"'{q matrix}' is a matrix and '{q kernel}' a kernel, and the file does not say how they are joined; describe a stack of one kind by depth and width."
