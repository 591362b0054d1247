namespace Initializers.FSharp

/// Codes and messages of faults of a model's files.
[<RequireQualifiedAccess>]
module internal OutputFaultText =
    /// The stable code.
    let code (fault: OutputFault) : string =
        match fault with
        | OutputFault.FolderInUse _ -> "folder-in-use"

    /// One sentence that says what is wrong and what to do.
    let message (fault: OutputFault) : string =
        match fault with
        | OutputFault.FolderInUse folder ->
            $"another run writes into the folder '{folder}'; wait until it ends, or give another folder."
