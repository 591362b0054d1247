namespace Initializers.FSharp

/// <summary>Every way in which a tensor of another library can be unfit to be filled in place, and its module to be initialized.</summary>
[<RequireQualifiedAccess>]
type TensorFault =
    /// <summary>The tensor was disposed.</summary>
    /// <remarks>Give a tensor that is in use, or keep it out of the scope that disposes it.</remarks>
    | Disposed
    /// <summary>The tensor has a shape and no elements, as tensors on PyTorch's device meta.</summary>
    /// <remarks>Create it on the CPU or another device that holds elements.</remarks>
    | WithoutMemory of device: string
    /// <summary>The tensor's elements are not at strides of memory, as those of sparse tensors.</summary>
    /// <remarks>Fill a dense tensor, and convert it.</remarks>
    | NotStrided of layout: string
    /// <summary>Several indices of the tensor are one element of memory, as in expanded tensors.</summary>
    /// <remarks>Make a copy of the tensor with an element for each index.</remarks>
    | SharedElements of shape: int64 list * strides: int64 list
    /// <summary>A module has a tensor or a module in a field and did not register it, so that it is not in the state dictionary.</summary>
    /// <remarks>Register it, as by RegisterComponents after the fields are set, or leave the field by a rule.</remarks>
    | Unregistered of moduleType: string * field: string
    /// <summary>A module has no linear or convolution layer whose weight rules fill, so that there is nothing to scale.</summary>
    /// <remarks>Initialize it without data.</remarks>
    | LayersMissing of moduleType: string
    /// <summary>Layers of a module did not run, or not by a call that hooks see.</summary>
    /// <remarks>Run the module on a batch, and its layers by call: forward runs no hooks.</remarks>
    | LayersNotRun of layers: string list
    /// <summary>The outputs of a layer do not have variance 1 within the tolerance, whatever the scale of its weight.</summary>
    /// <remarks>Outputs that are all equal or not finite have their cause in the layers before or in the batch. Otherwise allow more
    /// iterations or a larger tolerance.</remarks>
    | VarianceNotReached of layer: string * variance: float * tolerance: float * iterations: int
    /// <summary>A file has tensors that were initialized wrongly.</summary>
    /// <remarks>See the report. A recipe says which constants and copies are meant.</remarks>
    | FaultsFound of faults: int * tensors: int * all: int
