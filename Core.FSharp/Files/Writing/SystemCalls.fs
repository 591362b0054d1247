namespace Initializers.Files

open System
open System.IO
open System.Runtime.InteropServices
open System.Text
open Microsoft.FSharp.NativeInterop
open Microsoft.Win32.SafeHandles

/// What a path leads to.
[<RequireQualifiedAccess>]
type internal FileKind =
    | Regular
    | Folder
    /// A named pipe (FIFO), socket or device, by its name in messages.
    | Special of name: string
    | Absent

/// The kind of a file and, of one that exists, what no other file has at the same time.
type internal FileStatus =
    { Kind: FileKind
      Identity: struct (uint32 * uint32 * uint64) }

/// What became of an attempt to lock a file.
[<RequireQualifiedAccess>]
type internal FileLock =
    | Taken
    | Elsewhere
    /// The system or the file system has no locks.
    | Unavailable

/// System calls that .NET does not offer. Linux has all of them; on other systems the fallbacks use .NET alone.
module internal SystemCalls =
    [<DllImport("libc", SetLastError = true)>]
    extern int private statx(int folder, byte* path, int flags, uint32 mask, byte* status)

    [<DllImport("libc", SetLastError = true)>]
    extern int private renameat2(int folder, byte* source, int targetFolder, byte* target, uint32 flags)

    [<DllImport("libc", SetLastError = true)>]
    extern int private link(byte* source, byte* target)

    [<DllImport("libc", SetLastError = true)>]
    extern int private ``open``(byte* path, int flags)

    [<DllImport("libc", SetLastError = true)>]
    extern int private close(int handle)

    [<DllImport("libc", SetLastError = true)>]
    extern int private fsync(int handle)

    [<DllImport("libc", SetLastError = true)>]
    extern int private sync_file_range(SafeFileHandle handle, int64 offset, int64 count, uint32 flags)

    [<DllImport("libc", SetLastError = true)>]
    extern int private flock(SafeFileHandle handle, int operation)

    [<DllImport("libc", SetLastError = true)>]
    extern int private fcntl(SafeFileHandle handle, int command, int argument)

    [<DllImport("libc", SetLastError = true)>]
    extern nativeint private read(SafeFileHandle handle, byte* buffer, nativeint count)

    [<Literal>]
    let private EINTR = 4

    /// The error of a call that would have to wait.
    [<Literal>]
    let EAGAIN = 11

    [<Literal>]
    let private EEXIST = 17

    let private isLinux = OperatingSystem.IsLinux()

    /// A path as C has it.
    let private bytes (path: string) = Encoding.UTF8.GetBytes(path + "\000")

    let private error () =
        let number = Marshal.GetLastPInvokeError()
        IOException(Marshal.GetPInvokeErrorMessage number, number)

    /// open(2), repeated while signals interrupt it; below 0 where it fails.
    let rec private openFile (path: string) (flags: int) : int =
        let name = bytes path
        use p = fixed name
        let handle = ``open`` (p, flags)

        if handle < 0 && Marshal.GetLastPInvokeError() = EINTR then
            openFile path flags
        else
            handle

    /// statx(2), whose structure is the same on all processors; ValueNone where the system lacks it.
    let private linuxStatus (path: string) (followLinks: bool) : FileStatus voption =
        try
            if path.Contains '\000' then
                invalidArg (nameof path) "no path has a byte 0"

            let buffer: byte[] = Array.zeroCreate 256
            let path = bytes path
            use p = fixed path
            use status = fixed buffer
            let flags = if followLinks then 0 else 0x100

            if statx (-100, p, flags, 0x7FFu, status) = 0 then
                let kind =
                    match int (BitConverter.ToUInt16(buffer, 28)) &&& 0xF000 with
                    | 0x8000 -> FileKind.Regular
                    | 0x4000 -> FileKind.Folder
                    | 0x1000 -> FileKind.Special "a pipe"
                    | 0xC000 -> FileKind.Special "a socket"
                    | 0xA000 -> FileKind.Special "a link"
                    | _ -> FileKind.Special "a device"

                ValueSome
                    { Kind = kind
                      Identity =
                        struct (BitConverter.ToUInt32(buffer, 136),
                                BitConverter.ToUInt32(buffer, 140),
                                BitConverter.ToUInt64(buffer, 32)) }
            else
                ValueNone
        with
        | :? ArgumentException
        | :? EntryPointNotFoundException -> ValueNone

    /// What a path leads to, through links if `followLinks`. Identity is compared by `sameFile` alone.
    let kind (path: string) (followLinks: bool) : FileKind =
        let status = if isLinux then linuxStatus path followLinks else ValueNone

        match status with
        | ValueSome status -> status.Kind
        | ValueNone when Directory.Exists path -> FileKind.Folder
        | ValueNone when File.Exists path -> FileKind.Regular
        | ValueNone -> FileKind.Absent

    /// Whether two paths lead to one file, through links and as hard links too; None where the system cannot tell.
    let sameFile (first: string) (second: string) : bool option =
        if isLinux then
            match linuxStatus first true, linuxStatus second true with
            | ValueSome a, ValueSome b -> Some(a.Identity = b.Identity)
            | _ -> None
        else
            None

    /// Takes the lock of a file for this process, shared with others or not. The lock ends with the process, however it ends.
    let tryLock (shared: bool) (handle: SafeFileHandle) : FileLock =
        if not isLinux then
            FileLock.Unavailable
        elif flock (handle, (if shared then 1 else 2) ||| 4) = 0 then
            FileLock.Taken
        elif Marshal.GetLastPInvokeError() = EAGAIN then
            FileLock.Elsewhere
        else
            FileLock.Unavailable

    /// Takes the lock of a folder as `tryLock` does, until what is returned is disposed of; None where it is elsewhere.
    let tryLockFolder (shared: bool) (folder: string) : IDisposable option =
        // O_RDONLY, O_DIRECTORY, O_CLOEXEC; a folder that may be written and not read cannot be opened.
        let handle =
            if isLinux then
                openFile folder (0x10000 ||| 0x80000)
            else
                -1

        let owned = new SafeFileHandle(nativeint handle, true)

        match
            (if handle < 0 then
                 FileLock.Unavailable
             else
                 tryLock shared owned)
        with
        | FileLock.Taken
        | FileLock.Unavailable -> Some owned
        | FileLock.Elsewhere ->
            owned.Dispose()
            None

    /// Gives a file another name, unless that name is taken: false if it is. Atomic where the system has renameat2(2) or
    /// hard links.
    let tryRename (source: string) (target: string) : bool =
        let from, into = bytes source, bytes target
        use f = fixed from
        use t = fixed into

        /// Some as soon as it is known.
        let renamed =
            try
                if not isLinux then None
                elif renameat2 (-100, f, -100, t, 1u) = 0 then Some true
                elif Marshal.GetLastPInvokeError() = EEXIST then Some false
                else None
            with :? EntryPointNotFoundException ->
                None

        let linked () =
            if OperatingSystem.IsWindows() then
                None
            elif link (f, t) = 0 then
                File.Delete source
                Some true
            elif Marshal.GetLastPInvokeError() = EEXIST then
                Some false
            else
                None

        match renamed |> Option.orElseWith linked with
        | Some result -> result
        | None ->
            try
                File.Move(source, target, false)
                true
            with :? IOException when File.Exists target ->
                false

    /// Flushes a folder's entries to disk. Windows has no such call, and file systems that refuse it do not need it.
    let flushFolder (folder: string) =
        if not (OperatingSystem.IsWindows()) then
            // O_RDONLY, and O_CLOEXEC where its number is known.
            let handle = openFile folder (if isLinux then 0x80000 else 0)

            // A folder that may be written and not read cannot be opened.
            if handle >= 0 then
                try
                    if fsync handle < 0 then
                        match Marshal.GetLastPInvokeError() with
                        // EINTR, EBADF, EINVAL, EROFS, ENOTSUP: no failure of the disk.
                        | EINTR
                        | 9
                        | 22
                        | 30
                        | 95 -> ()
                        | _ -> raise (error ())
                finally
                    close handle |> ignore

    /// Opens a file for reading, also where another process has its lock, which .NET would ask for.
    let openUnlocked (path: string) : Stream =
        // O_RDONLY, O_CLOEXEC
        match (if isLinux then openFile path 0x80000 else -1) with
        | handle when handle >= 0 -> new FileStream(new SafeFileHandle(nativeint handle, true), FileAccess.Read, 0)
        | _ -> new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite ||| FileShare.Delete)

    /// Writes bytes and, on Linux, lets the disk begin with them, so that it works while further ones are made and the flush
    /// at the end is short.
    let writeThrough (stream: Stream) (bytes: ReadOnlySpan<byte>) =
        stream.Write bytes

        match stream with
        | :? FileStream as file when isLinux && file.CanSeek ->
            try
                // SYNC_FILE_RANGE_WRITE. File systems that refuse it write at the flush.
                let count = int64 bytes.Length

                sync_file_range (file.SafeFileHandle, file.Position - count, count, 2u)
                |> ignore
            with :? EntryPointNotFoundException ->
                ()
        | _ -> ()

    /// Opens a named pipe without waiting for its writer; on Linux alone.
    let openPipe (path: string) : SafeFileHandle =
        // O_RDONLY, O_NONBLOCK, O_CLOEXEC
        match openFile path (0x800 ||| 0x80000) with
        | handle when handle < 0 -> raise (error ())
        | handle -> new SafeFileHandle(nativeint handle, true)

    /// The next byte of a pipe that `openPipe` opened: ValueNone while a writer has it open and wrote nothing yet, and
    /// nothing at all without a writer.
    let readPipe (handle: SafeFileHandle) : byte[] voption =
        let buffer = [| 0uy |]
        use p = fixed buffer

        match int (read (handle, p, 1n)) with
        | 1 -> ValueSome buffer
        | 0 -> ValueSome [||]
        | _ when Marshal.GetLastPInvokeError() = EAGAIN -> ValueNone
        | _ when Marshal.GetLastPInvokeError() = EINTR -> ValueSome [||]
        | _ -> raise (error ())

    /// Lets reads of a pipe wait again.
    let waitFor (handle: SafeFileHandle) =
        let flags = fcntl (handle, 3, 0)

        if fcntl (handle, 4, flags &&& ~~~0x800) < 0 then
            raise (error ())
