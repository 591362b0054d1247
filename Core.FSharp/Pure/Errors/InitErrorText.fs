namespace Initializers.FSharp

open System
open Initializers

/// <summary>Codes and texts of faults. Both are part of the public contract: a code never changes its meaning.</summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module InitError =
    /// The stable code, in lower case with hyphens.
    [<CompiledName "Code">]
    let code (error: InitError) : string = InitErrorCode.code error

    let private n = Names.number

    /// An excerpt of a given text, short enough for a message.
    let private q = Names.excerpt

    /// The largest number of a list's items that a message names.
    let private most = 10

    /// The kind of a file that is not safetensors, by the bytes that were read as a header's length. The upper bytes of a
    /// length in bounds are 0, and no such file begins with them.
    let private beginning (length: uint64) : string option =
        match FileKinds.ofStart (Array.init 8 (fun i -> byte (length >>> (8 * i)))) with
        | None when byte length = byte '{' -> Some "JSON"
        | kind -> kind

    let private wholeSpecs =
        "integers and bool take zeros, ones, constant, literal, formula, randint, permutation and other initializers of whole "
        + "numbers alone"

    let private sizesOf (dims: int64 list) = Names.row "," dims

    /// The tensors of a rule: one or two by their names, and more by the first and their number.
    let private tensorsOf (names: string list) =
        let first = names |> List.truncate 2 |> List.map (fun name -> $"'{q name}'")

        if names.Length > 2 then
            $"tensor {first.Head} and {names.Length - 1} more tensors"
        elif names.Length = 2 then
            let both = String.Join(" and ", first)
            $"tensors {both}"
        else
            $"tensor {String.Concat first}"

    let private isDigits (text: string) = Seq.forall Char.IsAsciiDigit text

    let private unknown what name (known: string list) =
        match Names.nearest known name with
        | Some meant -> $"unknown {what} '{q name}'; did you mean {meant}?"
        | None -> $"unknown {what} '{q name}'; known are {Names.list known}."

    let private unknownParameter spec name (known: string list) =
        if known.IsEmpty then
            $"{spec} has no parameter '{q name}'; it has no parameters at all."
        elif isDigits name then
            $"{spec} has no parameter for '{q name}'; it has {Names.list known} (a number has a decimal point, never a comma)."
        else
            match Names.nearest known name with
            | Some meant when known.Length > 1 ->
                $"{spec} has no parameter '{q name}'; did you mean {meant}? It has {Names.list known}."
            | _ -> $"{spec} has no parameter '{q name}'; it has {Names.list known}."

    let private parameterTwice spec name (values: string list) =
        let what = $"parameter '{name}' of {spec} is given twice, as"

        match values with
        | [ whole; decimals ] when isDigits (whole.TrimStart('-', '+') + decimals) ->
            $"{what} {whole} and {decimals} (one number is {whole}.{decimals}: a decimal point, never a comma)."
        | _ ->
            let text = values |> List.map q |> Names.row ", "
            $"{what} {text}."

    let private notExact (value: float) storage =
        let isWide = storage = "I64" || (storage = "U64" && value > 0.0)

        let exactTo =
            [ "float16", "2048"
              "bfloat16", "256"
              "float32", "16777216"
              "float64", "9007199254740992" ]
            |> List.tryPick (fun (dtype, limit) -> if dtype = storage then Some limit else None)

        if exactTo.IsSome then
            $"{storage} cannot hold {n value} exactly; it has all whole numbers up to {exactTo.Value}. Take a wider dtype."
        elif isWide && Double.IsFinite value && abs value >= 9007199254740992.0 then
            $"a constant of about {n value} is not exact in {storage}: constants are float64, which tells integers apart up to 2^53 - 1 = 9007199254740991."
        else
            $"{storage} cannot hold {n value}; integers hold whole numbers of their range, bool 0 and 1."

    /// One sentence that says what is wrong and, where there is a remedy, what to do.
    [<CompiledName "Message">]
    let rec message (error: InitError) : string =
        // No guards and no patterns of texts or lists: for a match that it does not see to be complete the compiler puts this
        // file's path into the assembly, which is then another in each folder.
        match error with
        | InitError.ShapeNegative(axis, size) -> $"axis {axis} of the shape is {size}; sizes are 0 or more."
        | InitError.ShapeOverflow dims -> $"the shape {sizesOf dims} has more than 2^63 - 1 elements or bytes."
        | InitError.ShapeRank(rank, most) -> $"the shape has {rank} axes; a shape has at most {most}."
        | InitError.ShapeSyntax text ->
            $"'{q text}' is not a shape; give integers separated by commas, such as 1024,256 (nothing at all for a scalar)."
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
            $"unknown fan mode '{q text}'; known are fan_in, fan_out, fan_sum, fan_avg, fan_geo."
        | InitError.LayoutUnknown text ->
            $"unknown layout '{q text}'; known are oi, io (matrices), oihw and hwio (convolutions; also oiw, oidhw, wio, dhwio), or each axis's role, out, in, spatial or stack, such as stack,in,out, and after them transposed, groups:N, stride:N."
        | InitError.LayoutRank(layout, rank) ->
            match layout with
            | Layout.OutIn
            | Layout.InOut ->
                let wide = if layout = Layout.OutIn then "oihw" else "hwio"

                $"layout {Names.layout layout} reads a shape of 2 axes and this one has {rank}; a convolution's layout is {wide}, other tensors need fan_in and fan_out."
            | other ->
                $"layout {Names.layout other} reads a shape of 2 or more axes and this one has {rank}; give fan_in and fan_out instead."
        | InitError.AxesRank(axes, rank) ->
            $"axes '{q (string axes)}' give roles to {axes.Axes.Count} axes and the shape has {rank}."
        | InitError.AxisOutOfRange(axis, rank) ->
            $"there is no axis {axis}, as the shape has {rank}; axes count from 0, or from the last as -1."
        | InitError.BatchAxesOutOfRange(axes, rank) ->
            $"batched takes the first {axes} axes and the shape has {rank}; give from 0 to {rank}."
        | InitError.AxisDuplicate axis -> $"axis {axis} is given twice; an axis has one role."
        | InitError.GroupsNotDividing(groups, side, channels) ->
            $"{groups} groups do not divide {n channels} {side}put channels."
        | InitError.NotFinite(spec, parameter, value) ->
            let wanted = if Double.IsNaN value then "a number" else "finite"
            $"{parameter} of {spec} is {n value}; it must be {wanted}."
        | InitError.NotPositive(spec, parameter, value) -> $"{parameter} of {spec} is {n value}; it must be above 0."
        | InitError.StddevNegative value -> $"stddev is {n value}; it must be 0 or more."
        | InitError.StddevNotPositive value -> $"stddev is {n value}; that of a truncated distribution must be above 0."
        | InitError.ScaleNotPositive value -> $"scale is {n value}; it must be above 0."
        | InitError.LowNotBelowHigh(low, high) -> $"low is {n low} and high is {n high}; low must be below high."
        | InitError.SpreadNotFinite(numerator, fan, power, gain) ->
            $"{n gain} * ({n numerator} / {n fan})^{n power} is not a finite number above 0; check numerator, fan, power and gain."
        | InitError.SpreadLost(mean, scale, fan) ->
            $"the mean {n mean} plus or minus sqrt(3 * {n scale} / {n fan}) rounds to the mean; give a mean nearer to 0."
        | InitError.ModeOutOfRange(low, mode, high) ->
            $"mode is {n mode}; it must lie between low, {n low}, and high, {n high}."
        | InitError.QuantileUndefined(name, p, reason) ->
            $"the quantile '{q name}' has no finite value at probability {n p}: {q reason}."
        | InitError.QuantileDecreases(name, below, above) ->
            $"the quantile '{q name}' decreases between the probabilities {n below} and {n above}."
        | InitError.QuantileNotSmooth(name, p, error, allowed) ->
            $"the quantile '{q name}' is not smooth enough for a table of octaves: near probability {n p} the table's error reaches {n error} of the octave's largest value, and {n allowed} is allowed. Kinks and jumps may only lie at probability 1/2; a map needs a narrower distribution, or float64."
        | InitError.MapDomain(map, domain, low, high) ->
            let given =
                if low = high then
                    n low
                else
                    $"a distribution from {n low} to {n high}"

            $"{q map} is given {given}, and takes numbers {q domain}."
        | InitError.MapUnsupported(map, inner) ->
            $"{q map} maps distributions and given numbers, and its inner spec has {q inner}."
        | InitError.QuantileNotSerializable ->
            "a custom quantile is a function, which cannot be written as text: build it in code, with Spec.quantile in F# or InitializerSpec.Quantile in C#."
        | InitError.IntervalTooNarrow(low, high, dtype) ->
            $"no {Names.dtype dtype} value lies strictly between {n low} and {n high}; widen the interval or choose a finer dtype."
        | InitError.ClipTooNarrow(low, high, dtype) ->
            $"no {Names.dtype dtype} value lies in the clip's interval from {n low} to {n high}; widen the clip or choose a finer dtype."
        | InitError.OverflowsDType(reach, dtype) ->
            $"the distribution needs numbers up to {n reach}, beyond the largest {Names.dtype dtype}, {n (Names.largest dtype)}."
        | InitError.RankUnsupported(spec, rank, least, most) ->
            let wanted =
                match most with
                | Some most when most = least -> $"{least}"
                | Some most -> $"{least} to {most}"
                | None -> $"{least} or more"

            let axes = if wanted = "1" then "axis" else "axes"
            $"{spec} fills shapes of {wanted} {axes}, copies' (stack) aside, and this one has {rank}."
        | InitError.NotAMultiple(spec, what, size, by) -> $"{what} of {spec} must be a multiple of {by}, but is {size}."
        | InitError.InputsExceedOutputs(inputs, outputs) ->
            $"delta_orthogonal needs as many outputs as inputs or more, and this shape has {inputs} inputs and {outputs} outputs; check the layout."
        | InitError.OutOfRange(spec, parameter, value, least, greatest) ->
            $"{parameter} of {spec} is {n value}; it must lie from {n least} to {n greatest}."
        | InitError.StackedSizes(axis, sizes, size) ->
            let text = if sizes.IsEmpty then "none" else Names.row " + " sizes
            $"the parts of stacked are {text} along axis {axis}, whose size is {size}."
        | InitError.LiteralShape(spec, given, dims) ->
            $"the numbers of {spec} have the shape {sizesOf given}, which does not fit the tensor's, {sizesOf dims}."
        | InitError.LiteralLength(spec, count, dims) -> $"{spec} has {count} numbers for the shape {sizesOf dims}."
        | InitError.DistributionUnknown text ->
            $"unknown distribution '{q text}'; known are normal, truncated_normal, uniform."
        | InitError.NonlinearityUnknown(text, known) ->
            $"unknown nonlinearity '{q text}'; known are {Names.list known}; of any other function the gain is computed from the function itself."
        | InitError.GainNotTabulated(name, listed) ->
            $"PyTorch's table has no gain for {name}; it has {Names.list listed}. Take the computed forward or backward gain."
        | InitError.ActivationUndefined(name, z, reason) ->
            $"the activation '{q name}' has no finite value at {n z}: {q reason}."
        | InitError.ActivationNotSmooth(name, low, high) ->
            $"the activation '{q name}' is not smooth enough between {n low} and {n high} for its gain to be computed; kinks are allowed, and so are jumps in a forward gain. If its values are large relative to its slopes, give its derivative and compute the forward gain of that."
        | InitError.GainNotFinite(name, differentiated, moment) ->
            let what = if differentiated then "derivative" else "value"

            $"the activation '{q name}' has no gain: the expectation of its squared {what} is {n moment}, and 1/sqrt of it must be finite and above 0."
        | InitError.SpecSyntax(text, column, expected) -> $"'{text}', column {column}: expected {expected}."
        | InitError.SpecUnknown(name, known) -> unknown "initializer" name known
        | InitError.ParameterUnknown(spec, name, known) -> unknownParameter spec name known
        | InitError.ParameterDuplicate(spec, name, values) -> parameterTwice spec name values
        | InitError.ParameterMissing(spec, name) -> $"{spec} needs its parameter '{name}'."
        | InitError.ParameterNotNumber(spec, name, text) ->
            $"parameter '{name}' of {spec} is '{q text}', which is not a number such as 0.02 or -1e-3 (a point, never a comma)."
        | InitError.ParameterNotWhole(spec, name, text) ->
            $"parameter '{name}' of {spec} is '{q text}', which is not a whole number of 64 bits."
        | InitError.ParameterOutOfRange(spec, name, value, least, greatest) ->
            $"parameter '{name}' of {spec} is {value}; it must lie from {least} to {greatest}."
        | InitError.ParameterKind(spec, name, expected) -> $"parameter '{name}' of {spec} must be {expected}."
        | InitError.ChoiceUnknown(spec, name, text, known) ->
            $"parameter '{name}' of {spec} is '{q text}'; known are {Names.list known}."
        | InitError.KerasUnknown(name, known) ->
            $"Keras's initializer '{q name}' is not read here; known are {Names.list known}."
        | InitError.KerasUnsupported(spec, reason) -> $"Keras has no initializer for {q spec}: {reason}"
        | InitError.DTypeUnknown text ->
            $"unknown dtype '{q text}'; known are float32, float16, bfloat16, float64 (for one tensor and in a model's file also float8_e4m3fn and other float8 types, bool, i8 to i64 and u8 to u64)."
        | InitError.DeviceUnknown text ->
            $"unknown device '{q text}'; a device is 'cpu', 'cuda:N', 'gpu:N' (the same as 'cuda:N') or 'opencl:N'."
        | InitError.DeviceAbsent(name, present) ->
            $"device '{q name}' is not present on this machine; present are {Names.list present}."
        | InitError.DeviceFailed(device, reason) -> $"device '{device}' failed: {reason}"
        | InitError.WorkspaceExceeded(needed, available) ->
            let gigabytes (bytes: float) = n (Double.Round(bytes / 1.0e9, 3))
            $"matrices that are made as a whole would take {gigabytes needed} GB of working memory, more than half of the {gigabytes available} GB that this process may use; make them smaller, or give it more memory."
        | InitError.ContextNotEnabled ->
            "this ILGPU context was built without the intrinsics that exact arithmetic needs; call EnableInitializers() on its builder."
        | InitError.SliceOutOfRange(offset, count, length) ->
            if offset > length then
                $"the slice begins at element {offset}, beyond the tensor's end after {length} elements."
            else
                $"the slice of {count} elements from offset {offset} does not lie within the tensor's {length} elements."
        | InitError.MemoryLength(given, needed) -> $"the memory holds {given} elements and the request has {needed}."
        | InitError.ElementType(given, dtype) ->
            $"elements of type {given} cannot hold {Names.dtype dtype}; use Single for float32, Half for float16, BFloat16 for bfloat16, Double for float64."
        | InitError.MemoriesOverlap(first, second) ->
            $"the memories of '{first}' and '{second}' overlap; a call fills each byte once."
        | InitError.SpecMissing initializer ->
            $"the Spec of {initializer} is null; return an InitializerSpec, such as InitializerSpec.Normal(0, 0.02)."
        | InitError.MemoryExhausted ->
            "the process has too little memory for the request; make it smaller, or raise the process's limit."
        | InitError.JsonSyntax(source, line, column, reason) ->
            $"{source}, line {line}, column {column}: malformed JSON: {reason}"
        | InitError.JsonField(source, path, reason) -> $"{source}, {q path}: {reason}"
        | InitError.TensorDuplicate name -> $"tensor '{q name}' is listed twice."
        | InitError.SeedDuplicate(name, first) ->
            $"tensor '{q name}' has the seed of tensor '{q first}' and would be made from the same draws. Give each the "
            + "model's seed's child of its name."
        | InitError.TensorsMissing source -> $"{source} lists no tensor."
        | InitError.NameReserved(name, format) -> $"'{q name}' cannot name a tensor: {format} files reserve this name."
        | InitError.NameMalformed name ->
            $"'{q name}' cannot name a stream: it is not valid Unicode, so other names would share its stream."
        | InitError.TensorUnmatched(name, storage) ->
            let limit =
                if List.contains storage [ "F32"; "F16"; "BF16"; "F64" ] then
                    ""
                else
                    $" of {storage} ({wholeSpecs})"

            $"no rule matches tensor '{q name}'{limit}."
        | InitError.RuleUnused(pattern, Some tensor) ->
            $"rule '{q pattern}' decides no tensor: it passes by '{q tensor}', since {wholeSpecs}."
        | InitError.RuleUnused(pattern, None) ->
            $"rule '{q pattern}' decides no tensor; remove it or move it before the rules that hide it."
        | InitError.RecipeUnknown(name, known) -> unknown "recipe" name known
        | InitError.BlocksMissing(missing, listed, last) ->
            $"block '{q missing}' is missing: {listed} are listed, the last of them '{q last}'. The recipe divides by the number of the whole model's blocks; list all of them, or give one of the model's shards with the others in its folder."
        | InitError.ShardAlone(path, absent, index) ->
            $"'{path}' is one of several shards, and neither '{absent}' nor '{index}' is in its folder. The recipe divides by the number of the whole model's blocks; put the other shards or their index there, or list the whole model in JSON."
        | InitError.RecipeMissing source ->
            $"{source} lists tensors but neither rules nor a recipe; name a recipe, or give rules in a blueprint."
        | InitError.InPart(part, fault) -> $"part {part}: {message fault}"
        | InitError.InTensor(name, fault) -> $"tensor '{q name}': {message fault}"
        | InitError.HeaderLength(length, limit) ->
            match beginning length with
            | Some what -> $"the file is neither safetensors nor npy; it begins like {what}."
            | None ->
                $"the header's length is given as {length} bytes, and a header has 2 to {limit}; is this a .safetensors or .npy file?"
        | InitError.HeaderSyntax reason -> $"malformed header: {q reason}"
        | InitError.FileTruncated(part, needed, have) ->
            $"{part} is to have {needed} bytes and the file has {have} of them."
        | InitError.StoredTypeUnknown(text, known) -> $"unknown dtype '{q text}'; known are {Names.list known}."
        | InitError.StoredTypeUnsupported(text, reason) -> $"dtype '{q text}' is not read: {reason}"
        | InitError.BytesMismatch(dtype, dims, bytes) ->
            $"{bytes} bytes are not those of {dtype} in shape [{sizesOf dims}]."
        | InitError.OffsetsOutOfRange(first, last, have) ->
            $"offsets {first} to {last} are no part of the file's {have} bytes of data."
        | InitError.BytesUnclaimed(first, last) -> $"bytes {first} to {last} of the data belong to no tensor."
        | InitError.ArrayFollows start ->
            $"another array follows at byte {start}: the file holds several, as numpy.save into one open file writes them; save each in a file."
        | InitError.MetadataUnsupported(path, format) ->
            $"'{path}' is {format}: such files carry no metadata, so nothing says how the weights were made. Write them as .safetensors, which does."
        | InitError.OriginUnknown ->
            "the metadata do not say how the weights were made: bits, seed and spec:NAME are missing, or every tensor has spec:NAME none. Only a safetensors file of generated weights, with the metadata that this library wrote, can be verified."
        | InitError.MetadataMissing keys ->
            let others =
                if keys.Length > most then
                    $" and {keys.Length - most} more"
                else
                    ""

            $"the metadata lack {Names.list (keys |> List.truncate most |> List.map q)}{others}."
        | InitError.MetadataInvalid(key, text, expected) ->
            $"the metadata's {q key} is '{q text}'; expected {expected}."
        | InitError.TensorAbsent name -> $"the metadata describe a tensor '{q name}', which the file does not contain."
        | InitError.BitsVersionUnsupported(version, generated) ->
            $"the weights are of bits version {version}, and this release generates version {generated} only: it cannot verify them. A release that generates version {version} can."
        | InitError.WeightsDiffer(different, tensors) ->
            let verb = if different = 1 then "is" else "are"
            $"{different} of {tensors} tensors {verb} not what the metadata generate."
        | InitError.InFile(path, fault) -> $"'{path}': {message fault}"
        | InitError.AtPath(source, path, fault) -> $"{source}, {q path}: {message fault}"
        | InitError.InExpression(text, column, fault) ->
            match fault with
            | InitError.InElement _ -> $"'{text}', column {column}, {message fault}"
            | other -> $"'{text}', column {column}: {message other}"
        | InitError.InElement(indices, fault) ->
            let what =
                match fault with
                | InitError.OverflowsDType(value, dtype) ->
                    $"{n value} is beyond the range of {Names.dtype dtype}, whose largest number is {n (Names.largest dtype)}."
                | other -> message other

            $"at [{sizesOf indices}]: {what}"
        | InitError.InRule(rule, tensors, fault) -> $"{rule}, {tensorsOf tensors}: {message fault}"
        | InitError.Expression fault -> ExpressionFaultText.message fault
        | InitError.Architecture fault -> ArchitectureFaultText.message fault
        | InitError.Output fault -> OutputFaultText.message fault
        | InitError.Box fault -> BoxFaultText.message fault
        | InitError.Tensor fault -> TensorFaultText.message fault
        | InitError.Format fault -> FormatFaultText.message fault
        | InitError.Memory fault -> MemoryFaultText.message fault
        | InitError.Propagation fault -> PropagationFaultText.message fault
        | InitError.PatternInvalid(pattern, reason) -> $"the pattern '{q pattern}' cannot be used: {reason}"
        | InitError.NotExact(value, storage) -> notExact value storage
        | InitError.FileMissing path -> $"the file '{path}' does not exist."
        | InitError.FileExists path -> $"'{path}' exists already; overwriting replaces it."
        | InitError.OutputIsInput(path, input) ->
            let same =
                if path = input then
                    ""
                else
                    $"the same file as '{input}', which is "

            $"'{path}' is {same}read for this request and is never replaced by it; write another file."
        | InitError.FileUnwritable(path, reason) -> $"cannot write '{path}': {reason}"
        | InitError.FileUnreadable(path, reason) -> $"cannot read '{path}': {reason}"
        | InitError.FormatUnknown(path, known) ->
            $"'{path}' does not end in a known format; known are {Names.list known}."
        | InitError.DTypeUnsupported(format, dtype, have) ->
            $"{format} has no {Names.dtype dtype}; formats that have it are {Names.list have}."
        | InitError.SpecNotWhole(spec, storage) ->
            $"{storage} cannot hold the elements of {Names.excerpt spec}: {wholeSpecs}."
        | InitError.ArgumentInvalid(name, text, expected) -> $"{name} is '{q text}'; expected {expected}."
        | InitError.ArgumentMissing(name, example) -> $"{name} is missing; give it, such as {example}."
        | InitError.ArgumentUnknown text -> $"'{q text}' is not understood here."
        | InitError.ArgumentConflict reason -> reason
        | InitError.BrokenPipe -> "the reader of the stream left before its end."
        | InitError.Cancelled -> "the request was cancelled; no file was written."
        | InitError.SpecTooLarge limit ->
            $"the spec holds more than {limit} specs, each counted once per occurrence; fill equal tensors as a batch, or give fewer parts."
        | InitError.SpecTooDeep limit ->
            $"the spec is nested more than {limit} deep; at most {limit} specs may be nested in each other."
        | InitError.FaultsOmitted count ->
            let noun = if count = 1 then "fault" else "faults"
            $"{count} more {noun} were found and are not listed."

    /// The code and the message.
    [<CompiledName "ToText">]
    let toText (error: InitError) : string = $"{code error}: {message error}"

    /// Whether the request was right and the machine failed it (a disk, a device, a malformed file, a cancellation),
    /// rather than the request being wrong.
    [<CompiledName "IsFailure">]
    let rec isFailure (error: InitError) : bool =
        match error with
        | InitError.FileUnwritable _
        | InitError.FileUnreadable _
        | InitError.DeviceFailed _
        | InitError.MemoryExhausted
        | InitError.WorkspaceExceeded _
        | InitError.InFile _
        | InitError.Output(OutputFault.FolderInUse _ | OutputFault.RanksMissing _ | OutputFault.ChecksumDiffers _)
        | InitError.BrokenPipe
        | InitError.Cancelled -> true
        | InitError.InPart(_, fault)
        | InitError.InTensor(_, fault)
        | InitError.InExpression(_, _, fault)
        | InitError.InElement(_, fault)
        | InitError.InRule(_, _, fault)
        | InitError.AtPath(_, _, fault) -> isFailure fault
        | _ -> false
