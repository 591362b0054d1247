namespace Initializers.Files

open System
open System.Collections.Generic
open System.IO
open System.Text
open Initializers.FSharp

/// Reads the files of PyTorch's torch.save since 1.6: a zip archive with a pickle, data.pkl, and an entry for each storage
/// (https://pytorch.org/docs/stable/notes/serialization.html).
[<RequireQualifiedAccess>]
module internal TorchReader =
    /// The longest pickle that is read, in bytes.
    let private longest = 64_000_000

    /// Containers in containers, and the steps of a walk through all of them for a byte of the pickle: a container that is in
    /// several others is met several times. Eight characters of a name are a step.
    let private deepest = 100
    let private mostSteps = 16L

    let private pickleName = "data.pkl"

    let private isPickle (item: ZipItem) =
        item.Name = pickleName
        || item.Name.EndsWith("/" + pickleName, StringComparison.Ordinal)

    let isTorch (items: ZipItem list) = items |> List.exists isPickle

    let private malformed reason =
        Error [ InitError.Format(FormatFault.PickleMalformed(0L, reason)) ]

    /// The part of a tensor's name that is the key of its entry; None for keys that are no names.
    let private keyText (key: PickleValue) : string option =
        match key with
        | PickleValue.Text text -> Some text
        | PickleValue.Integer number -> Some(string number)
        | _ -> None

    /// Every tensor of a value with the keys that lead to it, joined by dots.
    let private named
        (root: string)
        (size: int)
        (value: PickleValue)
        : Result<(string * TorchTensor) list, InitError list> =
        let found = ResizeArray<string * TorchTensor>()
        let limit = mostSteps * int64 size
        let mutable steps = 0L
        let mutable isDeep = false

        let rec visit depth (name: string) (value: PickleValue) =
            steps <- steps + 1L + int64 name.Length / 8L

            let within key =
                if name = "" then key else name + "." + key

            if depth > deepest || steps > limit then
                isDeep <- true
            else
                match value with
                | PickleValue.Tensor tensor -> found.Add((if name = "" then root else name), tensor)
                | PickleValue.Dict entries ->
                    for i in 0 .. entries.Count - 1 do
                        let struct (key, inner) = entries[i]

                        if not isDeep then
                            visit (depth + 1) (within (keyText key |> Option.defaultValue (string i))) inner
                | PickleValue.List items -> each depth within items
                | PickleValue.Tuple items -> each depth within items
                | _ -> ()

        and each depth within (items: IReadOnlyList<PickleValue>) =
            for i in 0 .. items.Count - 1 do
                if not isDeep then
                    visit (depth + 1) (within (string i)) items[i]

        visit 0 "" value

        if isDeep then
            malformed $"containers hold each other, or are more than {deepest} in each other."
        else
            Ok(List.ofSeq found)

    /// A tensor with its place, which is within its storage.
    let private located
        (storages: IReadOnlyDictionary<string, ZipItem>)
        isBigEndian
        (name: string, tensor: TorchTensor)
        =
        let width = int64 (StoredType.bits tensor.DType / 8)

        let storage =
            match storages.TryGetValue tensor.Storage with
            | true, item -> Ok item
            | _ -> malformed $"the storage '{tensor.Storage}' is not in the archive."

        let strides =
            if tensor.Strides.Length <> tensor.Dims.Length then
                malformed "a tensor has other numbers of sizes and strides."
            elif
                tensor.Offset < 0L
                || tensor.Offset > Int64.MaxValue / 16L
                || List.exists (fun s -> s < 0L) tensor.Strides
            then
                malformed "an offset or a stride is negative or too large."
            else
                Ok tensor.Strides

        validation {
            let! item = storage
            and! shape = Shape.ofList tensor.Dims
            and! strides = strides

            let! bytes =
                match StoredType.bytes shape.Length tensor.DType with
                | Some bytes -> Ok bytes
                | None -> Error [ InitError.ShapeOverflow shape.Dims ]

            let skipped = if bytes = 0L then 0L else tensor.Offset * width

            let place =
                { ZipReader.place item isBigEndian skipped with
                    Strides = ElementPlaces.strides shape.Dims strides }

            let header =
                { Name = name
                  DType = tensor.DType
                  Shape = shape
                  Offset = if item.IsDeflated then item.Start else item.Start + skipped
                  Bytes = bytes }

            let needed =
                if bytes = 0L then
                    Int128.Zero
                else
                    Int128.op_Implicit skipped + ElementPlaces.extent header place

            let! () =
                Validation.check
                    (InitError.FileTruncated(
                        $"the storage '{Names.excerpt tensor.Storage}'",
                        Int128.op_Explicit (Int128.Min(needed, Int128.op_Implicit Int64.MaxValue)),
                        item.Bytes
                    ))
                    (needed <= Int128.op_Implicit item.Bytes)

            return { Tensor = header; Place = place }
        }
        |> Result.mapError (List.map (fun fault -> InitError.InTensor(name, fault)))

    let private text (stream: Stream) (item: ZipItem) =
        use content = ZipReader.opened stream item
        Encoding.Latin1.GetString(HeaderBytes.read content 16)

    /// The tensors of an archive's pickle. A tensor alone has the name `root`.
    let read (root: string) (stream: Stream) (items: ZipItem list) : Result<TensorFile, InitError list> =
        let pickle = items |> List.find isPickle
        let folder = pickle.Name.Substring(0, pickle.Name.Length - pickleName.Length)

        let item name =
            items |> List.tryFind (fun item -> item.Name = folder + name)

        let isBigEndian =
            match item "byteorder" with
            | Some order -> (text stream order).StartsWith("big", StringComparison.Ordinal)
            | None -> false

        let storages =
            let prefix = folder + "data/"

            dict
                [ for item in items do
                      if item.Name.StartsWith(prefix, StringComparison.Ordinal) then
                          item.Name.Substring prefix.Length, item ]

        use content = ZipReader.opened stream pickle
        let bytes = HeaderBytes.read content (longest + 1)

        if bytes.Length > longest then
            malformed $"it has more than {longest} bytes."
        else
            TorchPickle(bytes).Value
            |> Result.bind (named root bytes.Length)
            |> Result.bind (fun tensors ->
                let twice =
                    tensors
                    |> List.countBy fst
                    |> List.filter (fun (_, count) -> count > 1)
                    |> List.map (fst >> InitError.TensorDuplicate)

                validation {
                    let! located =
                        tensors |> Validation.traverse (located (storages.AsReadOnly()) isBigEndian)

                    and! () = twice

                    return
                        { Format = "pytorch"
                          Metadata = []
                          Tensors = located }
                })
