namespace Initializers.FSharp

/// The memory through which files are read and written.
[<RequireQualifiedAccess>]
module internal FileBuffer =
    /// 8 MiB: a disk's rate is reached, and a model's size does not matter.
    [<Literal>]
    let Bytes = 8388608
