namespace Initializers.Files

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.Numerics
open System.Text
open System.Text.Unicode
open Initializers.FSharp

/// A tensor as a pickle describes it: elements of a storage, which is an entry of the archive.
type internal TorchTensor =
    {
        Storage: string
        DType: StoredType
        /// In elements.
        Offset: int64
        Dims: int64 list
        Strides: int64 list
    }

/// What a pickle of PyTorch makes. Lists and dictionaries are changed after they were made, and may hold themselves.
[<RequireQualifiedAccess; ReferenceEquality>]
type internal PickleValue =
    | Nothing
    | Truth of bool
    | Integer of int64
    | Real of float
    | Text of string
    | Bytes
    | Tuple of PickleValue[]
    | List of ResizeArray<PickleValue>
    | Dict of ResizeArray<struct (PickleValue * PickleValue)>
    | Global of string
    /// Its element type; ValueNone for bytes that tensors of any type share.
    | Storage of key: string * stored: StoredType voption
    | Tensor of TorchTensor

exception private PickleStopped of fault: InitError

/// Reads the pickles that torch.save writes, protocols 2 to 5. It builds dictionaries, lists, tuples, texts, numbers and tensors,
/// and refuses every other name: nothing is imported and nothing is called.
[<Sealed>]
type internal TorchPickle(bytes: byte[]) =
    /// The most values on the stack; pickles add to containers by thousands.
    static let deepest = 1_000_000

    let stack = ResizeArray<PickleValue>()
    let marks = Stack<int>()
    let memo = Dictionary<int64, PickleValue>()
    let mutable at = 0

    let stop reason =
        raise (PickleStopped(InitError.Format(FormatFault.PickleMalformed(int64 at, reason))))

    let span (count: int64) : ReadOnlySpan<byte> =
        if count < 0L || count > int64 (bytes.Length - at) then
            stop "it ends within a value."

        let part = ReadOnlySpan(bytes, at, int count)
        at <- at + int count
        part

    let skip (count: int64) =
        let _ = span count
        ()

    let u8 () = (span 1L)[0]

    let u16 () =
        BinaryPrimitives.ReadUInt16LittleEndian(span 2L)

    let i32 () =
        BinaryPrimitives.ReadInt32LittleEndian(span 4L)

    let u32 () =
        BinaryPrimitives.ReadUInt32LittleEndian(span 4L)

    let i64 () =
        BinaryPrimitives.ReadInt64LittleEndian(span 8L)

    let text (count: int64) : string =
        let part = span count

        if Utf8.IsValid part then
            Encoding.UTF8.GetString part
        else
            stop "a text is not UTF-8."

    let line () : string =
        match Array.IndexOf(bytes, byte '\n', at) with
        | -1 -> stop "a name has no end."
        | ended ->
            let read = text (int64 (ended - at))
            at <- at + 1
            read

    let push value =
        if stack.Count >= deepest then
            stop $"more than {deepest} values wait on the stack."

        stack.Add value

    let bottom () =
        if marks.Count = 0 then 0 else marks.Peek()

    let top () : PickleValue =
        if stack.Count <= bottom () then
            stop "a value is missing on the stack."

        stack[stack.Count - 1]

    let pop () : PickleValue =
        let value = top ()
        stack.RemoveAt(stack.Count - 1)
        value

    /// The values since the last mark.
    let marked () : PickleValue[] =
        if marks.Count = 0 then
            stop "a mark is missing on the stack."

        let first = marks.Pop()
        let values = stack.GetRange(first, stack.Count - first).ToArray()
        stack.RemoveRange(first, stack.Count - first)
        values

    let remember (key: int64) = memo[key] <- top ()

    let recall (key: int64) =
        match memo.TryGetValue key with
        | true, value -> push value
        | _ -> stop $"nothing was remembered as {key}."

    /// A whole number of any length; those beyond 64 bits are no sizes.
    let long (count: int64) =
        let part = span count

        if count <= 8L then
            push (PickleValue.Integer(int64 (BigInteger part)))
        elif count <= 1024L then
            push (PickleValue.Real(float (BigInteger part)))
        else
            stop $"a number of {count} bytes."

    let name (part: string) (rest: string) =
        let name = part + "." + rest

        if TorchNames.isRead name then
            push (PickleValue.Global name)
        else
            raise (PickleStopped(InitError.Format(FormatFault.PickleRefused(name, TorchNames.remedy name))))

    let append (items: PickleValue[]) =
        match top () with
        | PickleValue.List list -> list.AddRange items
        | _ -> stop "items are added to what is no list."

    let set (items: PickleValue[]) =
        match top () with
        | PickleValue.Dict entries when items.Length % 2 = 0 ->
            for i in 0..2 .. items.Length - 2 do
                entries.Add(struct (items[i], items[i + 1]))
        | _ -> stop "entries are added to what is no dictionary."

    let sizes (value: PickleValue) : int64 list =
        match value with
        | PickleValue.Tuple items ->
            [ for item in items do
                  match item with
                  | PickleValue.Integer n -> n
                  | _ -> stop "a size or a stride is no whole number." ]
        | _ -> stop "sizes and strides are no tuple."

    let tensor storage offset dims strides (given: StoredType voption) =
        match storage, offset with
        | PickleValue.Storage(key, stored), PickleValue.Integer offset ->
            match given, stored with
            | ValueSome dtype, _
            | ValueNone, ValueSome dtype ->
                PickleValue.Tensor
                    { Storage = key
                      DType = dtype
                      Offset = offset
                      Dims = sizes dims
                      Strides = sizes strides }
            | ValueNone, ValueNone -> stop "a tensor has no type of elements."
        | _ -> stop "a tensor has no storage."

    let dtypeOf (value: PickleValue) : StoredType voption =
        match value with
        | PickleValue.Global name -> TorchNames.dtype name
        | _ -> ValueNone

    /// The value that a function of the list makes of its arguments.
    let reduce (callee: PickleValue) (arguments: PickleValue) : PickleValue =
        match callee, arguments with
        | PickleValue.Global "collections.OrderedDict", PickleValue.Tuple [||] -> PickleValue.Dict(ResizeArray())
        | PickleValue.Global "collections.OrderedDict", PickleValue.Tuple [| PickleValue.List pairs |] ->
            let entries = ResizeArray()

            for pair in pairs do
                match pair with
                | PickleValue.Tuple [| key; value |] -> entries.Add(struct (key, value))
                | PickleValue.List items when items.Count = 2 -> entries.Add(struct (items[0], items[1]))
                | _ -> stop "an entry of a dictionary is no pair."

            PickleValue.Dict entries
        | PickleValue.Global "torch.Size", PickleValue.Tuple [| items |] -> items
        | PickleValue.Global "torch.device", PickleValue.Tuple _ -> PickleValue.Nothing
        | PickleValue.Global("torch._utils._rebuild_parameter" | "torch._utils._rebuild_parameter_with_state"),
          PickleValue.Tuple items when items.Length >= 1 ->
            match items[0] with
            | PickleValue.Tensor _ as data -> data
            | _ -> stop "a parameter has no tensor."
        | PickleValue.Global("torch._utils._rebuild_tensor" | "torch._utils._rebuild_tensor_v2"),
          PickleValue.Tuple items when items.Length >= 4 -> tensor items[0] items[1] items[2] items[3] ValueNone
        | PickleValue.Global "torch._utils._rebuild_tensor_v3", PickleValue.Tuple items when items.Length >= 7 ->
            match dtypeOf items[6] with
            | ValueSome dtype -> tensor items[0] items[1] items[2] items[3] (ValueSome dtype)
            | ValueNone -> stop "a tensor has no type of elements."
        | PickleValue.Global name, _ -> stop $"{name} is not called with such arguments."
        | _ -> stop "a value is called that is not the name of a function."

    let persistent (id: PickleValue) : PickleValue =
        match id with
        | PickleValue.Tuple items when items.Length >= 5 ->
            match items[0], items[1], items[2] with
            | PickleValue.Text "storage", PickleValue.Global name, PickleValue.Text key ->
                match TorchNames.storage name with
                | ValueSome stored -> PickleValue.Storage(key, stored)
                | ValueNone -> stop $"{name} is no storage."
            | _ -> stop "a persistent object is no storage."
        | _ -> stop "a persistent object is no storage."

    /// One step of the pickle by its operation.
    let step (operation: byte) =
        match operation with
        | 0x80uy ->
            match u8 () with
            | version when version >= 2uy && version <= 5uy -> ()
            | version -> stop $"protocol {version}; 2 to 5 are read."
        | 0x95uy -> i64 () |> ignore
        | b when b = byte '(' -> marks.Push stack.Count
        | b when b = byte '0' -> pop () |> ignore
        | b when b = byte '1' -> marked () |> ignore
        | b when b = byte '2' -> push (top ())
        | b when b = byte 'N' -> push PickleValue.Nothing
        | 0x88uy -> push (PickleValue.Truth true)
        | 0x89uy -> push (PickleValue.Truth false)
        | b when b = byte 'J' -> push (PickleValue.Integer(int64 (i32 ())))
        | b when b = byte 'K' -> push (PickleValue.Integer(int64 (u8 ())))
        | b when b = byte 'M' -> push (PickleValue.Integer(int64 (u16 ())))
        | 0x8Auy -> long (int64 (u8 ()))
        | 0x8Buy -> long (int64 (i32 ()))
        | b when b = byte 'G' -> push (PickleValue.Real(BinaryPrimitives.ReadDoubleBigEndian(span 8L)))
        | b when b = byte 'X' -> push (PickleValue.Text(text (int64 (u32 ()))))
        | 0x8Cuy -> push (PickleValue.Text(text (int64 (u8 ()))))
        | 0x8Duy -> push (PickleValue.Text(text (i64 ())))
        | b when b = byte 'C' ->
            skip (int64 (u8 ()))
            push PickleValue.Bytes
        | b when b = byte 'B' ->
            skip (int64 (u32 ()))
            push PickleValue.Bytes
        | 0x8Euy
        | 0x96uy ->
            skip (i64 ())
            push PickleValue.Bytes
        | b when b = byte ')' -> push (PickleValue.Tuple [||])
        | 0x85uy -> push (PickleValue.Tuple [| pop () |])
        | 0x86uy ->
            let second = pop ()
            push (PickleValue.Tuple [| pop (); second |])
        | 0x87uy ->
            let third = pop ()
            let second = pop ()
            push (PickleValue.Tuple [| pop (); second; third |])
        | b when b = byte 't' -> push (PickleValue.Tuple(marked ()))
        | b when b = byte ']' -> push (PickleValue.List(ResizeArray()))
        | b when b = byte 'a' -> append [| pop () |]
        | b when b = byte 'e' -> append (marked ())
        | b when b = byte '}' -> push (PickleValue.Dict(ResizeArray()))
        | b when b = byte 's' ->
            let value = pop ()
            set [| pop (); value |]
        | b when b = byte 'u' -> set (marked ())
        | b when b = byte 'c' ->
            let part = line ()
            name part (line ())
        | 0x93uy ->
            match pop (), pop () with
            | PickleValue.Text rest, PickleValue.Text part -> name part rest
            | _ -> stop "a name is no text."
        | b when b = byte 'R' || b = 0x81uy ->
            let arguments = pop ()
            push (reduce (pop ()) arguments)
        | b when b = byte 'b' ->
            pop () |> ignore

            // The attributes of a state_dict, its _metadata, hold no tensors.
            match top () with
            | PickleValue.Dict _ -> ()
            | _ -> stop "attributes are given to what is no dictionary."
        | b when b = byte 'Q' -> push (persistent (pop ()))
        | b when b = byte 'q' -> remember (int64 (u8 ()))
        | b when b = byte 'r' -> remember (int64 (u32 ()))
        | 0x94uy -> remember (int64 memo.Count)
        | b when b = byte 'h' -> recall (int64 (u8 ()))
        | b when b = byte 'j' -> recall (int64 (u32 ()))
        | other -> stop $"the operation 0x{other:X2}, which torch.save does not write."

    /// The value of the pickle, or its first fault.
    member _.Value: Result<PickleValue, InitError list> =
        try
            let mutable operation = u8 ()

            while operation <> byte '.' do
                step operation
                operation <- u8 ()

            Ok(pop ())
        with PickleStopped fault ->
            Error [ fault ]
