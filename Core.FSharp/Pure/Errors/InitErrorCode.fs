namespace Initializers.FSharp

open Initializers

/// Codes of faults. A code never changes its meaning.
[<RequireQualifiedAccess>]
module internal InitErrorCode =
    /// A fault without the places that it names around it.
    let rec inner (error: InitError) : InitError =
        match error with
        | InitError.InPart(_, fault)
        | InitError.InTensor(_, fault)
        | InitError.InFile(_, fault)
        | InitError.AtPath(_, _, fault)
        | InitError.InExpression(_, _, fault)
        | InitError.InElement(_, fault)
        | InitError.InRule(_, _, fault) -> inner fault
        | fault -> fault

    /// The code of a fault; that of a fault in a part, a tensor or a file is the inner fault's.
    let rec code (error: InitError) : string =
        match error with
        | InitError.ShapeNegative _ -> "shape-negative"
        | InitError.ShapeOverflow _ -> "shape-overflow"
        | InitError.ShapeRank _ -> "shape-rank"
        | InitError.ShapeSyntax _ -> "shape-syntax"
        | InitError.FanMissing _ -> "fan-missing"
        | InitError.FanNotPositive _ -> "fan-not-positive"
        | InitError.FanModeUnknown _ -> "fan-mode-unknown"
        | InitError.LayoutUnknown _ -> "layout-unknown"
        | InitError.LayoutRank _ -> "layout-rank"
        | InitError.AxesRank _ -> "axes-rank"
        | InitError.AxisOutOfRange _ -> "axis-out-of-range"
        | InitError.BatchAxesOutOfRange _ -> "batch-axes-out-of-range"
        | InitError.AxisDuplicate _ -> "axis-duplicate"
        | InitError.GroupsNotDividing _ -> "groups-not-dividing"
        | InitError.NotFinite _ -> "not-finite"
        | InitError.NotPositive _ -> "not-positive"
        | InitError.StddevNegative _ -> "stddev-negative"
        | InitError.StddevNotPositive _ -> "stddev-not-positive"
        | InitError.ScaleNotPositive _ -> "scale-not-positive"
        | InitError.LowNotBelowHigh _ -> "low-not-below-high"
        | InitError.SpreadNotFinite _ -> "spread-not-finite"
        | InitError.SpreadLost _ -> "spread-lost"
        | InitError.ModeOutOfRange _ -> "mode-out-of-range"
        | InitError.QuantileUndefined _ -> "quantile-undefined"
        | InitError.QuantileDecreases _ -> "quantile-decreases"
        | InitError.QuantileNotSmooth _ -> "quantile-not-smooth"
        | InitError.MapDomain _ -> "map-domain"
        | InitError.MapUnsupported _ -> "map-unsupported"
        | InitError.QuantileNotSerializable -> "quantile-not-serializable"
        | InitError.IntervalTooNarrow _ -> "interval-too-narrow"
        | InitError.ClipTooNarrow _ -> "clip-too-narrow"
        | InitError.OverflowsDType _ -> "overflows-dtype"
        | InitError.RankUnsupported _ -> "rank-unsupported"
        | InitError.NotAMultiple _ -> "not-a-multiple"
        | InitError.InputsExceedOutputs _ -> "inputs-exceed-outputs"
        | InitError.OutOfRange _ -> "out-of-range"
        | InitError.StackedSizes _ -> "stacked-sizes"
        | InitError.LiteralShape _ -> "literal-shape"
        | InitError.LiteralLength _ -> "literal-length"
        | InitError.DistributionUnknown _ -> "distribution-unknown"
        | InitError.SpecTooDeep _ -> "spec-too-deep"
        | InitError.SpecTooLarge _ -> "spec-too-large"
        | InitError.NonlinearityUnknown _ -> "nonlinearity-unknown"
        | InitError.GainNotTabulated _ -> "gain-not-tabulated"
        | InitError.ActivationUndefined _ -> "activation-undefined"
        | InitError.ActivationNotSmooth _ -> "activation-not-smooth"
        | InitError.GainNotFinite _ -> "gain-not-finite"
        | InitError.SpecSyntax _ -> "spec-syntax"
        | InitError.SpecUnknown _ -> "spec-unknown"
        | InitError.ParameterUnknown _ -> "parameter-unknown"
        | InitError.ParameterDuplicate _ -> "parameter-duplicate"
        | InitError.ParameterMissing _ -> "parameter-missing"
        | InitError.ParameterNotNumber _ -> "parameter-not-number"
        | InitError.ParameterNotWhole _ -> "parameter-not-whole"
        | InitError.ParameterOutOfRange _ -> "parameter-out-of-range"
        | InitError.ParameterKind _ -> "parameter-kind"
        | InitError.ChoiceUnknown _ -> "choice-unknown"
        | InitError.KerasUnknown _ -> "keras-unknown"
        | InitError.KerasUnsupported _ -> "keras-unsupported"
        | InitError.DTypeUnknown _ -> "dtype-unknown"
        | InitError.DeviceUnknown _ -> "device-unknown"
        | InitError.DeviceAbsent _ -> "device-absent"
        | InitError.DeviceFailed _ -> "device-failed"
        | InitError.WorkspaceExceeded _ -> "workspace-exceeded"
        | InitError.ContextNotEnabled -> "context-not-enabled"
        | InitError.SliceOutOfRange _ -> "slice-out-of-range"
        | InitError.MemoryLength _ -> "memory-length"
        | InitError.ElementType _ -> "element-type"
        | InitError.MemoriesOverlap _ -> "memories-overlap"
        | InitError.SpecMissing _ -> "spec-missing"
        | InitError.MemoryExhausted -> "memory-exhausted"
        | InitError.JsonSyntax _ -> "json-syntax"
        | InitError.JsonField _ -> "json-field"
        | InitError.TensorDuplicate _ -> "tensor-duplicate"
        | InitError.SeedDuplicate _ -> "seed-duplicate"
        | InitError.TensorsMissing _ -> "tensors-missing"
        | InitError.NameReserved _ -> "name-reserved"
        | InitError.NameMalformed _ -> "name-malformed"
        | InitError.TensorUnmatched _ -> "tensor-unmatched"
        | InitError.RuleUnused _ -> "rule-unused"
        | InitError.RecipeUnknown _ -> "recipe-unknown"
        | InitError.BlocksMissing _ -> "blocks-missing"
        | InitError.ShardAlone _ -> "shard-alone"
        | InitError.RecipeMissing _ -> "recipe-missing"
        | InitError.HeaderLength _ -> "header-length"
        | InitError.HeaderSyntax _ -> "header-syntax"
        | InitError.FileTruncated _ -> "file-truncated"
        | InitError.StoredTypeUnknown _ -> "stored-type-unknown"
        | InitError.StoredTypeUnsupported _ -> "stored-type-unsupported"
        | InitError.BytesMismatch _ -> "bytes-mismatch"
        | InitError.OffsetsOutOfRange _ -> "offsets-out-of-range"
        | InitError.BytesUnclaimed _ -> "bytes-unclaimed"
        | InitError.ArrayFollows _ -> "array-follows"
        | InitError.MetadataUnsupported _ -> "metadata-unsupported"
        | InitError.OriginUnknown -> "origin-unknown"
        | InitError.MetadataMissing _ -> "metadata-missing"
        | InitError.MetadataInvalid _ -> "metadata-invalid"
        | InitError.TensorAbsent _ -> "tensor-absent"
        | InitError.BitsVersionUnsupported _ -> "bits-version-unsupported"
        | InitError.WeightsDiffer _ -> "weights-differ"
        | InitError.InPart(_, fault)
        | InitError.InFile(_, fault) -> code fault
        | InitError.InTensor(_, fault)
        | InitError.InExpression(_, _, fault)
        | InitError.InElement(_, fault)
        | InitError.InRule(_, _, fault)
        | InitError.AtPath(_, _, fault) -> code fault
        | InitError.Expression fault -> ExpressionFaultText.code fault
        | InitError.Architecture fault -> ArchitectureFaultText.code fault
        | InitError.Propagation fault -> PropagationFaultText.code fault
        | InitError.Output fault -> OutputFaultText.code fault
        | InitError.Box fault -> BoxFaultText.code fault
        | InitError.Tensor fault -> TensorFaultText.code fault
        | InitError.Format fault -> FormatFaultText.code fault
        | InitError.Memory fault -> MemoryFaultText.code fault
        | InitError.PatternInvalid _ -> "pattern-invalid"
        | InitError.NotExact _ -> "not-exact"
        | InitError.FileMissing _ -> "file-missing"
        | InitError.FileExists _ -> "file-exists"
        | InitError.OutputIsInput _ -> "output-is-input"
        | InitError.FileUnwritable _ -> "file-unwritable"
        | InitError.FileUnreadable _ -> "file-unreadable"
        | InitError.FormatUnknown _ -> "format-unknown"
        | InitError.DTypeUnsupported _ -> "dtype-unsupported"
        | InitError.SpecNotWhole _ -> "spec-not-whole"
        | InitError.ArgumentInvalid _ -> "argument-invalid"
        | InitError.ArgumentMissing _ -> "argument-missing"
        | InitError.ArgumentUnknown _ -> "argument-unknown"
        | InitError.ArgumentConflict _ -> "argument-conflict"
        | InitError.BrokenPipe -> "broken-pipe"
        | InitError.Cancelled -> "cancelled"
        | InitError.FaultsOmitted _ -> "faults-omitted"
