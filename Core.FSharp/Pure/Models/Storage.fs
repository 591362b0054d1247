namespace Initializers.FSharp

open System
open Initializers

[<RequireQualifiedAccess>]
type IntegerType =
    | Bool
    | I8
    | I16
    | I32
    | I64
    | U8
    | U16
    | U32
    | U64

[<RequireQualifiedAccess>]
type Storage =
    | Float of DType
    | Float8 of Float8Type
    | Integer of IntegerType

[<RequireQualifiedAccess>]
module Storage =
    /// Name in safetensors, name in PyTorch and NumPy, bytes, least value, and the first value beyond: both powers of
    /// two, 0 or 1, so that float64 has them exactly.
    let private integers =
        let signed bits =
            -(Math.ScaleB(1.0, bits - 1)), Math.ScaleB(1.0, bits - 1)

        let unsigned bits = 0.0, Math.ScaleB(1.0, bits)

        [ IntegerType.Bool, "BOOL", "bool", 1, unsigned 1
          IntegerType.I8, "I8", "int8", 1, signed 8
          IntegerType.I16, "I16", "int16", 2, signed 16
          IntegerType.I32, "I32", "int32", 4, signed 32
          IntegerType.I64, "I64", "int64", 8, signed 64
          IntegerType.U8, "U8", "uint8", 1, unsigned 8
          IntegerType.U16, "U16", "uint16", 2, unsigned 16
          IntegerType.U32, "U32", "uint32", 4, unsigned 32
          IntegerType.U64, "U64", "uint64", 8, unsigned 64 ]

    [<CompiledName "Known">]
    let known =
        DType.known
        @ Float8.known
        @ [ for _, short, long, size, (least, beyond) in integers do
                let range =
                    match size, least with
                    | 8, 0.0 -> "from 0 to 2^53 - 1, which float64 has exactly"
                    | 8, _ -> "from 1 - 2^53 to 2^53 - 1, which float64 has exactly"
                    | _ -> $"from {Names.number least} to {Names.number (beyond - 1.0)}"

                let also =
                    if short.Equals(long, StringComparison.OrdinalIgnoreCase) then
                        ""
                    else
                        $"; also {short.ToLowerInvariant()}"

                long, $"whole numbers {range}{also}" ]

    let private find integer =
        integers |> List.find (fun (known, _, _, _, _) -> known = integer)

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Storage, InitError list> =
        let plain =
            if text.StartsWith("torch.", StringComparison.OrdinalIgnoreCase) then
                text.Substring 6
            else
                text

        let is (name: string) =
            name.Equals(plain, StringComparison.OrdinalIgnoreCase)

        match integers |> List.tryFind (fun (_, short, long, _, _) -> is short || is long), Float8.tryFind plain with
        | Some(integer, _, _, _, _), _ -> Ok(Storage.Integer integer)
        | None, Some format -> Ok(Storage.Float8 format)
        | None, None -> DType.parse text |> Result.map Storage.Float

    let parseFloat (text: string) : Result<Storage, InitError list> =
        match parse text with
        | Ok(Storage.Integer _) -> Error [ InitError.DTypeUnknown text ]
        | other -> other

    [<CompiledName "ToText">]
    let toText (storage: Storage) : string =
        match storage with
        | Storage.Float DType.Float16 -> "F16"
        | Storage.Float DType.BFloat16 -> "BF16"
        | Storage.Float DType.Float64 -> "F64"
        | Storage.Float _ -> "F32"
        | Storage.Float8 format -> Float8.toText format
        | Storage.Integer integer ->
            let _, name, _, _, _ = find integer
            name

    [<CompiledName "Size">]
    let size (storage: Storage) : int =
        match storage with
        | Storage.Float dtype -> DType.size dtype
        | Storage.Float8 _ -> 1
        | Storage.Integer integer ->
            let _, _, _, size, _ = find integer
            size

    let encoder (integer: IntegerType) : float -> uint64 voption =
        let _, _, _, size, (least, beyond) = find integer

        fun value ->
            // From 2^53 on, one float64 represents several integers, and the intended one is lost.
            let exact = abs value < 9007199254740992.0

            if exact && Math.Floor value = value && value >= least && value < beyond then
                let whole = if value < 0.0 then uint64 (int64 value) else uint64 value
                ValueSome(whole &&& (UInt64.MaxValue >>> (64 - 8 * size)))
            else
                ValueNone

    let notExact (integer: IntegerType) (value: float) : InitError =
        let _, name, _, _, _ = find integer
        InitError.NotExact(value, name)

    [<CompiledName "Bits">]
    let bits (integer: IntegerType) (value: float) : Result<uint64, InitError list> =
        match encoder integer value with
        | ValueSome bits -> Ok bits
        | ValueNone -> Error [ notExact integer value ]
