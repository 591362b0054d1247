namespace Initializers.FSharp

/// Codes and messages of faults of another library's tensor.
[<RequireQualifiedAccess>]
module internal TensorFaultText =
    let private list (numbers: int64 list) = $"[{System.String.Join(',', numbers)}]"

    /// The stable code.
    let code (fault: TensorFault) : string =
        match fault with
        | TensorFault.Disposed -> "tensor-disposed"
        | TensorFault.WithoutMemory _ -> "tensor-without-memory"
        | TensorFault.NotStrided _ -> "tensor-not-strided"
        | TensorFault.SharedElements _ -> "tensor-shares-elements"
        | TensorFault.Unregistered _ -> "field-unregistered"
        | TensorFault.LayersMissing _ -> "layers-missing"
        | TensorFault.LayersNotRun _ -> "layers-not-run"
        | TensorFault.VarianceNotReached _ -> "variance-not-reached"
        | TensorFault.FaultsFound _ -> "faults-found"

    /// One sentence that says what is wrong and what to do.
    let message (fault: TensorFault) : string =
        match fault with
        | TensorFault.Disposed -> "the tensor was disposed; give a tensor that is in use."
        | TensorFault.WithoutMemory device ->
            $"the tensor on device '{Names.excerpt device}' has a shape and no elements; create it on the CPU or another device that holds elements."
        | TensorFault.NotStrided layout ->
            $"the tensor's layout is {Names.excerpt layout}, whose elements are not at strides of memory; fill a dense tensor, and convert it."
        | TensorFault.SharedElements(shape, strides) ->
            $"the tensor of shape {list shape} and strides {list strides} has elements that several indices share; make a copy with an element for each index."
        | TensorFault.Unregistered(moduleType, field) ->
            $"the field '{Names.excerpt field}' of {Names.excerpt moduleType} holds a tensor or module that is not registered; register it, as by RegisterComponents, or leave it by a rule."
        | TensorFault.LayersMissing moduleType ->
            $"the module {Names.excerpt moduleType} has no linear or convolution layer whose weight the rules fill; initialize it without data."
        | TensorFault.LayersNotRun layers ->
            let names = Names.row ", " layers
            $"these layers did not run: {names}; run the module on a batch, and its layers by call, since forward runs no hooks."
        | TensorFault.VarianceNotReached(layer, variance, tolerance, iterations) ->
            $"the outputs of the layer of '{Names.excerpt layer}' have variance {Names.number variance} after {iterations} scalings, which is not 1 within {Names.number tolerance}; outputs that are all equal or not finite have their cause in the layers before or in the batch, and others need more iterations or a larger tolerance."
        | TensorFault.FaultsFound(faults, tensors, all) ->
            let word = if faults = 1 then "fault" else "faults"
            $"{faults} {word} in {tensors} of {all} tensors; see the report, and give a recipe if constants or copies are meant."
