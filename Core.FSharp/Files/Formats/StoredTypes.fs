namespace Initializers.FSharp

open System

/// <summary>An element type as files store it: those of safetensors, by the format's own names, and NumPy's
/// complex128.</summary>
[<RequireQualifiedAccess>]
type StoredType =
    /// <summary>IEEE 754 binary64.</summary>
    | F64
    /// <summary>IEEE 754 binary32.</summary>
    | F32
    /// <summary>IEEE 754 binary16.</summary>
    | F16
    /// <summary>bfloat16: the upper half of a binary32.</summary>
    | BF16
    /// <summary>8 bits: 4 of exponent, 3 of fraction; no infinities.</summary>
    | F8E4M3
    /// <summary>8 bits: 5 of exponent, 2 of fraction.</summary>
    | F8E5M2
    /// <summary>8 bits: 4 of exponent with bias 8, 3 of fraction; one NaN, no infinities and no -0.</summary>
    | F8E4M3FNUZ
    /// <summary>8 bits: 5 of exponent with bias 16, 2 of fraction; one NaN, no infinities and no -0.</summary>
    | F8E5M2FNUZ
    /// <summary>8 bits of exponent: powers of 2.</summary>
    | F8E8M0
    /// <summary>6 bits: 2 of exponent, 3 of fraction.</summary>
    | F6E2M3
    /// <summary>6 bits: 3 of exponent, 2 of fraction.</summary>
    | F6E3M2
    /// <summary>4 bits: 2 of exponent, 1 of fraction.</summary>
    | F4
    /// <summary>Signed, 64 bits.</summary>
    | I64
    /// <summary>Signed, 32 bits.</summary>
    | I32
    /// <summary>Signed, 16 bits.</summary>
    | I16
    /// <summary>Signed, 8 bits.</summary>
    | I8
    /// <summary>Unsigned, 64 bits.</summary>
    | U64
    /// <summary>Unsigned, 32 bits.</summary>
    | U32
    /// <summary>Unsigned, 16 bits.</summary>
    | U16
    /// <summary>Unsigned, 8 bits.</summary>
    | U8
    /// <summary>A byte, 0 or 1.</summary>
    | Bool
    /// <summary>Complex: two binary32.</summary>
    | C64
    /// <summary>Complex: two binary64.</summary>
    | C128

/// <summary>Names and widths of stored element types.</summary>
[<RequireQualifiedAccess>]
module StoredType =
    let private table =
        [ StoredType.F64, "F64", 64
          StoredType.F32, "F32", 32
          StoredType.F16, "F16", 16
          StoredType.BF16, "BF16", 16
          StoredType.F8E4M3, "F8_E4M3", 8
          StoredType.F8E5M2, "F8_E5M2", 8
          StoredType.F8E4M3FNUZ, "F8_E4M3FNUZ", 8
          StoredType.F8E5M2FNUZ, "F8_E5M2FNUZ", 8
          StoredType.F8E8M0, "F8_E8M0", 8
          StoredType.F6E2M3, "F6_E2M3", 6
          StoredType.F6E3M2, "F6_E3M2", 6
          StoredType.F4, "F4", 4
          StoredType.I64, "I64", 64
          StoredType.I32, "I32", 32
          StoredType.I16, "I16", 16
          StoredType.I8, "I8", 8
          StoredType.U64, "U64", 64
          StoredType.U32, "U32", 32
          StoredType.U16, "U16", 16
          StoredType.U8, "U8", 8
          StoredType.Bool, "BOOL", 8
          StoredType.C64, "C64", 64
          StoredType.C128, "C128", 128 ]

    let private row (stored: StoredType) =
        table |> List.find (fun (t, _, _) -> t = stored)

    /// The types that a safetensors header may name.
    let internal known = table |> List.filter (fun (t, _, _) -> t <> StoredType.C128)

    /// <summary>The name, such as F32 or F8_E4M3.</summary>
    [<CompiledName "ToText">]
    let toText (stored: StoredType) : string =
        let _, name, _ = row stored
        name

    /// <summary>The width of an element in bits; F4 and F6 elements are narrower than a byte.</summary>
    [<CompiledName "Bits">]
    let bits (stored: StoredType) : int =
        let _, _, bits = row stored
        bits

    /// <summary>Reads the name of a safetensors dtype, capitals as they are.</summary>
    [<CompiledName "Parse">]
    let parse (text: string) : Result<StoredType, InitError list> =
        match
            known
            |> List.tryFind (fun (_, name, _) -> String.Equals(name, text, StringComparison.Ordinal))
        with
        | Some(stored, _, _) -> Ok stored
        | None -> Error [ InitError.StoredTypeUnknown(text, known |> List.map (fun (_, name, _) -> name)) ]

    /// <summary>The bytes of this many elements; None where they are not a whole number that fits an int64.</summary>
    [<CompiledName "Bytes">]
    let bytes (count: int64) (stored: StoredType) : int64 option =
        let all = Math.BigMul(count, int64 (bits stored))

        if Int128.op_Implicit 0L <> all % Int128.op_Implicit 8L then
            None
        else
            let whole = all / Int128.op_Implicit 8L

            if whole > Int128.op_Implicit Int64.MaxValue then
                None
            else
                Some(Int128.op_Explicit whole: int64)

/// <summary>A tensor that a file's header lists.</summary>
type TensorHeader =
    {
        /// The name; a .npy file's own for its one array.
        Name: string
        /// How elements are stored.
        DType: StoredType
        /// The sizes of the axes.
        Shape: Shape
        /// The first byte, counted from the start of the file's data.
        Offset: int64
        /// The number of bytes.
        Bytes: int64
    }

/// <summary>What a tensor file says before its data.</summary>
type FileHeader =
    {
        /// "safetensors", "npy", "onnx" or "torchsharp".
        Format: string
        /// In the file's order.
        Metadata: (string * string) list
        /// In the header's order, which may differ from the order of the data.
        Tensors: TensorHeader list
        /// Bytes before the data.
        DataStart: int64
        /// Whether elements have their most significant byte first, as some npy files have.
        BigEndian: bool
    }
