namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// Files that are whole or absent: written beside the target and renamed.
module internal AtomicFile =
    /// What must hold before any work: a folder that exists, no file in the way, room on the disk.
    let check (path: string) (overwrite: bool) (bytes: int64) : InitError list =
        try
            let full = Path.GetFullPath path

            match Path.GetDirectoryName full with
            | null -> [ InitError.FileUnwritable(path, "it is a folder.") ]
            | folder when not (Directory.Exists folder) ->
                [ InitError.FileUnwritable(path, $"there is no folder '{folder}'.") ]
            | _ when Directory.Exists full -> [ InitError.FileUnwritable(path, "it is a folder.") ]
            | _ when File.Exists full && not overwrite -> [ InitError.FileExists path ]
            | folder ->
                let free = DriveInfo(folder).AvailableFreeSpace

                Validation.check
                    (InitError.FileUnwritable(path, $"it needs {bytes} bytes and the disk has {free} left."))
                    (free >= bytes)
        with
        | :? IOException as e -> [ InitError.FileUnwritable(path, e.Message) ]
        | :? ArgumentException as e -> [ InitError.FileUnwritable(path, e.Message) ]
        | :? NotSupportedException as e -> [ InitError.FileUnwritable(path, e.Message) ]
        | :? UnauthorizedAccessException as e -> [ InitError.FileUnwritable(path, e.Message) ]

    /// Runs `body` on a new file beside the target, then renames it. Whatever goes wrong, the target is as before and
    /// nothing stays beside it.
    let write
        (path: string)
        (overwrite: bool)
        (body: Stream -> Result<unit, InitError list>)
        : Result<unit, InitError list> =
        let full = Path.GetFullPath path
        let beside = $"{full}.{Guid.NewGuid():N}.partial"

        let work () =
            let options =
                FileStreamOptions(
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    Share = FileShare.None,
                    BufferSize = 0
                )

            let result =
                use stream = new FileStream(beside, options)
                body stream

            match result with
            | Ok() when File.Exists full && not overwrite -> Error [ InitError.FileExists path ]
            | Ok() -> Ok(File.Move(beside, full, overwrite))
            | Error faults -> Error faults

        try
            try
                work ()
            with
            | :? OperationCanceledException -> Error [ InitError.Cancelled ]
            | :? IOException as e -> Error [ InitError.FileUnwritable(path, e.Message) ]
            | :? UnauthorizedAccessException as e -> Error [ InitError.FileUnwritable(path, e.Message) ]
        finally
            if File.Exists beside then
                File.Delete beside
