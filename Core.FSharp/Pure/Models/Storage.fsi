namespace Initializers.FSharp

open Initializers

/// <summary>An integer or boolean element type of a model's file. Tensors of these types accept specs of
/// whole numbers: constants, literals, integer draws, and combinations of them.</summary>
[<RequireQualifiedAccess>]
type IntegerType =
    /// <summary>A byte, 0 or 1.</summary>
    | Bool
    /// <summary>Signed, 8 bits.</summary>
    | I8
    /// <summary>Signed, 16 bits.</summary>
    | I16
    /// <summary>Signed, 32 bits.</summary>
    | I32
    /// <summary>Signed, 64 bits.</summary>
    | I64
    /// <summary>Unsigned, 8 bits.</summary>
    | U8
    /// <summary>Unsigned, 16 bits.</summary>
    | U16
    /// <summary>Unsigned, 32 bits.</summary>
    | U32
    /// <summary>Unsigned, 64 bits.</summary>
    | U64

/// <summary>The element type of a stored tensor: a dtype that distributions are drawn in, a float8 type that they are rounded
/// to, or an integer type.</summary>
[<RequireQualifiedAccess>]
type Storage =
    /// <summary>Float elements, drawn from a distribution.</summary>
    | Float of DType
    /// <summary>Float elements of eight bits, rounded from those of float32.</summary>
    | Float8 of Float8Type
    /// <summary>Integer elements, filled with whole numbers.</summary>
    | Integer of IntegerType

/// <summary>Reads and writes storage types by their names in safetensors files.</summary>
[<RequireQualifiedAccess>]
module Storage =
    /// <summary>The name of each element type, those of dtypes first and of float8 types next, with a sentence on it.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// <summary>Reads F32, F16, BF16, F8_E4M3, …, BOOL, I8, …, U64, in any case; also the names of dtypes, float8_e4m3fn,
    /// float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz, float8_e8m0fnu, bool, int8, …, uint64, and all of them after
    /// "torch.".</summary>
    /// <example><code>Storage.parse "float8_e4m3fn" // Ok (Storage.Float8 Float8Type.E4M3)</code></example>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<Storage, InitError list>

    /// The same for float elements, without integers.
    val internal parseFloat: text: string -> Result<Storage, InitError list>

    /// <summary>Writes safetensors' name: F32, F16, BF16, F8_E4M3, …, BOOL, I8, …, U64.</summary>
    [<CompiledName "ToText">]
    val toText: storage: Storage -> string

    /// <summary>Bytes per element: 1, 2, 4 or 8.</summary>
    [<CompiledName "Size">]
    val size: storage: Storage -> int

    /// The bits of each number that an integer type holds exactly; ValueNone for any other number.
    val internal encoder: integer: IntegerType -> (float -> uint64 voption)

    /// The fault of a number that an integer type does not hold.
    val internal notExact: integer: IntegerType -> value: float -> InitError

    /// <summary>The bits of an element with this value, in the low end of a word.</summary>
    /// <returns>An error if the type cannot hold exactly this value, or if its magnitude is above 2^53 - 1. Constants are
    /// float64, which does not distinguish larger integers. -0 is 0.</returns>
    /// <example><code>Storage.bits IntegerType.I8 -1.0 // Ok 0xFFUL</code></example>
    [<CompiledName "Bits">]
    val bits: integer: IntegerType -> value: float -> Result<uint64, InitError list>
