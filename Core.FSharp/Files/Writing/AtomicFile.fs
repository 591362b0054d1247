namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// Files that are whole or absent: written in the target's folder and renamed.
module internal AtomicFile =
    /// Where a path leads: through links, whose targets are replaced and not they themselves.
    let private destination (path: string) =
        let file = FileInfo(Path.GetFullPath path)

        match file.LinkTarget with
        | null -> file.FullName
        | _ ->
            match file.ResolveLinkTarget true with
            | null -> file.FullName
            | target -> target.FullName

    /// What a failure of the file system says, as a fault of the path; None for a failure of another kind.
    let private fault (path: string) (e: exn) =
        match e with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? NotSupportedException -> Some(InitError.FileUnwritable(path, e.Message))
        // .NET's message ends with the name of .NET's parameter.
        | :? ArgumentException -> Some(InitError.FileUnwritable(path, "it is no path."))
        | _ -> None

    let private special path name =
        InitError.FileUnwritable(path, $"it is {name}, and only regular files are replaced.")

    /// Whether two paths lead to one file: through links, as hard links, relative or absolute.
    let isSame (first: string) (second: string) : bool =
        match SystemCalls.sameFile first second with
        | Some same -> same
        | None ->
            try
                let comparison =
                    if OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() then
                        StringComparison.OrdinalIgnoreCase
                    else
                        StringComparison.Ordinal

                String.Equals(destination first, destination second, comparison)
            with e when (fault first e).IsSome ->
                false

    /// Runs work whose failures of the file system are faults of a path.
    let guard (path: string) (work: unit -> Result<'a, InitError list>) : Result<'a, InitError list> =
        try
            work ()
        with
        | :? OperationCanceledException -> Error [ InitError.Cancelled ]
        | e ->
            match fault path e with
            | Some fault -> Error [ fault ]
            | None -> reraise ()

    /// The conditions that hold before any work: a folder that exists, no file in the way, room on the disk.
    let check (path: string) (overwrite: bool) (bytes: int64) : InitError list =
        try
            let full = destination path

            match Path.GetDirectoryName full, SystemCalls.kind full true with
            | _ when not (Names.isUnicode path) -> [ InitError.FileUnwritable(path, "its name is not valid Unicode.") ]
            | null, _
            | _, FileKind.Folder -> [ InitError.FileUnwritable(path, "it is a folder.") ]
            | folder, _ when not (Directory.Exists folder) ->
                [ InitError.FileUnwritable(path, $"there is no folder '{folder}'.") ]
            | _, FileKind.Special name -> [ special path name ]
            | _, FileKind.Regular when not overwrite -> [ InitError.FileExists path ]
            | folder, _ ->
                let free = DriveInfo(folder).AvailableFreeSpace

                let room =
                    free >= bytes
                    || Int128.op_Implicit free + Int128.op_Implicit (Partials.staleBytes folder)
                       >= Int128.op_Implicit bytes

                Validation.check
                    (InitError.FileUnwritable(path, $"it needs {bytes} bytes and the disk has {free} left."))
                    room
        with e ->
            match fault path e with
            | Some fault -> [ fault ]
            | None -> reraise ()

    /// How a file and the folder that holds it are flushed to disk.
    type Flushes =
        { File: FileStream -> unit
          Folder: string -> unit }

    let private toDisk =
        { File = fun stream -> stream.Flush true
          Folder = SystemCalls.flushFolder }

    /// Removes a file that is still being written, where the system allows that; if not, it is removed when it is closed.
    let private remove (path: string) =
        try
            File.Delete path
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    /// Runs `body` on a new file and flushes it to disk. `commit` then gets the function that renames it.
    let private staged
        (flushes: Flushes)
        (path: string)
        (overwrite: bool)
        (body: Stream -> Result<unit, InitError list>)
        (commit: (unit -> Result<unit, InitError list>) -> Result<unit, InitError list>)
        : Result<unit, InitError list> =
        let work () =
            let full = destination path

            if not (Names.isUnicode path) then
                raise (IOException "its name is not valid Unicode.")

            let mode =
                if File.Exists full && not (OperatingSystem.IsWindows()) then
                    // Set-user-id, set-group-id and sticky bits belonged to the old content.
                    Some(File.GetUnixFileMode full &&& enum<UnixFileMode> 0o777)
                else
                    None

            let folder =
                match Path.GetDirectoryName full with
                | null -> full
                | folder -> folder

            let rename temporary =
                match SystemCalls.kind full true with
                | FileKind.Special name -> Error [ special path name ]
                | _ when overwrite ->
                    File.Move(temporary, full, true)
                    Ok()
                | _ when SystemCalls.tryRename temporary full -> Ok()
                | _ -> Error [ InitError.FileExists path ]

            let flushFolder () =
                try
                    Ok(flushes.Folder folder)
                with :? IOException as e ->
                    let reason =
                        $"it has all its bytes, but its folder was not flushed to disk: {e.Message}"

                    Error [ InitError.FileUnwritable(path, reason) ]

            Partials.removeStale folder |> ignore
            let temporary, stream = Partials.create folder mode
            let token = Cancellation.Token
            // A write that a disk keeps waiting may outlive the process's patience; its file does not.
            let removal = token.Register((fun () -> remove temporary), false)

            try
                // Open until the file has its name: the lock tells other processes that its writer is alive.
                use stream = stream

                body stream
                |> Result.bind (fun () ->
                    // The mode of the replaced file, beyond what the umask left of it.
                    mode
                    |> Option.iter (fun mode -> File.SetUnixFileMode(stream.SafeFileHandle, mode))

                    flushes.File stream

                    if OperatingSystem.IsWindows() then
                        stream.Dispose()

                    removal.Unregister() |> ignore
                    token.ThrowIfCancellationRequested()
                    commit (fun () -> rename temporary))
                |> Result.bind flushFolder
            finally
                removal.Unregister() |> ignore

                if File.Exists temporary then
                    File.Delete temporary

        guard path work

    /// `write`, with the flushes given.
    let writeWith flushes path overwrite body =
        staged flushes path overwrite body (fun rename -> rename ())

    /// `writePair`, with the flushes given.
    let writePairWith
        (flushes: Flushes)
        (overwrite: bool)
        (first: string, firstBody: Stream -> Result<unit, InitError list>)
        (second: string, secondBody: Stream -> Result<unit, InitError list>)
        : Result<unit, InitError list> =
        staged flushes first overwrite firstBody (fun renameFirst ->
            staged flushes second overwrite secondBody (fun renameSecond ->
                let wasThere = File.Exists first

                guard first renameFirst
                |> Result.bind (fun () ->
                    guard second renameSecond
                    |> Result.mapError (fun faults ->
                        if not wasThere then
                            remove first

                        faults))))

    /// Runs `body` on a new file in the target's folder, flushes it to disk, renames it and flushes the folder, in this order:
    /// after a power loss the target is the old file or the whole new one. If anything fails before the renaming, the
    /// target is unchanged and the new file is removed. Without `overwrite` the renaming never replaces a file, even one
    /// that was created at the last moment. Files that dead writers left are removed first.
    let write path overwrite body = writeWith toDisk path overwrite body

    /// Writes two files that belong together. Both are whole and flushed to disk before the first is renamed, and the second
    /// is renamed right after it: a failure or a cancellation before that leaves both targets unchanged. If the second renaming
    /// fails, the first file is removed, unless it replaced another.
    let writePair overwrite first second =
        writePairWith toDisk overwrite first second
