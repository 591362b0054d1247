namespace Initializers.FSharp

/// <summary>Every way in which a network can be unfit for signals to be sent through it.</summary>
[<RequireQualifiedAccess>]
type PropagationFault =
    /// <summary>The width of a transformer is no multiple of its heads.</summary>
    /// <remarks>Take a number of heads that divides the width.</remarks>
    | HeadsUneven of width: int * heads: int
    /// <summary>A layer of a file takes another number of features than the layer before it gives, so that they are not one after
    /// the other.</summary>
    /// <remarks>List the layers in the order of the network, or describe a stack of equal layers.</remarks>
    | LayersNotChained of before: string * outputs: int64 * layer: string * inputs: int64 * others: int
    /// <summary>A file has no weight matrix of rank 2 or square kernel of rank 4.</summary>
    /// <remarks>Give a file with layers, or describe a stack of equal layers.</remarks>
    | LayersMissing of source: string
    /// <summary>A file has matrices and convolutions, and between them a layer that the file does not describe.</summary>
    /// <remarks>Give a file of one kind, or describe a stack of equal layers.</remarks>
    | LayersMixed of matrix: string * kernel: string
