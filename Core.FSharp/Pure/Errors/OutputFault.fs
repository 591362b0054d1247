namespace Initializers.FSharp

/// <summary>Every way in which the files of a model can fail to be written together.</summary>
[<RequireQualifiedAccess>]
type OutputFault =
    /// <summary>Another run writes files of a model into the folder.</summary>
    /// <remarks>Wait until it ends, or write into another folder.</remarks>
    | FolderInUse of folder: string
