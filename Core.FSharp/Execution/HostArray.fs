namespace Initializers.Kernels

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU

/// 64 bytes: an array of these holds 2^31 times as many.
[<Struct; StructLayout(LayoutKind.Sequential, Size = 64)>]
type private ArrayLine =
    [<DefaultValue>]
    val mutable private first: uint64

/// 4096 bytes, for arrays of more than 128 GiB.
[<Struct; StructLayout(LayoutKind.Sequential, Size = 4096)>]
type private ArrayPage =
    [<DefaultValue>]
    val mutable private first: uint64

/// Keeps an array where it is until this object is collected.
[<Sealed>]
type private ArrayPin(array: Array) =
    let mutable handle = GCHandle.Alloc(array, GCHandleType.Pinned)

    member _.Address = handle.AddrOfPinnedObject()

    override _.Finalize() = handle.Free()

/// An ILGPU buffer over an array. Views refer to it, and so keep the array alive and in place.
[<Sealed>]
type private ArrayBuffer(accelerator: Accelerator, pin: ArrayPin, offset: nativeint, bytes: int64) as this =
    inherit CPUMemoryBuffer(accelerator, bytes, 1)
    do this.NativePtr <- pin.Address + offset

    // The memory is the collector's.
    override _.DisposeAcceleratorObject _ = GC.KeepAlive pin

/// Memory that tensors and readers share until the last of them releases it.
[<AbstractClass>]
type internal CountedMemory(users: int) =
    let mutable users = users

    /// Called once, when the last user has released the memory.
    abstract Free: unit -> unit

    /// Keeps the memory until Release. False where it has been freed.
    member _.TryHold() : bool =
        let mutable seen = Volatile.Read &users
        let mutable isHeld = false

        while not isHeld && seen > 0 do
            let found = Interlocked.CompareExchange(&users, seen + 1, seen)
            isHeld <- (found = seen)
            seen <- found

        isHeld

    member this.Release() : unit =
        if Interlocked.Decrement &users = 0 then
            this.Free()

/// Arrays of freed tensors, for tensors of about the same size that are made next. The collector may take them.
[<AbstractClass; Sealed>]
type private FreeArrays private () =
    static let slots: (WeakReference<Array> | null)[] = Array.zeroCreate 8
    static let mutable next = 0

    /// Smaller arrays are cheap.
    static let least = 85_000L

    static member Bytes(array: Array) : int64 =
        match array with
        | :? (ArrayLine[]) -> int64 array.Length * 64L
        | _ -> int64 array.Length * 4096L

    static member Add(array: Array) : unit =
        if FreeArrays.Bytes array >= least then
            let slot = Interlocked.Increment &next &&& (slots.Length - 1)
            Volatile.Write(&slots[slot], WeakReference<Array> array)

    /// An array of that many bytes, or a quarter more; it is the caller's alone.
    static member TryTake(bytes: int64) : Array option =
        let fits (slot: int) =
            match Volatile.Read &slots[slot] with
            | null -> None
            | reference ->
                match reference.TryGetTarget() with
                | true, array when
                    FreeArrays.Bytes array >= bytes
                    && FreeArrays.Bytes array - bytes <= bytes / 4L
                    && Object.ReferenceEquals(Interlocked.CompareExchange(&slots[slot], null, reference), reference)
                    ->
                    Some array
                | _ -> None

        if bytes < least then
            None
        else
            Seq.init slots.Length id |> Seq.tryPick fits

/// Uninitialized host memory in a managed array. The collector knows its size and frees it when no tensor, span or view refers
/// to it, and never before. Memory that no span and no view has shown is reused when its tensors are disposed.
[<Sealed>]
type internal HostArray(bytes: int64, users: int) =
    inherit CountedMemory(users)

    static let allocate (bytes: int64) : Array =
        let elements (size: int64) = (bytes - 1L) / size + 1L

        if elements 64L <= int64 Array.MaxLength then
            GC.AllocateUninitializedArray<ArrayLine>(int (elements 64L))
        elif elements 4096L <= int64 Array.MaxLength then
            GC.AllocateUninitializedArray<ArrayPage>(int (elements 4096L))
        else
            raise (OutOfMemoryException())

    static let fresh (bytes: int64) : Array =
        let array = allocate bytes
        use start = fixed &MemoryMarshal.GetArrayDataReference array
        LargePages.preferLarge (NativePtr.toNativeInt start) bytes
        array

    // A line more, so that the first byte can begin one. It does until the collector moves the array.
    let array =
        FreeArrays.TryTake(bytes + 64L)
        |> Option.defaultWith (fun () -> fresh (bytes + 64L))

    let offset =
        use start = fixed &MemoryMarshal.GetArrayDataReference array
        (64n - NativePtr.toNativeInt start % 64n) % 64n

    let mutable buffer: ArrayBuffer | null = null
    let mutable isShown = false

    /// The byte at an offset, by which the array can be pinned.
    member _.Reference(place: int64) : byref<byte> =
        &Unsafe.AddByteOffset(&MemoryMarshal.GetArrayDataReference array, offset + nativeint place)

    /// The memory is about to be shown by a span or view, of whose end nobody will know. False where it has been freed.
    member this.TryShow() : bool =
        this.TryHold()
        && (Volatile.Write(&isShown, true)
            this.Release()
            true)

    /// The array as a buffer of an accelerator of the CPU, pinned from the first call on.
    member _.Buffer(accelerator: Accelerator) : MemoryBuffer =
        match buffer with
        | null ->
            let made = new ArrayBuffer(accelerator, ArrayPin array, offset, bytes)

            match Interlocked.CompareExchange(&buffer, made, null) with
            | null -> made
            | first -> first
        | made -> made

    override _.Free() =
        if not (Volatile.Read &isShown) then
            FreeArrays.Add array
