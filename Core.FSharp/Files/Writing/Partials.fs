namespace Initializers.Files

open System
open System.IO

/// Files under temporary names: `.initializers-BOOT-RANDOM.partial`, where BOOT is the start of the machine's boot id.
/// A writer holds the lock of its file until the file has its final name, so that a file whose lock is free is one whose
/// writer was killed. Locks hold across containers and namespaces of one machine. A file of another boot may be another
/// machine's, whose locks a network file system may hide; it is left until a day after its last change.
module internal Partials =
    let private boot =
        lazy
            (try
                File.ReadAllText("/proc/sys/kernel/random/boot_id").Replace("-", "")[..7]
             with _ ->
                 "00000000")

    let private prefix () = $".initializers-{boot.Value}-"

    /// Why a file could not be made, without its name, which the caller never chose.
    let nameless (name: string) (e: exn) =
        let text = e.Message.Replace($" : '{name}'", "")

        match e with
        | :? UnauthorizedAccessException -> "its folder takes no new file."
        | _ when text.Contains name -> "its folder takes no new file."
        | _ -> text

    /// How often a name is tried. One fails where another process removes the new file between its creation and its
    /// lock.
    let private attempts = 100

    /// A new file in a folder, locked, under a short name that does not grow with the target's.
    let rec private attempt (folder: string) (mode: UnixFileMode option) left : string * FileStream =
        let name =
            Path.Combine(folder, prefix () + Guid.NewGuid().ToString("N")[..11] + ".partial")

        let options =
            FileStreamOptions(
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                // Not None: other programs may read the file as soon as it has its final name.
                Share = (FileShare.ReadWrite ||| FileShare.Delete),
                BufferSize = 0
            )

        mode |> Option.iter (fun mode -> options.UnixCreateMode <- mode)

        let stream =
            try
                Some(new FileStream(name, options))
            with
            // Another process locked the new file to remove it.
            | :? IOException as e when e.HResult = SystemCalls.EAGAIN -> None
            | :? IOException as e -> raise (IOException(nameless name e, e))
            | :? UnauthorizedAccessException as e -> raise (UnauthorizedAccessException(nameless name e, e))

        match stream with
        // Shared, so that readers of the final name may lock it too.
        | Some stream when
            SystemCalls.tryLock true stream.SafeFileHandle <> FileLock.Elsewhere
            && File.Exists name
            ->
            name, stream
        | _ when left > 0 ->
            stream |> Option.iter _.Dispose()
            File.Delete name
            attempt folder mode (left - 1)
        | _ -> raise (IOException "its folder takes no new file.")

    let create folder mode = attempt folder mode attempts

    /// Takes the lock of a file that nobody writes any more; None where somebody may.
    let private tryOwn (path: string) : Stream option =
        try
            if SystemCalls.kind path false <> FileKind.Regular then
                None
            else
                let stream =
                    new FileStream(
                        path,
                        FileStreamOptions(Share = (FileShare.ReadWrite ||| FileShare.Delete), BufferSize = 0)
                    )

                let ofThisBoot =
                    boot.Value <> "00000000"
                    && Path.GetFileName(path.AsSpan()).StartsWith(prefix (), StringComparison.Ordinal)

                let isFree =
                    match SystemCalls.tryLock false stream.SafeFileHandle with
                    | FileLock.Taken ->
                        ofThisBoot
                        || DateTime.UtcNow - File.GetLastWriteTimeUtc path > TimeSpan.FromDays 1.0
                    | _ -> false

                if isFree then
                    Some stream
                else
                    stream.Dispose()
                    None
        with
        | :? IOException
        | :? UnauthorizedAccessException -> None

    /// Does something with each file of a folder that a dead writer left, while it is locked.
    let private eachStale (folder: string) (work: string -> Stream -> unit) =
        try
            for path in Directory.EnumerateFiles(folder, ".initializers-*.partial") do
                match tryOwn path with
                | None -> ()
                | Some stream ->
                    use stream = stream

                    try
                        work path stream
                    with
                    | :? IOException
                    | :? UnauthorizedAccessException -> ()
        with
        // A folder that cannot be listed.
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    /// The bytes that `removeStale` would free.
    let staleBytes (folder: string) : int64 =
        let mutable bytes = 0L
        eachStale folder (fun _ stream -> bytes <- bytes + stream.Length)
        bytes

    /// Removes what dead writers left in a folder, and returns the names of these files.
    let removeStale (folder: string) : string list =
        let mutable removed = []

        eachStale folder (fun path _ ->
            File.Delete path
            removed <- string (Path.GetFileName path) :: removed)

        List.sort removed
