namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// Files that are whole or absent: written beside the target and renamed.
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
        // .NET's text goes on with the name of its own parameter.
        | :? ArgumentException -> Some(InitError.FileUnwritable(path, "it is no path."))
        | _ -> None

    /// What must hold before any work: a folder that exists, no file in the way, room on the disk.
    let check (path: string) (overwrite: bool) (bytes: int64) : InitError list =
        try
            let full = destination path

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
        with e ->
            match fault path e with
            | Some fault -> [ fault ]
            | None -> reraise ()

    /// Why a file could not be made, without its name, of which who asked for the target knows nothing.
    let nameless (name: string) (e: exn) =
        let text = e.Message.Replace($" : '{name}'", "")

        match e with
        | :? UnauthorizedAccessException -> "its folder takes no new file."
        | _ when text.Contains name -> "its folder takes no new file."
        | _ -> text

    /// A new file in a folder, under a short name that does not grow with the target's.
    let private openBeside (folder: string) (mode: UnixFileMode option) =
        let name =
            Path.Combine(folder, $".initializers-{Guid.NewGuid():N}"[..21] + ".partial")

        let options =
            FileStreamOptions(
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0
            )

        mode |> Option.iter (fun mode -> options.UnixCreateMode <- mode)

        try
            name, new FileStream(name, options)
        with
        | :? IOException as e -> raise (IOException(nameless name e, e))
        | :? UnauthorizedAccessException as e -> raise (UnauthorizedAccessException(nameless name e, e))

    /// Runs `body` on a new file beside the target, then renames it. Whatever goes wrong, the target is as before and
    /// nothing stays beside it.
    let write
        (path: string)
        (overwrite: bool)
        (body: Stream -> Result<unit, InitError list>)
        : Result<unit, InitError list> =
        let work () =
            let full = destination path

            let mode =
                if File.Exists full && not (OperatingSystem.IsWindows()) then
                    Some(File.GetUnixFileMode full)
                else
                    None

            let folder =
                match Path.GetDirectoryName full with
                | null -> full
                | folder -> folder

            let beside, stream = openBeside folder mode

            try
                let result =
                    use stream = stream
                    body stream

                match result with
                | Ok() when File.Exists full && not overwrite -> Error [ InitError.FileExists path ]
                | Ok() ->
                    // The mode of the file replaced, beyond what the umask left of it.
                    mode |> Option.iter (fun mode -> File.SetUnixFileMode(beside, mode))
                    Ok(File.Move(beside, full, overwrite))
                | Error faults -> Error faults
            finally
                if File.Exists beside then
                    File.Delete beside

        try
            work ()
        with
        | :? OperationCanceledException -> Error [ InitError.Cancelled ]
        | e ->
            match fault path e with
            | Some fault -> Error [ fault ]
            | None -> reraise ()
