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
    /// <summary>A shape of more axes than the limit.</summary>
    | ShapeRank of rank: int * most: int
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
    /// <summary>Roles of axes, for a shape of another rank.</summary>
    | AxesRank of axes: FanAxes * rank: int
    /// <summary>An axis that the shape has not.</summary>
    | AxisOutside of axis: int * rank: int
    /// <summary>An axis that has two roles.</summary>
    | AxisTwice of axis: int
    /// <summary>Groups that do not divide the channels of their side.</summary>
    | GroupsNotDividing of groups: int64 * side: string * channels: float
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
    /// <summary>A uniform whose limits float64 cannot tell from its mean.</summary>
    | SpreadLost of mean: float * scale: float * fan: float
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
    /// <summary>A clip whose closed interval holds no value of the dtype.</summary>
    | NothingWithin of low: float * high: float * dtype: DType
    /// <summary>A law whose values pass the dtype's largest.</summary>
    | OverflowsDType of reach: float * dtype: DType
    // structures
    /// <summary>A shape of fewer or more axes than an initializer fills.</summary>
    | RankOutside of spec: string * rank: int * least: int * most: int option
    /// <summary>A number that is not a multiple of what shares it out.</summary>
    | NotDivided of spec: string * what: string * size: int64 * by: int64
    /// <summary>A delta-orthogonal convolution of more inputs than outputs.</summary>
    | InputsExceedOutputs of inputs: int64 * outputs: int64
    /// <summary>A number outside its closed interval.</summary>
    | NotWithin of spec: string * parameter: string * value: float * least: float * greatest: float
    /// <summary>Parts of a stack whose sizes are not the axis's size.</summary>
    | StackedSizes of axis: int * sizes: int64 list * size: int64
    /// <summary>Given numbers that are not of the tensor's shape.</summary>
    | LiteralShape of spec: string * given: int64 list * dims: int64 list
    /// <summary>Given numbers that are not as many as their own sizes say.</summary>
    | LiteralLength of spec: string * count: int * dims: int64 list
    /// <summary>A fault of one part of a stack, counted from 1; its code is the inner one.</summary>
    | InPart of part: int * fault: InitError
    /// <summary>A distribution that has no such name.</summary>
    | DistributionUnknown of text: string
    /// <summary>Specs nested deeper than the limit.</summary>
    | SpecTooDeep of limit: int
    // gains
    /// <summary>A nonlinearity that has no such name.</summary>
    | NonlinearityUnknown of text: string * known: string list
    /// <summary>A nonlinearity that PyTorch's table of gains lacks.</summary>
    | NonlinearityUnlisted of name: string * listed: string list
    /// <summary>A function that gave no finite number, or threw.</summary>
    | ActivationUndefined of name: string * z: float * reason: string
    /// <summary>A function that no number of panels follows.</summary>
    | ActivationNotSmooth of name: string * low: float * high: float
    /// <summary>A function whose second moment, or whose derivative's, is 0 or not finite.</summary>
    | GainNotFinite of name: string * differentiated: bool * moment: float
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
    /// <summary>An argument that is not a whole number.</summary>
    | ParameterNotWhole of spec: string * name: string * text: string
    /// <summary>A whole number outside the closed interval of its parameter.</summary>
    | ParameterOutside of spec: string * name: string * value: int64 * least: int64 * greatest: int64
    /// <summary>An argument of another kind than its parameter's.</summary>
    | ParameterKind of spec: string * name: string * expected: string
    /// <summary>A word that is none of those that a parameter has.</summary>
    | ChoiceUnknown of spec: string * name: string * text: string * known: string list
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
    /// <summary>A tensor whose making takes more memory besides the tensor than a share of the memory there is, in
    /// bytes.</summary>
    | WorkspaceExceeded of needed: float * available: float
    /// <summary>A context of the caller's without this library's intrinsics.</summary>
    | ContextNotEnabled
    /// <summary>A slice that does not lie within its tensor.</summary>
    | SliceOutside of offset: int64 * count: int64 * length: int64
    /// <summary>Memory that does not hold whole elements, or too few.</summary>
    | MemoryLength of given: int64 * needed: int64
    /// <summary>Memory of elements that are no dtype.</summary>
    | ElementType of given: string * dtype: DType
    /// <summary>Two memories to be filled together that share bytes.</summary>
    | MemoriesOverlap of first: string * second: string
    /// <summary>An initializer whose spec is null.</summary>
    | SpecMissing of initializer: string
    /// <summary>A request for which the process has too little memory.</summary>
    | MemoryExhausted
    // blueprints
    /// <summary>A file that is not JSON.</summary>
    | JsonSyntax of source: string * line: int64 * column: int64 * reason: string
    /// <summary>A value of a JSON file that is not what it should be.</summary>
    | JsonField of source: string * path: string * reason: string
    /// <summary>Two tensors of one name.</summary>
    | TensorTwice of name: string
    /// <summary>Two tensors of one list that would be made from the same draws.</summary>
    | SeedDuplicate of name: string * first: string
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
    /// <summary>A model whose numbered blocks have a gap or do not begin at 0: the first that is missing, how many are listed,
    /// and the last of them.</summary>
    | BlocksMissing of missing: string * listed: int * last: string
    /// <summary>A shard without the model's other shards, of which one is named, and without their index.</summary>
    | ShardAlone of path: string * absent: string * index: string
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
    /// <summary>An npy file in which another array begins at this byte.</summary>
    | ArrayFollows of start: int64
    /// <summary>A file of a known kind that lists no tensors, given as an architecture.</summary>
    | NotArchitecture of source: string * kind: string
    /// <summary>A file of a format that cannot say how its tensors were made.</summary>
    | FormatLacksMetadata of path: string * format: string
    /// <summary>A file whose metadata say nothing of how its tensors were made.</summary>
    | OriginUnknown
    /// <summary>Metadata that say some of it, without these keys.</summary>
    | MetadataMissing of keys: string list
    /// <summary>A value of the metadata that cannot be what was written.</summary>
    | MetadataInvalid of key: string * text: string * expected: string
    /// <summary>A tensor that the metadata describe and the file has not.</summary>
    | TensorAbsent of name: string
    /// <summary>Weights of a version of the bit contract that is not generated here.</summary>
    | BitsUngenerated of version: int64 * generated: int
    /// <summary>Tensors that are not what their metadata generate.</summary>
    | WeightsDiffer of different: int * tensors: int
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
    /// <summary>A file to be written that is read for the same request.</summary>
    | OutputIsInput of path: string * input: string
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
    /// <summary>A request that was cancelled; no file was written.</summary>
    | Cancelled
    // reports
    /// <summary>Further faults of a report that lists the first ones.</summary>
    | FaultsOmitted of count: int
