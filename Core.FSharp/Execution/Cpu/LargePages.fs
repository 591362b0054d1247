namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open Initializers.FSharp

/// Large pages for new memory of the host, where the system gives them to those who ask (Linux's transparent huge pages in
/// their usual setting `madvise`): the first touch of 500 MB takes a quarter of the time.
module internal LargePages =
    [<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
    type private Advise = delegate of address: nativeint * length: unativeint * advice: int -> int

    /// MADV_HUGEPAGE of Linux.
    [<Literal>]
    let private Huge = 14

    /// Below this a page or two would be won.
    [<Literal>]
    let private Least = 0x400000L

    let private advise =
        LazyValue(fun () ->
            (let mutable library = 0n
             let mutable entry = 0n

             if
                 OperatingSystem.IsLinux()
                 && NativeLibrary.TryLoad("libc.so.6", &library)
                 && NativeLibrary.TryGetExport(library, "madvise", &entry)
             then
                 ValueSome(Marshal.GetDelegateForFunctionPointer<Advise> entry)
             else
                 ValueNone))

    /// Requests large pages for untouched memory. Without large pages, nothing changes.
    let preferLarge (address: nativeint) (bytes: int64) =
        if bytes >= Least then
            match advise.Value with
            | ValueSome advise ->
                let page = nativeint Environment.SystemPageSize
                let start = (address + page - 1n) / page * page
                let length = (address + nativeint bytes - start) / page * page
                advise.Invoke(start, unativeint length, Huge) |> ignore
            | ValueNone -> ()
