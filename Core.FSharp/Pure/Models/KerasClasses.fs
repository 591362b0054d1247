namespace Initializers.FSharp

open Initializers

/// A variable of a class of Keras's layers.
type internal KerasVariable =
    {
        /// The name below that of the layer, such as kernel or lstm_cell/kernel.
        Name: string
        /// The field of the layer's config that has the initializer; empty if it cannot be chosen.
        Field: string
        /// Keras's name of the initializer that an absent field means.
        Default: string
        Shape: KerasLayer -> int64 list
        /// Whether the layer has the variable.
        Exists: KerasLayer -> bool
        /// For the kernel of an einsum, which axes are inputs and which outputs.
        Roles: (KerasLayer -> FanAxis list) option
    }

/// A class of Keras's layers.
type internal KerasClass =
    { Name: string
      Variables: KerasVariable list
      Output: KerasOutputs.Output }

/// Keras's layers as a table: names, shapes and default initializers of their variables are those of keras 3.16
/// (keras/src/layers), which are those of Keras 2, too.
[<RequireQualifiedAccess>]
module internal KerasClasses =
    let private variable name field fallback shape : KerasVariable =
        { Name = name
          Field = field
          Default = fallback
          Shape = shape
          Exists = fun _ -> true
          Roles = None }

    let private given field fallback (variable: KerasVariable) =
        { variable with
            Exists = fun layer -> layer.Flag(field, fallback) }

    let private kernel shape =
        variable "kernel" "kernel_initializer" "glorot_uniform" shape

    let private bias shape =
        variable "bias" "bias_initializer" "zeros" shape |> given "use_bias" true

    let private units (layer: KerasLayer) = layer.Whole "units"
    let private filters (layer: KerasLayer) = layer.Whole "filters"

    let private window rank (layer: KerasLayer) =
        layer.Sizes("kernel_size", rank, List.replicate rank 1L)

    let private multiplier (layer: KerasLayer) = layer.Whole("depth_multiplier", 1L)

    let private layer name variables output : KerasClass =
        { Name = name
          Variables = variables
          Output = output }

    let private convolutions =
        [ for rank in 1..3 do
              let d = $"{rank}D"

              layer
                  $"Conv{d}"
                  [ kernel (fun l -> window rank l @ [ l.Channels / max 1L (l.Whole("groups", 1L)); filters l ])
                    bias (fun l -> [ filters l ]) ]
                  (KerasOutputs.convolution rank (fun l _ -> Some(filters l)))

              layer
                  $"Conv{d}Transpose"
                  [ kernel (fun l -> window rank l @ [ filters l; l.Channels ])
                    bias (fun l -> [ filters l ]) ]
                  (KerasOutputs.transposed rank)

          for rank in 1..2 do
              let d = $"{rank}D"

              // Keras 2 names the kernel depthwise_kernel.
              layer
                  $"DepthwiseConv{d}"
                  [ variable "kernel" "depthwise_initializer" "glorot_uniform" (fun l ->
                        window rank l @ [ l.Channels; multiplier l ])
                    bias (fun l -> [ l.Channels * multiplier l ]) ]
                  (KerasOutputs.convolution rank (fun l channels -> channels |> Option.map ((*) (multiplier l))))

              layer
                  $"SeparableConv{d}"
                  [ variable "depthwise_kernel" "depthwise_initializer" "glorot_uniform" (fun l ->
                        window rank l @ [ l.Channels; multiplier l ])
                    variable "pointwise_kernel" "pointwise_initializer" "glorot_uniform" (fun l ->
                        List.replicate rank 1L @ [ l.Channels * multiplier l; filters l ])
                    bias (fun l -> [ filters l ]) ]
                  (KerasOutputs.convolution rank (fun l _ -> Some(filters l))) ]

    /// The sizes of the axes that a normalization keeps.
    let private kept (l: KerasLayer) =
        l.Axes("axis", [ -1 ])
        |> List.map (fun axis -> if axis < 0 then axis + l.Rank else axis)
        |> List.sort
        |> List.map (fun axis -> l.Size(0, axis))

    let private gamma = variable "gamma" "gamma_initializer" "ones" kept
    let private beta = variable "beta" "beta_initializer" "zeros" kept

    let private normalizations =
        [ layer
              "BatchNormalization"
              [ gamma |> given "scale" true
                beta |> given "center" true
                variable "moving_mean" "moving_mean_initializer" "zeros" kept
                variable "moving_variance" "moving_variance_initializer" "ones" kept ]
              KerasOutputs.same
          layer
              "LayerNormalization"
              [ { gamma with
                    Exists = fun l -> l.Flag("scale", true) || l.Flag("rms_scaling", false) }
                { beta with
                    Exists = fun l -> l.Flag("center", true) && not (l.Flag("rms_scaling", false)) } ]
              KerasOutputs.same
          layer "GroupNormalization" [ gamma |> given "scale" true; beta |> given "center" true ] KerasOutputs.same
          layer "RMSNormalization" [ variable "scale" "" "ones" kept ] KerasOutputs.same
          layer "UnitNormalization" [] KerasOutputs.same ]

    /// The variables of a cell with this number of gates.
    let private cell (gates: int64) (biasShape: KerasLayer -> int64 list) =
        [ kernel (fun l -> [ l.Size(0, -1); gates * units l ])
          variable "recurrent_kernel" "recurrent_initializer" "orthogonal" (fun l -> [ units l; gates * units l ])
          bias biasShape ]

    let private cells =
        [ "SimpleRNN", "simple_rnn_cell", cell 1L (fun l -> [ units l ])
          "LSTM", "lstm_cell", cell 4L (fun l -> [ 4L * units l ])
          "GRU",
          "gru_cell",
          cell 3L (fun l ->
              // Releases without the field had one bias.
              if l.Flag("reset_after", false) then
                  [ 2L; 3L * units l ]
              else
                  [ 3L * units l ]) ]

    let private recurrent =
        [ for name, inner, variables in cells do
              layer name (variables |> List.map (fun v -> { v with Name = $"{inner}/{v.Name}" })) KerasOutputs.recurrent

              layer $"{name}Cell" variables KerasOutputs.recurrent ]

    let private heads (l: KerasLayer) = l.Whole "num_heads"
    let private keySize (l: KerasLayer) = l.Whole "key_dim"

    let private valueSize (l: KerasLayer) =
        if l.Has "value_dim" then l.Whole "value_dim" else keySize l

    let private projection name inputs kernelShape biasShape =
        [ { kernel kernelShape with
              Name = $"{name}/kernel"
              Roles =
                  Some(fun l ->
                      kernelShape l
                      |> List.mapi (fun i _ -> if i < inputs then FanAxis.In else FanAxis.Out)) }
          { bias biasShape with
              Name = $"{name}/bias" } ]

    /// A variable that a layer with a gate has.
    let private gated (v: KerasVariable) =
        { v with
            Exists = fun l -> l.Flag("use_gate", false) && v.Exists l }

    /// The last size of the query, the value or the key.
    let private modelSize input (l: KerasLayer) =
        l.Size(min input (max 0 (l.Inputs.Length - 1)), -1)

    let private outputSizes (l: KerasLayer) =
        match l.Shape "output_shape" with
        | Some sizes when List.forall Option.isSome sizes -> List.choose id sizes
        | _ -> [ modelSize 0 l ]

    let private attention =
        [ layer
              "MultiHeadAttention"
              (List.concat
                  [ projection "query" 1 (fun l -> [ modelSize 0 l; heads l; keySize l ]) (fun l ->
                        [ heads l; keySize l ])
                    projection "key" 1 (fun l -> [ modelSize 2 l; heads l; keySize l ]) (fun l ->
                        [ heads l; keySize l ])
                    projection "gate" 1 (fun l -> [ modelSize 0 l; heads l; valueSize l ]) (fun l ->
                        [ heads l; valueSize l ])
                    |> List.map gated
                    projection "value" 1 (fun l -> [ modelSize 1 l; heads l; valueSize l ]) (fun l ->
                        [ heads l; valueSize l ])
                    projection "attention_output" 2 (fun l -> [ heads l; valueSize l ] @ outputSizes l) outputSizes ])
              KerasOutputs.multiHead
          layer
              "GroupQueryAttention"
              (let size (l: KerasLayer) = l.Whole "head_dim"
               let queries (l: KerasLayer) = [ l.Whole "num_query_heads"; size l ]

               let values (l: KerasLayer) =
                   [ l.Whole "num_key_value_heads"; size l ]

               List.concat
                   [ projection "query" 1 (fun l -> modelSize 0 l :: queries l) queries
                     projection "key" 1 (fun l -> modelSize 2 l :: values l) values
                     projection "gate" 1 (fun l -> modelSize 0 l :: queries l) queries
                     |> List.map gated
                     projection "value" 1 (fun l -> modelSize 1 l :: values l) values
                     projection "attention_output" 2 (fun l -> queries l @ [ modelSize 0 l ]) (fun l ->
                         [ modelSize 0 l ]) ])
              KerasOutputs.same
          layer
              "Attention"
              [ variable "scale" "" "ones" (fun _ -> []) |> given "use_scale" false
                { variable "concat_score_weight" "" "ones" (fun _ -> []) with
                    Exists = fun l -> l.Word("score_mode", "dot") = "concat" } ]
              KerasOutputs.attended
          layer
              "AdditiveAttention"
              [ variable "scale" "" "glorot_uniform" (fun l -> [ l.Size(0, -1) ])
                |> given "use_scale" true ]
              KerasOutputs.attended ]

    let private basic =
        [ layer
              "Dense"
              [ kernel (fun l -> [ l.Size(0, -1); units l ]); bias (fun l -> [ units l ]) ]
              (KerasOutputs.lastBecomes (units >> Some))
          layer
              "EinsumDense"
              [ { kernel KerasEinsum.kernel with
                    Roles = Some KerasEinsum.roles }
                { bias KerasEinsum.bias with
                    Exists = fun l -> l.Has "bias_axes" } ]
              KerasOutputs.unknown
          layer
              "Embedding"
              [ variable "embeddings" "embeddings_initializer" "uniform" (fun l ->
                    [ l.Whole "input_dim"; l.Whole "output_dim" ]) ]
              KerasOutputs.embedding
          layer
              "PReLU"
              [ variable "alpha" "alpha_initializer" "zeros" (fun l ->
                    let shared = l.Axes("shared_axes", [])
                    [ for axis in 1 .. l.Rank - 1 -> if List.contains axis shared then 1L else l.Size(0, axis) ]) ]
              KerasOutputs.same ]

    /// Classes without variables.
    let private plain =
        [ for name in
              [ "Activation"
                "ActivityRegularization"
                "AlphaDropout"
                "Dropout"
                "ELU"
                "GaussianDropout"
                "GaussianNoise"
                "Identity"
                "LeakyReLU"
                "Masking"
                "ReLU"
                "Rescaling"
                "Softmax"
                "SpatialDropout1D"
                "SpatialDropout2D"
                "SpatialDropout3D"
                "ThresholdedReLU"
                "RandomBrightness"
                "RandomContrast"
                "RandomFlip"
                "RandomRotation"
                "RandomTranslation"
                "RandomZoom" ] do
              layer name [] KerasOutputs.same
          for name in [ "Add"; "Average"; "Maximum"; "Minimum"; "Multiply"; "Subtract" ] do
              layer name [] KerasOutputs.merged
          for name in
              [ "CategoryEncoding"
                "CenterCrop"
                "Dot"
                "Hashing"
                "IntegerLookup"
                "StringLookup"
                "TextVectorization"
                "Lambda"
                "RandomCrop"
                "Resizing" ] do
              layer name [] KerasOutputs.unknown
          layer "Concatenate" [] KerasOutputs.concatenated
          layer "Flatten" [] KerasOutputs.flatten
          layer "Reshape" [] KerasOutputs.reshape
          layer "Permute" [] KerasOutputs.permute
          layer "RepeatVector" [] KerasOutputs.repeatVector
          for rank in 1..3 do
              layer $"MaxPooling{rank}D" [] (KerasOutputs.pooling rank)
              layer $"AveragePooling{rank}D" [] (KerasOutputs.pooling rank)
              layer $"GlobalMaxPooling{rank}D" [] (KerasOutputs.globalPooling rank)
              layer $"GlobalAveragePooling{rank}D" [] (KerasOutputs.globalPooling rank)
              layer $"UpSampling{rank}D" [] (KerasOutputs.upSampling rank)
              layer $"ZeroPadding{rank}D" [] (KerasOutputs.resized rank)
              layer $"Cropping{rank}D" [] (KerasOutputs.resized rank) ]

    let private all =
        convolutions @ normalizations @ recurrent @ attention @ basic @ plain
        |> List.map (fun known -> known.Name, known)
        |> Map.ofList

    /// Other names of classes: of Keras 1 and 2 and of TensorFlow.
    let private aliases =
        Map.ofList
            [ "Convolution1D", "Conv1D"
              "Convolution2D", "Conv2D"
              "Convolution3D", "Conv3D"
              "SyncBatchNormalization", "BatchNormalization"
              "BatchNormalizationV1", "BatchNormalization"
              "BatchNormalizationV2", "BatchNormalization"
              "LSTMV2", "LSTM"
              "GRUV2", "GRU"
              "GroupedQueryAttention", "GroupQueryAttention" ]

    let tryFind (name: string) : KerasClass option =
        Map.tryFind (Map.tryFind name aliases |> Option.defaultValue name) all
