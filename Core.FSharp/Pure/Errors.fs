namespace Initializers.FSharp

open System
open Initializers

/// <summary>Every way in which a request can be wrong. Each case has one stable code and one message.</summary>
[<RequireQualifiedAccess>]
type InitError =
    // shapes
    /// <summary>A size below 0.</summary>
    | ShapeNegative of axis: int * size: int64
    /// <summary>A shape whose elements or bytes an int64 cannot count.</summary>
    | ShapeOverflow of dims: int64 list
    /// <summary>A text that is not a shape.</summary>
    | ShapeSyntax of text: string
    // fans
    /// <summary>A mode reads a fan that was not given.</summary>
    | FanMissing of mode: FanMode
    /// <summary>A fan that is 0, negative or not finite.</summary>
    | FanNotPositive of side: string * value: float
    /// <summary>A fan mode that has no such name or number.</summary>
    | FanModeUnknown of text: string
    /// <summary>A layout that has no such name or number.</summary>
    | LayoutUnknown of text: string
    /// <summary>A layout that does not read shapes of this rank.</summary>
    | LayoutRank of layout: Layout * rank: int
    // laws
    /// <summary>A spec's number, or what is computed from it, is NaN or infinite.</summary>
    | NotFinite of spec: string * parameter: string * value: float
    /// <summary>A spec's number, or what is computed from it, is 0 or negative.</summary>
    | NotPositive of spec: string * parameter: string * value: float
    /// <summary>A standard deviation below 0.</summary>
    | StddevNegative of value: float
    /// <summary>A truncated law's standard deviation that is 0 or negative.</summary>
    | StddevNotPositive of value: float
    /// <summary>A variance scaling whose scale is 0 or negative.</summary>
    | ScaleNotPositive of value: float
    /// <summary>An interval that is empty.</summary>
    | LowNotBelowHigh of low: float * high: float
    /// <summary>gain * (numerator / fan)^power is NaN or infinite.</summary>
    | SpreadNotFinite of numerator: float * fan: float * power: float * gain: float
    /// <summary>A peak that does not lie in its interval.</summary>
    | ModeOutside of low: float * mode: float * high: float
    /// <summary>A quantile function that gave no finite number, or threw.</summary>
    | QuantileUndefined of name: string * probability: float * reason: string
    /// <summary>A quantile function that decreases.</summary>
    | QuantileDecreases of name: string * below: float * above: float
    /// <summary>A quantile function that no table follows.</summary>
    | QuantileNotSmooth of name: string * probability: float * error: float * allowed: float
    /// <summary>A text for a law that is a function.</summary>
    | QuantileTextless
    /// <summary>An open interval that holds no value of the dtype.</summary>
    | NothingInside of low: float * high: float * dtype: DType
    /// <summary>A law whose values pass the dtype's largest.</summary>
    | OverflowsDType of reach: float * dtype: DType
    /// <summary>A distribution that has no such name.</summary>
    | DistributionUnknown of text: string
    // spec text
    /// <summary>A text that is not of the form of a spec, from this column on.</summary>
    | SpecSyntax of text: string * column: int * expected: string
    /// <summary>A spec of a name that nothing has.</summary>
    | SpecUnknown of name: string * known: string list
    /// <summary>An argument that the spec has no parameter for.</summary>
    | ParameterUnknown of spec: string * name: string * known: string list
    /// <summary>A parameter that has several arguments.</summary>
    | ParameterTwice of spec: string * name: string * values: string list
    /// <summary>A parameter without a default that has no argument.</summary>
    | ParameterMissing of spec: string * name: string
    /// <summary>An argument that is not a number.</summary>
    | ParameterNotNumber of spec: string * name: string * text: string
    // Keras configs
    /// <summary>A Keras class that has no counterpart here.</summary>
    | KerasUnknown of name: string * known: string list
    /// <summary>A spec that no Keras config expresses.</summary>
    | KerasLacks of spec: string * reason: string
    // targets
    /// <summary>A dtype that has no such name or number.</summary>
    | DTypeUnknown of text: string
    /// <summary>A text that names no kind of device.</summary>
    | DeviceUnknown of text: string
    /// <summary>A device that this machine has not.</summary>
    | DeviceAbsent of name: string * present: string list
    /// <summary>A device that could not do what it was asked.</summary>
    | DeviceFailed of device: string * reason: string
    /// <summary>A context of the caller's without this library's intrinsics.</summary>
    | ContextNotEnabled
    /// <summary>A slice that does not lie within its tensor.</summary>
    | SliceOutside of offset: int64 * count: int64 * length: int64
    /// <summary>Memory that does not hold whole elements, or too few.</summary>
    | MemoryLength of given: int64 * needed: int64
    /// <summary>Memory of elements that are no dtype.</summary>
    | ElementType of given: string * dtype: DType
    // blueprints
    /// <summary>A file that is not JSON.</summary>
    | JsonSyntax of source: string * line: int64 * column: int64 * reason: string
    /// <summary>A value of a JSON file that is not what it should be.</summary>
    | JsonField of source: string * path: string * reason: string
    /// <summary>Two tensors of one name.</summary>
    | TensorTwice of name: string
    /// <summary>A file without tensors.</summary>
    | TensorsNone of source: string
    /// <summary>A tensor's name that the file's format keeps for itself.</summary>
    | NameReserved of name: string * format: string
    /// <summary>A stream's name that is not valid Unicode.</summary>
    | NameMalformed of name: string
    /// <summary>A tensor that no rule matches, and its dtype in the file.</summary>
    | TensorUnmatched of name: string * storage: string
    /// <summary>A rule that decides no tensor; if it names a tensor of integers or bool, which its law passes by, that
    /// tensor.</summary>
    | RuleUnused of pattern: string * passedBy: string option
    /// <summary>A recipe that has no such name.</summary>
    | RecipeUnknown of name: string * known: string list
    /// <summary>A file without rules, and no recipe.</summary>
    | RecipeMissing of source: string
    /// <summary>A fault of one tensor of a model; its code is the inner one.</summary>
    | InTensor of name: string * fault: InitError
    // tensor files that are read
    /// <summary>A header whose length is out of bounds.</summary>
    | HeaderLength of length: uint64 * limit: int64
    /// <summary>A header that is not of its format.</summary>
    | HeaderSyntax of reason: string
    /// <summary>A file that ends before what its header promises.</summary>
    | FileTruncated of part: string * needed: int64 * have: int64
    /// <summary>A dtype that the format does not have.</summary>
    | StoredTypeUnknown of text: string * known: string list
    /// <summary>A dtype that is known and not read.</summary>
    | StoredTypeUnread of text: string * reason: string
    /// <summary>A tensor whose bytes are not those of its dtype and shape.</summary>
    | BytesMismatch of dtype: string * dims: int64 list * bytes: int64
    /// <summary>A tensor whose place is outside of the data.</summary>
    | OffsetsOutside of first: int64 * last: int64 * have: int64
    /// <summary>Two tensors that share bytes.</summary>
    | TensorsOverlap of first: string * second: string
    /// <summary>Bytes of the data that no tensor has.</summary>
    | BytesUnclaimed of first: int64 * last: int64
    /// <summary>A fault of a file that was read; its code is the inner one.</summary>
    | InFile of path: string * fault: InitError
    /// <summary>A fault at a place of a JSON file; its code is the inner one.</summary>
    | AtPath of source: string * path: string * fault: InitError
    /// <summary>A regular expression that cannot be used.</summary>
    | PatternInvalid of pattern: string * reason: string
    /// <summary>A constant that an integer type does not hold.</summary>
    | NotExact of value: float * storage: string
    // files and command lines
    /// <summary>A file to be read that is not there.</summary>
    | FileMissing of path: string
    /// <summary>A file to be written that is there already.</summary>
    | FileExists of path: string
    /// <summary>A file or stream that cannot be written; a stream is -.</summary>
    | FileUnwritable of path: string * reason: string
    /// <summary>A file that cannot be read.</summary>
    | FileUnreadable of path: string * reason: string
    /// <summary>A file's name that ends in no known format.</summary>
    | FormatUnknown of path: string * known: string list
    /// <summary>A file format that has no such dtype.</summary>
    | FormatLacksDType of format: string * dtype: DType * have: string list
    /// <summary>A word of a command line that cannot be read.</summary>
    | ArgumentInvalid of name: string * text: string * expected: string
    /// <summary>A word of a command line that is needed.</summary>
    | ArgumentMissing of name: string * example: string
    /// <summary>A word of a command line that nothing understands.</summary>
    | ArgumentUnknown of text: string
    /// <summary>Words of a command line that exclude each other.</summary>
    | ArgumentConflict of reason: string
    /// <summary>The reader of a stream that went away.</summary>
    | ReaderLeft
    /// <summary>A request that was cancelled; nothing was written.</summary>
    | Cancelled

/// <summary>Codes and texts of faults. Both are part of the public contract: a code never changes its meaning.</summary>
[<RequireQualifiedAccess>]
module InitError =
    /// The stable code, in lower case with hyphens.
    [<CompiledName "Code">]
    let rec code (error: InitError) : string =
        match error with
        | InitError.ShapeNegative _ -> "shape-negative"
        | InitError.ShapeOverflow _ -> "shape-overflow"
        | InitError.ShapeSyntax _ -> "shape-syntax"
        | InitError.FanMissing _ -> "fan-missing"
        | InitError.FanNotPositive _ -> "fan-not-positive"
        | InitError.FanModeUnknown _ -> "fan-mode-unknown"
        | InitError.LayoutUnknown _ -> "layout-unknown"
        | InitError.LayoutRank _ -> "layout-rank"
        | InitError.NotFinite _ -> "not-finite"
        | InitError.NotPositive _ -> "not-positive"
        | InitError.StddevNegative _ -> "stddev-negative"
        | InitError.StddevNotPositive _ -> "stddev-not-positive"
        | InitError.ScaleNotPositive _ -> "scale-not-positive"
        | InitError.LowNotBelowHigh _ -> "low-not-below-high"
        | InitError.SpreadNotFinite _ -> "spread-not-finite"
        | InitError.ModeOutside _ -> "mode-outside"
        | InitError.QuantileUndefined _ -> "quantile-undefined"
        | InitError.QuantileDecreases _ -> "quantile-decreases"
        | InitError.QuantileNotSmooth _ -> "quantile-not-smooth"
        | InitError.QuantileTextless -> "quantile-textless"
        | InitError.NothingInside _ -> "nothing-inside"
        | InitError.OverflowsDType _ -> "overflows-dtype"
        | InitError.DistributionUnknown _ -> "distribution-unknown"
        | InitError.SpecSyntax _ -> "spec-syntax"
        | InitError.SpecUnknown _ -> "spec-unknown"
        | InitError.ParameterUnknown _ -> "parameter-unknown"
        | InitError.ParameterTwice _ -> "parameter-twice"
        | InitError.ParameterMissing _ -> "parameter-missing"
        | InitError.ParameterNotNumber _ -> "parameter-not-number"
        | InitError.KerasUnknown _ -> "keras-unknown"
        | InitError.KerasLacks _ -> "keras-lacks"
        | InitError.DTypeUnknown _ -> "dtype-unknown"
        | InitError.DeviceUnknown _ -> "device-unknown"
        | InitError.DeviceAbsent _ -> "device-absent"
        | InitError.DeviceFailed _ -> "device-failed"
        | InitError.ContextNotEnabled -> "context-not-enabled"
        | InitError.SliceOutside _ -> "slice-outside"
        | InitError.MemoryLength _ -> "memory-length"
        | InitError.ElementType _ -> "element-type"
        | InitError.JsonSyntax _ -> "json-syntax"
        | InitError.JsonField _ -> "json-field"
        | InitError.TensorTwice _ -> "tensor-twice"
        | InitError.TensorsNone _ -> "tensors-none"
        | InitError.NameReserved _ -> "name-reserved"
        | InitError.NameMalformed _ -> "name-malformed"
        | InitError.TensorUnmatched _ -> "tensor-unmatched"
        | InitError.RuleUnused _ -> "rule-unused"
        | InitError.RecipeUnknown _ -> "recipe-unknown"
        | InitError.RecipeMissing _ -> "recipe-missing"
        | InitError.HeaderLength _ -> "header-length"
        | InitError.HeaderSyntax _ -> "header-syntax"
        | InitError.FileTruncated _ -> "file-truncated"
        | InitError.StoredTypeUnknown _ -> "stored-type-unknown"
        | InitError.StoredTypeUnread _ -> "stored-type-unread"
        | InitError.BytesMismatch _ -> "bytes-mismatch"
        | InitError.OffsetsOutside _ -> "offsets-outside"
        | InitError.TensorsOverlap _ -> "tensors-overlap"
        | InitError.BytesUnclaimed _ -> "bytes-unclaimed"
        | InitError.InFile(_, fault) -> code fault
        | InitError.InTensor(_, fault)
        | InitError.AtPath(_, _, fault) -> code fault
        | InitError.PatternInvalid _ -> "pattern-invalid"
        | InitError.NotExact _ -> "not-exact"
        | InitError.FileMissing _ -> "file-missing"
        | InitError.FileExists _ -> "file-exists"
        | InitError.FileUnwritable _ -> "file-unwritable"
        | InitError.FileUnreadable _ -> "file-unreadable"
        | InitError.FormatUnknown _ -> "format-unknown"
        | InitError.FormatLacksDType _ -> "format-lacks-dtype"
        | InitError.ArgumentInvalid _ -> "argument-invalid"
        | InitError.ArgumentMissing _ -> "argument-missing"
        | InitError.ArgumentUnknown _ -> "argument-unknown"
        | InitError.ArgumentConflict _ -> "argument-conflict"
        | InitError.ReaderLeft -> "reader-left"
        | InitError.Cancelled -> "cancelled"

    let private n = Names.number

    /// What a file is that is no safetensors, where the bytes that were taken for a header's length tell it. A length in
    /// bounds is no such beginning: its upper bytes are 0.
    let private (|Beginning|_|) (length: uint64) =
        let first = Array.init 8 (fun i -> byte (length >>> (8 * i)))

        [ [ 0x50uy; 0x4Buy; 3uy; 4uy ], "a zip archive (PyTorch's .pt, NumPy's .npz)"
          [ 0x80uy; 2uy ], "a Python pickle"
          [ 0x80uy; 3uy ], "a Python pickle"
          [ 0x80uy; 4uy ], "a Python pickle"
          [ 0x80uy; 5uy ], "a Python pickle"
          [ 0x1Fuy; 0x8Buy ], "a gzip file"
          [ 0x89uy; 0x48uy; 0x44uy; 0x46uy ], "an HDF5 file (Keras's .h5)"
          [ 0x47uy; 0x47uy; 0x55uy; 0x46uy ], "a GGUF file"
          List.ofSeq "version "B, "a Git LFS pointer, which stands for a file that was not fetched,"
          [ 0x7Buy ], "JSON" ]
        |> List.tryPick (fun (start, what) ->
            if List.ofArray (Array.truncate start.Length first) = start then
                Some what
            else
                None)

    /// One sentence that says what is wrong and, where there is a remedy, what to do.
    [<CompiledName "Message">]
    let rec message (error: InitError) : string =
        match error with
        | InitError.ShapeNegative(axis, size) -> $"axis {axis} of the shape is {size}; sizes are 0 or more."
        | InitError.ShapeOverflow dims ->
            let text = String.Join(",", dims)
            $"the shape {text} has more than 2^63 - 1 elements or bytes."
        | InitError.ShapeSyntax text ->
            $"'{text}' is not a shape; give integers separated by commas, such as 1024,256 (nothing at all for a scalar)."
        | InitError.FanMissing mode ->
            match mode with
            | FanMode.FanIn ->
                "input_channels must be specified for fan_in denominator mode: give fan_in, or a layout that reads it from the shape."
            | FanMode.FanOut ->
                "output_channels must be specified for fan_out denominator mode: give fan_out, or a layout that reads it from the shape."
            | other ->
                $"input_channels and output_channels must both be specified for {Names.fanMode other} denominator mode: give fan_in and fan_out, or a layout that reads them from the shape."
        | InitError.FanNotPositive(side, value) -> $"{side} is {n value}; a fan is a finite number above 0."
        | InitError.FanModeUnknown text ->
            $"unknown fan mode '{text}'; known are fan_in, fan_out, fan_sum, fan_avg, fan_geo."
        | InitError.LayoutUnknown text ->
            $"unknown layout '{text}'; known are oi, io (matrices), oihw and hwio (convolutions; also oiw, oidhw, wio, dhwio)."
        | InitError.LayoutRank(layout, rank) ->
            match layout with
            | Layout.OutIn
            | Layout.InOut ->
                let wide = if layout = Layout.OutIn then "oihw" else "hwio"

                $"layout {Names.layout layout} reads a shape of 2 axes and this one has {rank}; a convolution's layout is {wide}, other tensors need fan_in and fan_out."
            | other ->
                $"layout {Names.layout other} reads a shape of 2 or more axes and this one has {rank}; give fan_in and fan_out instead."
        | InitError.NotFinite(spec, parameter, value) when Double.IsNaN value ->
            $"{parameter} of {spec} is nan; it must be a number."
        | InitError.NotFinite(spec, parameter, value) -> $"{parameter} of {spec} is {n value}; it must be finite."
        | InitError.NotPositive(spec, parameter, value) -> $"{parameter} of {spec} is {n value}; it must be above 0."
        | InitError.StddevNegative value -> $"stddev is {n value}; it must be 0 or more."
        | InitError.StddevNotPositive value -> $"stddev is {n value}; a truncated law's must be above 0."
        | InitError.ScaleNotPositive value -> $"scale is {n value}; it must be above 0."
        | InitError.LowNotBelowHigh(low, high) -> $"low is {n low} and high is {n high}; low must be below high."
        | InitError.SpreadNotFinite(numerator, fan, power, gain) ->
            $"{n gain} * ({n numerator} / {n fan})^{n power} is not a finite number; check numerator, fan, power and gain."
        | InitError.ModeOutside(low, mode, high) ->
            $"mode is {n mode}; it must lie between low, {n low}, and high, {n high}."
        | InitError.QuantileUndefined(name, p, reason) ->
            $"the quantile '{name}' has no finite value at probability {n p}: {reason}."
        | InitError.QuantileDecreases(name, below, above) ->
            $"the quantile '{name}' decreases between the probabilities {n below} and {n above}."
        | InitError.QuantileNotSmooth(name, p, error, allowed) ->
            $"the quantile '{name}' is not smooth enough for a table of octaves: near probability {n p} the table's error reaches {n error} of the octave's largest value, and {n allowed} is allowed. Kinks and jumps may only lie at probability 1/2."
        | InitError.QuantileTextless ->
            "a quantile of one's own is a function, which no text holds: build it in code, with Spec.quantile in F# or InitializerSpec.Quantile in C#."
        | InitError.NothingInside(low, high, dtype) ->
            $"no {Names.dtype dtype} value lies strictly between {n low} and {n high}; widen the interval or choose a finer dtype."
        | InitError.OverflowsDType(reach, dtype) ->
            $"the law needs numbers up to {n reach}, beyond the largest {Names.dtype dtype}, {n (Names.largest dtype)}."
        | InitError.DistributionUnknown text ->
            $"unknown distribution '{text}'; known are normal, truncated_normal, uniform."
        | InitError.SpecSyntax(text, column, expected) -> $"'{text}', column {column}: expected {expected}."
        | InitError.SpecUnknown(name, known) -> $"unknown initializer '{name}'; known are {Names.list known}."
        | InitError.ParameterUnknown(spec, name, []) ->
            $"{spec} has no parameter '{name}'; it has no parameters at all."
        | InitError.ParameterUnknown(spec, name, known) when Seq.forall Char.IsAsciiDigit name ->
            $"{spec} has no parameter for '{name}'; it has {Names.list known} (a number has a decimal point, never a comma)."
        | InitError.ParameterUnknown(spec, name, known) ->
            $"{spec} has no parameter '{name}'; it has {Names.list known}."
        | InitError.ParameterTwice(spec, name, [ whole; decimals ]) when
            Seq.forall Char.IsAsciiDigit (whole.TrimStart('-', '+') + decimals)
            ->
            $"parameter '{name}' of {spec} is given twice, as {whole} and {decimals} (one number is {whole}.{decimals}: a decimal point, never a comma)."
        | InitError.ParameterTwice(spec, name, values) ->
            $"parameter '{name}' of {spec} is given twice, as {Names.list values}."
        | InitError.ParameterMissing(spec, name) -> $"{spec} needs its parameter '{name}'."
        | InitError.ParameterNotNumber(spec, name, text) ->
            $"parameter '{name}' of {spec} is '{text}', which is not a number such as 0.02 or -1e-3 (a point, never a comma)."
        | InitError.KerasUnknown(name, known) ->
            $"Keras's initializer '{name}' is not read here; known are {Names.list known}."
        | InitError.KerasLacks(spec, reason) -> $"Keras has no initializer for {spec}: {reason}"
        | InitError.DTypeUnknown text ->
            $"unknown dtype '{text}'; known are float32, float16, bfloat16, float64 (in a model's file also bool, i8 to i64 and u8 to u64)."
        | InitError.DeviceUnknown text ->
            $"unknown device '{text}'; a device is 'cpu', 'cuda:N', 'gpu:N' (the same as 'cuda:N') or 'opencl:N'."
        | InitError.DeviceAbsent(name, present) ->
            $"device '{name}' is not present on this machine; present are {Names.list present}."
        | InitError.DeviceFailed(device, reason) -> $"device '{device}' failed: {reason}"
        | InitError.ContextNotEnabled ->
            "this ILGPU context was built without the intrinsics that exact arithmetic needs; call EnableInitializers() on its builder."
        | InitError.SliceOutside(offset, _, length) when offset > length ->
            $"the slice begins at element {offset}, beyond the tensor's end after {length} elements."
        | InitError.SliceOutside(offset, count, length) ->
            $"the slice of {count} elements from offset {offset} does not lie within the tensor's {length} elements."
        | InitError.MemoryLength(given, needed) -> $"the memory holds {given} elements and the request has {needed}."
        | InitError.ElementType(given, dtype) ->
            $"elements of type {given} cannot hold {Names.dtype dtype}; use Single for float32, Half for float16, BFloat16 for bfloat16, Double for float64."
        | InitError.JsonSyntax(source, line, column, reason) ->
            $"{source}, line {line}, column {column}: malformed JSON: {reason}"
        | InitError.JsonField(source, path, reason) -> $"{source}, {path}: {reason}"
        | InitError.TensorTwice name -> $"tensor '{name}' is listed twice."
        | InitError.TensorsNone source -> $"{source} lists no tensor."
        | InitError.NameReserved(name, format) ->
            $"'{name}' cannot name a tensor: {format} files keep this name for themselves."
        | InitError.NameMalformed name ->
            $"'{name}' cannot name a stream: it is not valid Unicode, so other names would share its stream."
        | InitError.TensorUnmatched(name, ("F32" | "F16" | "BF16" | "F64")) -> $"no rule matches tensor '{name}'."
        | InitError.TensorUnmatched(name, storage) ->
            $"no rule matches tensor '{name}' of {storage} (integers and bool take zeros, ones and constant alone)."
        | InitError.RuleUnused(pattern, Some tensor) ->
            $"rule '{pattern}' decides no tensor: it passes by '{tensor}', since integers and bool take zeros, ones and constant alone."
        | InitError.RuleUnused(pattern, None) ->
            $"rule '{pattern}' decides no tensor; remove it or move it before the rules that hide it."
        | InitError.RecipeUnknown(name, known) -> $"unknown recipe '{name}'; known are {Names.list known}."
        | InitError.RecipeMissing source ->
            $"{source} lists tensors but neither rules nor a recipe; name a recipe (--recipe), or give rules in a blueprint."
        | InitError.InTensor(name, fault) -> $"tensor '{name}': {message fault}"
        | InitError.HeaderLength(Beginning what, _) ->
            $"the file is neither safetensors nor npy; it begins as {what} does."
        | InitError.HeaderLength(length, limit) ->
            $"the header's length is given as {length} bytes, and a header has 2 to {limit}; is this a .safetensors or .npy file?"
        | InitError.HeaderSyntax reason -> $"malformed header: {reason}"
        | InitError.FileTruncated(part, needed, have) ->
            $"{part} is to have {needed} bytes and the file has {have} of them."
        | InitError.StoredTypeUnknown(text, known) -> $"unknown dtype '{text}'; known are {Names.list known}."
        | InitError.StoredTypeUnread(text, reason) -> $"dtype '{text}' is not read: {reason}"
        | InitError.BytesMismatch(dtype, dims, bytes) ->
            $"{bytes} bytes are not those of {dtype} in shape [{String.Join(',', dims)}]."
        | InitError.OffsetsOutside(first, last, have) ->
            $"offsets {first} to {last} are no part of the file's {have} bytes of data."
        | InitError.TensorsOverlap(first, second) -> $"tensors '{first}' and '{second}' overlap."
        | InitError.BytesUnclaimed(first, last) -> $"bytes {first} to {last} of the data belong to no tensor."
        | InitError.InFile(path, fault) -> $"'{path}': {message fault}"
        | InitError.AtPath(source, path, fault) -> $"{source}, {path}: {message fault}"
        | InitError.PatternInvalid(pattern, reason) -> $"the regular expression '{pattern}' cannot be used: {reason}"
        | InitError.NotExact(value, (("I64" | "U64") as storage)) when
            Double.IsFinite value
            && abs value >= 9007199254740992.0
            && (value > 0.0 || storage = "I64")
            ->
            $"a constant of about {n value} is not exact in {storage}: constants are float64, which tells integers apart up to 2^53 - 1 = 9007199254740991."
        | InitError.NotExact(value, storage) ->
            $"{n value} is no value of {storage}; integers hold whole numbers of their range, bool 0 and 1."
        | InitError.FileMissing path -> $"there is no file '{path}'."
        | InitError.FileExists path -> $"'{path}' exists already; --force replaces it."
        | InitError.FileUnwritable(path, reason) -> $"cannot write '{path}': {reason}"
        | InitError.FileUnreadable(path, reason) -> $"cannot read '{path}': {reason}"
        | InitError.FormatUnknown(path, known) ->
            $"'{path}' does not end in a known format; known are {Names.list known}."
        | InitError.FormatLacksDType(format, dtype, have) ->
            $"{format} has no {Names.dtype dtype}; formats that have it are {Names.list have}."
        | InitError.ArgumentInvalid(name, text, expected) -> $"{name} is '{text}'; expected {expected}."
        | InitError.ArgumentMissing(name, example) -> $"{name} is missing; give it, such as {example}."
        | InitError.ArgumentUnknown text -> $"'{text}' is not understood here; --help lists what is."
        | InitError.ArgumentConflict reason -> reason
        | InitError.ReaderLeft -> "the reader of the stream left before its end."
        | InitError.Cancelled -> "the request was cancelled; nothing was written."

    /// Whether the request was right and the machine failed it (a disk, a device, a malformed file, a cancellation),
    /// rather than the request being wrong.
    [<CompiledName "IsFailure">]
    let rec isFailure (error: InitError) : bool =
        match error with
        | InitError.FileUnwritable _
        | InitError.FileUnreadable _
        | InitError.DeviceFailed _
        | InitError.InFile _
        | InitError.ReaderLeft
        | InitError.Cancelled -> true
        | InitError.InTensor(_, fault)
        | InitError.AtPath(_, _, fault) -> isFailure fault
        | _ -> false
