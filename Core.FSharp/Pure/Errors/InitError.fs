namespace Initializers.FSharp

open Initializers

/// <summary>Every way in which a request can be wrong, each with one code and one message, which <c>string</c> and <c>%A</c> show.</summary>
[<RequireQualifiedAccess; StructuredFormatDisplay "{Display}">]
type InitError =
    /// <summary>A size of the shape is below 0.</summary>
    /// <remarks>Give each axis a size of 0 or more.</remarks>
    | ShapeNegative of axis: int * size: int64
    /// <summary>The shape has more elements or bytes than an int64 counts, 2^63 - 1.</summary>
    /// <remarks>Give smaller sizes, or split the tensor.</remarks>
    | ShapeOverflow of dims: int64 list
    /// <summary>The shape has more axes than the limit of 1000.</summary>
    /// <remarks>Merge axes.</remarks>
    | ShapeRank of rank: int * most: int
    /// <summary>A text is not a shape.</summary>
    /// <remarks>Give integers separated by commas, such as 1024,256; an empty text is a scalar.</remarks>
    | ShapeSyntax of text: string
    /// <summary>The mode reads a fan that was not given.</summary>
    /// <remarks>Give fan_in or fan_out as a number, or a layout that reads it from the shape.</remarks>
    | FanMissing of mode: FanMode
    /// <summary>A fan is 0, negative or not finite.</summary>
    /// <remarks>Give a finite number above 0. Only a tensor without elements may have a fan of 0.</remarks>
    | FanNotPositive of side: string * value: float
    /// <summary>The fan mode has no such name or number.</summary>
    /// <remarks>Take fan_in, fan_out, fan_sum, fan_avg or fan_geo.</remarks>
    | FanModeUnknown of text: string
    /// <summary>The layout has no such name or number.</summary>
    /// <remarks>Take oi, io, oihw or hwio, or give each axis a role, such as stack,in,out.</remarks>
    | LayoutUnknown of text: string
    /// <summary>The layout does not read shapes of this rank.</summary>
    /// <remarks>Take a convolution's layout for 3 to 5 axes, give each axis a role, or give numbers.</remarks>
    | LayoutRank of layout: Layout * rank: int
    /// <summary>There are more or fewer roles than the shape has axes.</summary>
    /// <remarks>Give one role for each axis.</remarks>
    | AxesRank of axes: FanAxes * rank: int
    /// <summary>The shape has no axis of this index.</summary>
    /// <remarks>Count axes from 0, or from the last as -1.</remarks>
    | AxisOutOfRange of axis: int * rank: int
    /// <summary>There are fewer batch axes than 0, or more than the shape has.</summary>
    /// <remarks>Give a number of axes from 0 to the rank of the shape.</remarks>
    | BatchAxesOutOfRange of axes: int * rank: int
    /// <summary>An axis has two roles.</summary>
    /// <remarks>Name each axis once.</remarks>
    | AxisDuplicate of axis: int
    /// <summary>The groups do not divide the channels of their side.</summary>
    /// <remarks>Check groups, layout and shape: channels are a multiple of the groups.</remarks>
    | GroupsNotDividing of groups: int64 * side: string * channels: float
    /// <summary>A number of a spec, or one computed from it, is NaN or infinite.</summary>
    /// <remarks>Give a finite number.</remarks>
    | NotFinite of spec: string * parameter: string * value: float
    /// <summary>A number of a spec, or one computed from it, is 0 or negative.</summary>
    /// <remarks>Give a number above 0.</remarks>
    | NotPositive of spec: string * parameter: string * value: float
    /// <summary>A standard deviation is below 0.</summary>
    /// <remarks>Give 0 or more.</remarks>
    | StddevNegative of value: float
    /// <summary>The standard deviation of a truncated normal is 0 or negative.</summary>
    /// <remarks>Give a number above 0, or a constant.</remarks>
    | StddevNotPositive of value: float
    /// <summary>A scale is 0 or negative.</summary>
    /// <remarks>Give a number above 0.</remarks>
    | ScaleNotPositive of value: float
    /// <summary>An interval is empty.</summary>
    /// <remarks>Give a low end below the high end.</remarks>
    | LowNotBelowHigh of low: float * high: float
    /// <summary>gain * (numerator / fan)^power is not a finite number above 0.</summary>
    /// <remarks>Check numerator, fan, power and gain.</remarks>
    | SpreadNotFinite of numerator: float * fan: float * power: float * gain: float
    /// <summary>The limits of a uniform distribution round to its mean.</summary>
    /// <remarks>Give a mean nearer to 0, or a larger scale.</remarks>
    | SpreadLost of mean: float * scale: float * fan: float
    /// <summary>The mode of a triangular distribution lies outside its interval.</summary>
    /// <remarks>Give low &lt;= mode &lt;= high.</remarks>
    | ModeOutOfRange of low: float * mode: float * high: float
    /// <summary>A quantile function gave no finite number, or threw an exception.</summary>
    /// <remarks>Return a finite number for every probability in the open interval (0, 1).</remarks>
    | QuantileUndefined of name: string * probability: float * reason: string
    /// <summary>A quantile function decreases.</summary>
    /// <remarks>Return values that do not decrease with the probability.</remarks>
    | QuantileDecreases of name: string * below: float * above: float
    /// <summary>No table follows the quantile closely enough.</summary>
    /// <remarks>Keep kinks and jumps at probability 1/2, or take a narrower distribution under a map.</remarks>
    | QuantileNotSmooth of name: string * probability: float * error: float * allowed: float
    /// <summary>A map is given numbers outside of its domain.</summary>
    /// <remarks>Give a distribution or numbers inside the domain that the message names. A clip does not help.</remarks>
    | MapDomain of map: string * domain: string * low: float * high: float
    /// <summary>A monotone map is applied to a matrix or kernel that is computed as a whole.</summary>
    /// <remarks>Map distributions and given numbers.</remarks>
    | MapUnsupported of map: string * inner: string
    /// <summary>A custom quantile cannot be written as text.</summary>
    /// <remarks>Build it in code: Spec.quantile in F#, InitializerSpec.Quantile in C#.</remarks>
    | QuantileNotSerializable
    /// <summary>An open interval holds no value of the dtype.</summary>
    /// <remarks>Widen the interval, or choose a finer dtype.</remarks>
    | IntervalTooNarrow of low: float * high: float * dtype: DType
    /// <summary>The closed interval of a clip holds no value of the dtype.</summary>
    /// <remarks>Widen the clip, or choose a finer dtype.</remarks>
    | ClipTooNarrow of low: float * high: float * dtype: DType
    /// <summary>Values would pass the largest value of the dtype.</summary>
    /// <remarks>Give smaller numbers, or a dtype with a larger range, such as bfloat16 for float16.</remarks>
    | OverflowsDType of reach: float * dtype: DType
    /// <summary>The shape has fewer or more axes than the initializer fills.</summary>
    /// <remarks>Give a shape of the rank that the message names, or batch the other axes.</remarks>
    | RankUnsupported of spec: string * rank: int * least: int * most: int option
    /// <summary>A number is not a multiple of what divides it.</summary>
    /// <remarks>Check the shape against the layer: an LSTM bias has 4 gates, for example.</remarks>
    | NotAMultiple of spec: string * what: string * size: int64 * by: int64
    /// <summary>A delta-orthogonal convolution has more inputs than outputs.</summary>
    /// <remarks>Check the layout; the outputs are at least as many as the inputs.</remarks>
    | InputsExceedOutputs of inputs: int64 * outputs: int64
    /// <summary>A number lies outside the closed interval of its parameter.</summary>
    /// <remarks>Give a number inside the interval that the message names.</remarks>
    | OutOfRange of spec: string * parameter: string * value: float * least: float * greatest: float
    /// <summary>The sizes of the parts of a stack do not add up to the size of the axis.</summary>
    /// <remarks>Check the parts, the axis and the shape.</remarks>
    | StackedSizes of axis: int * sizes: int64 list * size: int64
    /// <summary>The sizes of given numbers are not those of the tensor's last axes.</summary>
    /// <remarks>Give numbers of the tensor's shape, or of its last axes.</remarks>
    | LiteralShape of spec: string * given: int64 list * dims: int64 list
    /// <summary>Given numbers are more or fewer than their own shape says.</summary>
    /// <remarks>Check the numbers against their shape.</remarks>
    | LiteralLength of spec: string * count: int * dims: int64 list
    /// <summary>A fault of one part of a stack, counted from 1; its code is that of the inner fault.</summary>
    /// <remarks>See the inner fault.</remarks>
    | InPart of part: int * fault: InitError
    /// <summary>The distribution has no such name.</summary>
    /// <remarks>Take normal, truncated_normal or uniform.</remarks>
    | DistributionUnknown of text: string
    /// <summary>Specs are nested deeper than the limit of 64.</summary>
    /// <remarks>Merge scales, shifts and clips.</remarks>
    | SpecTooDeep of limit: int
    /// <summary>A spec holds more than 1,000,000 specs, each counted once per occurrence.</summary>
    /// <remarks>Fill equal tensors as a batch (batched), or give fewer parts.</remarks>
    | SpecTooLarge of limit: int
    /// <summary>The nonlinearity has no such name.</summary>
    /// <remarks>Take a name of the list, or compute the gain from the function itself.</remarks>
    | NonlinearityUnknown of text: string * known: string list
    /// <summary>PyTorch has no recommended gain for the nonlinearity.</summary>
    /// <remarks>Take the computed forward or backward gain.</remarks>
    | GainNotTabulated of name: string * listed: string list
    /// <summary>An activation gave no finite number, or threw an exception.</summary>
    /// <remarks>Return a finite number for every finite argument.</remarks>
    | ActivationUndefined of name: string * z: float * reason: string
    /// <summary>The activation is not smooth enough for its gain to be computed.</summary>
    /// <remarks>If its values are large relative to its slopes, give its derivative and compute its forward gain.</remarks>
    | ActivationNotSmooth of name: string * low: float * high: float
    /// <summary>The second moment of an activation, or of its derivative, is 0 or not finite.</summary>
    /// <remarks>Scale the activation; a constant one has no backward gain.</remarks>
    | GainNotFinite of name: string * differentiated: bool * moment: float
    /// <summary>A text is not a spec, from this column on.</summary>
    /// <remarks>Write NAME or NAME(parameter=value, ...); `initializers list` shows every name.</remarks>
    | SpecSyntax of text: string * column: int * expected: string
    /// <summary>No initializer has this name.</summary>
    /// <remarks>Take a name of `initializers list`.</remarks>
    | SpecUnknown of name: string * known: string list
    /// <summary>The initializer has no such parameter.</summary>
    /// <remarks>Take a parameter that the message names. A decimal point is a point, never a comma.</remarks>
    | ParameterUnknown of spec: string * name: string * known: string list
    /// <summary>A parameter is given twice.</summary>
    /// <remarks>Give it once.</remarks>
    | ParameterDuplicate of spec: string * name: string * values: string list
    /// <summary>A parameter without a default is not given.</summary>
    /// <remarks>Give the parameter a value.</remarks>
    | ParameterMissing of spec: string * name: string
    /// <summary>An argument is not a number.</summary>
    /// <remarks>Give a number such as 0.02 or -1e-3.</remarks>
    | ParameterNotNumber of spec: string * name: string * text: string
    /// <summary>An argument is not a whole number of 64 bits.</summary>
    /// <remarks>Give an integer from -2^63 to 2^63 - 1.</remarks>
    | ParameterNotWhole of spec: string * name: string * text: string
    /// <summary>A whole number lies outside the closed interval of its parameter.</summary>
    /// <remarks>Give a number inside the interval that the message names.</remarks>
    | ParameterOutOfRange of spec: string * name: string * value: int64 * least: int64 * greatest: int64
    /// <summary>An argument is of another kind than its parameter.</summary>
    /// <remarks>Give a number, a list, a word or a spec, as the message says.</remarks>
    | ParameterKind of spec: string * name: string * expected: string
    /// <summary>The parameter does not accept the word.</summary>
    /// <remarks>Take one that the message names.</remarks>
    | ChoiceUnknown of spec: string * name: string * text: string * known: string list
    /// <summary>A class of Keras has no counterpart here.</summary>
    /// <remarks>Take another class, or write the initializer as a spec.</remarks>
    | KerasUnknown of name: string * known: string list
    /// <summary>No config of Keras expresses the spec.</summary>
    /// <remarks>Write the spec as text or JSON instead.</remarks>
    | KerasUnsupported of spec: string * reason: string
    /// <summary>The dtype has no such name or number.</summary>
    /// <remarks>Take float32, float16, bfloat16 or float64; files also have float8 types, bool and integers.</remarks>
    | DTypeUnknown of text: string
    /// <summary>A text names no kind of device.</summary>
    /// <remarks>Take cpu, cuda:N, gpu:N or opencl:N.</remarks>
    | DeviceUnknown of text: string
    /// <summary>This machine does not have the device.</summary>
    /// <remarks>Take a device that the message names; `initializers devices` lists them.</remarks>
    | DeviceAbsent of name: string * present: string list
    /// <summary>A device failed to execute a request.</summary>
    /// <remarks>See the reason; a device that is out of memory needs a smaller request.</remarks>
    | DeviceFailed of device: string * reason: string
    /// <summary>A matrix would take more than half of the memory of the process, in addition to the tensor.</summary>
    /// <remarks>Make the matrix smaller, or give the process more memory.</remarks>
    | WorkspaceExceeded of needed: float * available: float
    /// <summary>An ILGPU context lacks the intrinsics that exact arithmetic needs.</summary>
    /// <remarks>Call EnableInitializers() on its builder.</remarks>
    | ContextNotEnabled
    /// <summary>A slice does not lie within its tensor.</summary>
    /// <remarks>Give 0 &lt;= offset and offset + count &lt;= the number of elements.</remarks>
    | SliceOutOfRange of offset: int64 * count: int64 * length: int64
    /// <summary>Memory holds more or fewer elements than the request, or part of an element.</summary>
    /// <remarks>Give memory of exactly the elements of the shape.</remarks>
    | MemoryLength of given: int64 * needed: int64
    /// <summary>Memory has elements of a type that is not a dtype.</summary>
    /// <remarks>Take Single, Half, BFloat16 or Double.</remarks>
    | ElementType of given: string * dtype: DType
    /// <summary>Two memories of one call share bytes.</summary>
    /// <remarks>Give each tensor separate memory.</remarks>
    | MemoriesOverlap of first: string * second: string
    /// <summary>The Spec of an initializer is null.</summary>
    /// <remarks>Return an InitializerSpec from the derived class.</remarks>
    | SpecMissing of initializer: string
    /// <summary>The process has too little memory for the request.</summary>
    /// <remarks>Make the request smaller, or raise the limit of the process.</remarks>
    | MemoryExhausted
    /// <summary>A text is not JSON.</summary>
    /// <remarks>See line and column, which count from 1.</remarks>
    | JsonSyntax of source: string * line: int64 * column: int64 * reason: string
    /// <summary>A value of a JSON file is not what it should be.</summary>
    /// <remarks>See the path and the reason.</remarks>
    | JsonField of source: string * path: string * reason: string
    /// <summary>Two tensors have one name.</summary>
    /// <remarks>Give each tensor a different name.</remarks>
    | TensorDuplicate of name: string
    /// <summary>Two tensors of one list would be made from the same draws.</summary>
    /// <remarks>Give each the child of the model's seed for its name.</remarks>
    | SeedDuplicate of name: string * first: string
    /// <summary>A file lists no tensors.</summary>
    /// <remarks>Check that it is the model's file.</remarks>
    | TensorsMissing of source: string
    /// <summary>The format of the file reserves the name of a tensor.</summary>
    /// <remarks>Rename the tensor.</remarks>
    | NameReserved of name: string * format: string
    /// <summary>A name is not valid Unicode.</summary>
    /// <remarks>Give a name without half of a surrogate pair.</remarks>
    | NameMalformed of name: string
    /// <summary>No rule matches a tensor.</summary>
    /// <remarks>Add a rule. Tensors of integers and bool take specs of whole numbers only.</remarks>
    | TensorUnmatched of name: string * storage: string
    /// <summary>A rule decides no tensor.</summary>
    /// <remarks>Remove it, or move it before the rules that hide it.</remarks>
    | RuleUnused of pattern: string * passedBy: string option
    /// <summary>The recipe has no such name.</summary>
    /// <remarks>Take a name that the message lists.</remarks>
    | RecipeUnknown of name: string * known: string list
    /// <summary>The numbers of a model's blocks have a gap, or do not begin at 0.</summary>
    /// <remarks>List all blocks, or give a shard with the others in its folder: the recipe counts them.</remarks>
    | BlocksMissing of missing: string * listed: int * last: string
    /// <summary>A shard of a model is without the other shards and their index.</summary>
    /// <remarks>Put the others or the index into its folder.</remarks>
    | ShardAlone of path: string * absent: string * index: string
    /// <summary>A file lists tensors, but neither rules nor a recipe.</summary>
    /// <remarks>Name a recipe, or give rules.</remarks>
    | RecipeMissing of source: string
    /// <summary>A fault of one tensor of a model; its code is that of the inner fault.</summary>
    /// <remarks>See the inner fault.</remarks>
    | InTensor of name: string * fault: InitError
    /// <summary>The length of a header is out of bounds: the file is neither safetensors nor npy.</summary>
    /// <remarks>Give a .safetensors or .npy file; the message says what a known file is.</remarks>
    | HeaderLength of length: uint64 * limit: int64
    /// <summary>A header is malformed.</summary>
    /// <remarks>The file is damaged, or of another format.</remarks>
    | HeaderSyntax of reason: string
    /// <summary>A file ends before what its header promises.</summary>
    /// <remarks>Copy or download the file again.</remarks>
    | FileTruncated of part: string * needed: int64 * have: int64
    /// <summary>The format does not have the dtype.</summary>
    /// <remarks>Take a dtype that the message names.</remarks>
    | StoredTypeUnknown of text: string * known: string list
    /// <summary>The dtype of a file is known but not read.</summary>
    /// <remarks>See the reason; write the array with a plain numeric dtype.</remarks>
    | StoredTypeUnsupported of text: string * reason: string
    /// <summary>The bytes of a tensor are not those of its dtype and shape.</summary>
    /// <remarks>The file is damaged.</remarks>
    | BytesMismatch of dtype: string * dims: int64 list * bytes: int64
    /// <summary>A tensor lies outside the data of its file.</summary>
    /// <remarks>The file is damaged, or was cut.</remarks>
    | OffsetsOutOfRange of first: int64 * last: int64 * have: int64
    /// <summary>Bytes of a file belong to no tensor.</summary>
    /// <remarks>The file is damaged.</remarks>
    | BytesUnclaimed of first: int64 * last: int64
    /// <summary>An npy file holds several arrays.</summary>
    /// <remarks>Save each array in a separate file.</remarks>
    | ArrayFollows of start: int64
    /// <summary>The format of a file carries no metadata, so nothing says how its tensors were made.</summary>
    /// <remarks>Write the weights as .safetensors.</remarks>
    | MetadataUnsupported of path: string * format: string
    /// <summary>The metadata do not say how the tensors were made.</summary>
    /// <remarks>Verify a file of generated weights that this library wrote.</remarks>
    | OriginUnknown
    /// <summary>Some keys of the metadata are missing.</summary>
    /// <remarks>The file was changed after it was written; generate it again.</remarks>
    | MetadataMissing of keys: string list
    /// <summary>A value of the metadata cannot be what was written.</summary>
    /// <remarks>The file was changed after it was written; generate it again.</remarks>
    | MetadataInvalid of key: string * text: string * expected: string
    /// <summary>The metadata describe a tensor that the file does not have.</summary>
    /// <remarks>The file was changed after it was written; generate it again.</remarks>
    | TensorAbsent of name: string
    /// <summary>The weights are of a version of the bit contract that this release does not generate.</summary>
    /// <remarks>Verify with a release that generates that version.</remarks>
    | BitsVersionUnsupported of version: int64 * generated: int
    /// <summary>Tensors are not what their metadata generate.</summary>
    /// <remarks>The weights were changed, by training for example, or the file is damaged.</remarks>
    | WeightsDiffer of different: int * tensors: int
    /// <summary>A fault of a file that was read; its code is that of the inner fault.</summary>
    /// <remarks>See the inner fault.</remarks>
    | InFile of path: string * fault: InitError
    /// <summary>A fault at a place of a JSON file; its code is that of the inner fault.</summary>
    /// <remarks>See the inner fault.</remarks>
    | AtPath of source: string * path: string * fault: InitError
    /// <summary>A pattern cannot be used.</summary>
    /// <remarks>See the reason.</remarks>
    | PatternInvalid of pattern: string * reason: string
    /// <summary>An element type does not hold a whole number exactly, or the number is not whole.</summary>
    /// <remarks>Give whole numbers of its range, at most 2^53 - 1, or take a wider type; bool holds 0 and 1.</remarks>
    | NotExact of value: float * storage: string
    /// <summary>A file to be read does not exist.</summary>
    /// <remarks>Check the path.</remarks>
    | FileMissing of path: string
    /// <summary>A file to be written exists already.</summary>
    /// <remarks>Allow overwriting, or write another file.</remarks>
    | FileExists of path: string
    /// <summary>A file to be written is read for the same request.</summary>
    /// <remarks>Write another file.</remarks>
    | OutputIsInput of path: string * input: string
    /// <summary>A file or stream cannot be written; a stream is named -.</summary>
    /// <remarks>See the reason: permissions, space, or a folder that does not exist.</remarks>
    | FileUnwritable of path: string * reason: string
    /// <summary>A file cannot be read.</summary>
    /// <remarks>See the reason.</remarks>
    | FileUnreadable of path: string * reason: string
    /// <summary>The name of a file ends in no known format.</summary>
    /// <remarks>Use .safetensors, .npy or .bin.</remarks>
    | FormatUnknown of path: string * known: string list
    /// <summary>A file format does not have the dtype.</summary>
    /// <remarks>Use a format that the message names.</remarks>
    | DTypeUnsupported of format: string * dtype: DType * have: string list
    /// <summary>A tensor of integers or bool is asked for elements that are no whole numbers.</summary>
    /// <remarks>Take a spec of whole numbers, such as randint, permutation or formula, or a dtype of floats.</remarks>
    | SpecNotWhole of spec: string * storage: string
    /// <summary>A parameter in words cannot be read.</summary>
    /// <remarks>Give what the message expects.</remarks>
    | ArgumentInvalid of name: string * text: string * expected: string
    /// <summary>A parameter in words is missing.</summary>
    /// <remarks>Give it, as in the example of the message.</remarks>
    | ArgumentMissing of name: string * example: string
    /// <summary>A word on the command line has no meaning there.</summary>
    /// <remarks>See the help of the command.</remarks>
    | ArgumentUnknown of text: string
    /// <summary>Two parameters in words exclude each other.</summary>
    /// <remarks>Give one of them.</remarks>
    | ArgumentConflict of reason: string
    /// <summary>The reader of a stream closed it before its end.</summary>
    /// <remarks>Nothing, if that was meant, as with `head`.</remarks>
    | BrokenPipe
    /// <summary>The request was cancelled; no file was written.</summary>
    /// <remarks>Run it again.</remarks>
    | Cancelled
    /// <summary>An expression is wrong.</summary>
    | Expression of fault: ExpressionFault
    /// <summary>The files of an architecture are wrong.</summary>
    | Architecture of fault: ArchitectureFault
    /// <summary>The files of a model cannot be written together.</summary>
    | Output of fault: OutputFault
    /// <summary>A box of a tensor is wrong.</summary>
    | Box of fault: BoxFault
    /// <summary>A tensor of another library cannot be filled.</summary>
    | Tensor of fault: TensorFault
    /// <summary>A file of tensors cannot be read.</summary>
    | Format of fault: FormatFault
    /// <summary>Shape or strides of memory are wrong.</summary>
    | Memory of fault: MemoryFault
    /// <summary>A network is unfit for signals to be sent through it.</summary>
    | Propagation of fault: PropagationFault
    /// <summary>A fault at a column of an expression.</summary>
    | InExpression of text: string * column: int * fault: InitError
    /// <summary>A fault of one element of a formula, by its indices.</summary>
    | InElement of indices: int64 list * fault: InitError
    /// <summary>A fault that a rule has for tensors of a model. The faults for the others differ from it in numbers alone.</summary>
    | InRule of rule: string * tensors: string list * fault: InitError
    /// <summary>A report lists the first 100 faults; this many others were found.</summary>
    /// <remarks>Correct the listed faults, and run again.</remarks>
    | FaultsOmitted of count: int

    /// <summary>The text of <c>InitError.toText</c>, found by its name, which trimming and NativeAOT follow.</summary>
    override this.ToString() =
        let texts = nonNull (System.Type.GetType "Initializers.FSharp.InitErrorModule")
        string ((nonNull (texts.GetMethod "ToText")).Invoke(null, [| this |]))

    member internal this.Display = this.ToString()
