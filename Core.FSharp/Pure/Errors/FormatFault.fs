namespace Initializers.FSharp

/// <summary>Every way in which a file of tensors can be unfit to be read that is not a fault of its header.</summary>
[<RequireQualifiedAccess>]
type FormatFault =
    /// <summary>The file has a known format that is not read.</summary>
    /// <remarks>Convert the file; the message has the line of Python that does.</remarks>
    | NotRead of kind: string * remedy: string
    /// <summary>A zip archive is malformed.</summary>
    /// <remarks>The file is damaged, or was cut; copy or download it again.</remarks>
    | ZipMalformed of reason: string
    /// <summary>A zip archive has an entry that is encrypted, or compressed by another method than deflate.</summary>
    /// <remarks>Write the archive again, with numpy.savez or torch.save.</remarks>
    | ZipUnsupported of entry: string * reason: string
    /// <summary>The pickle of a PyTorch checkpoint is malformed.</summary>
    /// <remarks>The file is damaged, or torch.save did not write it; save the state_dict again.</remarks>
    | PickleMalformed of position: int64 * reason: string
    /// <summary>A pickle has an object of a class or function that only running code can make. No code is run.</summary>
    /// <remarks>Save the state_dict alone, or save it as safetensors.</remarks>
    | PickleRefused of name: string * remedy: string
    /// <summary>Two tensors of a file share bytes.</summary>
    /// <remarks>The file is damaged.</remarks>
    | TensorsOverlap of first: string * second: string
    /// <summary>The tensors of a file have far more elements than the file has bytes, since they share them.</summary>
    /// <remarks>Save copies of expanded tensors, with an element for each index.</remarks>
    | ElementsExceed of bytes: float * limit: float
