namespace Initializers.FSharp

/// The shapes that layers of Keras give on, for files that do not have the shapes of all inputs. None where it is unknown.
[<RequireQualifiedAccess>]
module internal KerasOutputs =
    type Output = KerasLayer -> KerasShape option

    let same: Output = _.Input
    let unknown: Output = fun _ -> None

    /// The input with another size of its last axis.
    let lastBecomes (size: KerasLayer -> int64 option) : Output =
        fun layer ->
            layer.Input
            |> Option.bind (fun shape ->
                if shape.IsEmpty then
                    None
                else
                    Some(List.take (shape.Length - 1) shape @ [ size layer ]))

    /// An input with its sizes between batch and channels changed, and the channels, too.
    let private spatial (rank: int) (channels: int64 option -> int64 option) change : Output =
        fun layer ->
            match layer.Input with
            | Some shape when shape.Length = rank + 2 ->
                let first = layer.ChannelAxis = 1

                let between =
                    if first then
                        List.skip 2 shape
                    else
                        shape |> List.skip 1 |> List.take rank

                let changed = change layer between
                let last = channels (if first then shape[1] else shape[rank + 1])

                Some(
                    if first then
                        shape[0] :: last :: changed
                    else
                        shape[0] :: changed @ [ last ]
                )
            | _ -> None

    let private over (f: int64 -> int64) (size: int64 option) = Option.map (f >> max 0L) size

    let private ones rank = List.replicate rank 1L

    /// Sizes after windows: a kernel with strides and dilation, or a pool.
    let private windows (padding: string) (kernel: int64) (stride: int64) (size: int64) =
        let stride = max 1L stride

        if padding = "valid" then
            (size - kernel) / stride + 1L
        else
            (size + stride - 1L) / stride

    let private dilated kernel dilation = (kernel - 1L) * dilation + 1L

    let convolution rank (filters: KerasLayer -> int64 option -> int64 option) : Output =
        fun layer ->
            let kernel = layer.Sizes("kernel_size", rank, ones rank)
            let strides = layer.Sizes("strides", rank, ones rank)
            let dilation = layer.Sizes("dilation_rate", rank, ones rank)
            let padding = layer.Word("padding", "valid")

            spatial
                rank
                (filters layer)
                (fun _ sizes ->
                    List.zip3 kernel strides dilation
                    |> List.map2 (fun size (k, s, d) -> size |> over (windows padding (dilated k d) s)) sizes)
                layer

    let transposed rank : Output =
        fun layer ->
            let kernel = layer.Sizes("kernel_size", rank, ones rank)
            let strides = layer.Sizes("strides", rank, ones rank)
            let isValid = layer.Word("padding", "valid") = "valid"
            let dilation = layer.Sizes("dilation_rate", rank, ones rank)

            if layer.Has "output_padding" then
                None
            else
                spatial
                    rank
                    (fun _ -> Some(layer.Whole "filters"))
                    (fun _ sizes ->
                        List.zip3 kernel strides dilation
                        |> List.map2
                            (fun size (k, s, d) ->
                                size
                                |> over (fun n -> n * s + (if isValid then max 0L (dilated k d - s) else 0L)))
                            sizes)
                    layer

    let pooling rank : Output =
        fun layer ->
            let pool = layer.Sizes("pool_size", rank, List.replicate rank 2L)
            let strides = layer.Sizes("strides", rank, pool)
            let padding = layer.Word("padding", "valid")

            spatial
                rank
                id
                (fun _ sizes -> List.map3 (fun size k s -> size |> over (windows padding k s)) sizes pool strides)
                layer

    let globalPooling rank : Output =
        fun layer ->
            let channels =
                layer.Input
                |> Option.bind (List.tryItem (if layer.ChannelAxis = 1 then 1 else rank + 1))

            match layer.Input, channels with
            | Some shape, Some channels when shape.Length = rank + 2 ->
                let ones = List.replicate rank (Some 1L)

                match layer.Flag("keepdims", false), layer.ChannelAxis with
                | false, _ -> Some [ shape[0]; channels ]
                | true, 1 -> Some(shape[0] :: channels :: ones)
                | true, _ -> Some(shape[0] :: ones @ [ channels ])
            | _ -> None

    let upSampling rank : Output =
        fun layer ->
            let times = layer.Sizes("size", rank, List.replicate rank 2L)
            spatial rank id (fun _ sizes -> List.map2 (fun size n -> size |> over ((*) n)) sizes times) layer

    /// A layer that changes sizes by lists of pairs, whose batch and channels stay; the sizes become unknown.
    let resized rank : Output =
        spatial rank id (fun _ sizes -> sizes |> List.map (fun _ -> None))

    let flatten: Output =
        fun layer ->
            match layer.Input with
            | Some(batch :: rest) -> Some [ batch; KerasShape.product rest ]
            | _ -> None

    let reshape: Output =
        fun layer ->
            match layer.Input, layer.Config |> Map.tryFind "target_shape" with
            | Some(batch :: rest), Some target when target.ValueKind = System.Text.Json.JsonValueKind.Array ->
                let sizes =
                    target.EnumerateArray()
                    |> Seq.map (fun item -> KerasShape.size item |> Option.flatten)
                    |> List.ofSeq

                // A size of -1, which is not read as one, is what the others leave.
                match KerasShape.product rest, KerasShape.product (List.filter Option.isSome sizes) with
                | Some all, Some given when given > 0L ->
                    Some(batch :: (sizes |> List.map (Option.orElse (Some(all / given)))))
                | _ -> Some(batch :: sizes)
            | _ -> None

    let permute: Output =
        fun layer ->
            match layer.Input, layer.Axes("dims", []) with
            | Some shape, axes when axes |> List.forall (fun axis -> axis > 0 && axis < shape.Length) ->
                Some(shape[0] :: (axes |> List.map (fun axis -> shape[axis])))
            | _ -> None

    let repeatVector: Output =
        fun layer ->
            match layer.Input with
            | Some [ batch; size ] -> Some [ batch; Some(layer.Whole "n"); size ]
            | _ -> None

    let embedding: Output =
        fun layer ->
            layer.Input
            |> Option.map (fun shape -> shape @ [ Some(layer.Whole "output_dim") ])

    /// The last state, or the state at each step.
    let recurrent: Output =
        fun layer ->
            match layer.Input with
            | Some(batch :: rest) ->
                let units = Some(layer.Whole "units")

                match layer.Flag("return_sequences", false), rest with
                | true, steps :: _ -> Some [ batch; steps; units ]
                | _ -> Some [ batch; units ]
            | _ -> None

    /// The known sizes of inputs that are added and the like.
    let merged: Output =
        fun layer ->
            match layer.Inputs with
            | [] -> None
            | inputs ->
                let longest = inputs |> List.map List.length |> List.max

                inputs
                |> List.filter (fun shape -> shape.Length = longest)
                |> List.transpose
                |> List.map (List.choose id >> List.sortDescending >> List.tryHead)
                |> Some

    let concatenated: Output =
        fun layer ->
            match layer.Inputs with
            | first :: _ as inputs when inputs |> List.forall (fun shape -> shape.Length = first.Length) ->
                let axis =
                    match layer.Axes("axis", [ -1 ]) with
                    | [ axis ] when axis < 0 -> first.Length + axis
                    | [ axis ] -> axis
                    | _ -> -1

                inputs
                |> List.transpose
                |> List.mapi (fun i sizes ->
                    if i <> axis then
                        List.tryPick id sizes
                    elif List.forall Option.isSome sizes then
                        Some(List.sum (List.choose id sizes))
                    else
                        None)
                |> Some
            | _ -> None

    /// The query with the last size of the value.
    let attended: Output =
        fun layer ->
            match layer.Inputs with
            | query :: value :: _ when not query.IsEmpty && not value.IsEmpty ->
                Some(List.take (query.Length - 1) query @ [ List.last value ])
            | _ -> None

    let multiHead: Output =
        fun layer ->
            match layer.Input, layer.Shape "output_shape" with
            | Some shape, Some sizes when not shape.IsEmpty -> Some(List.take (shape.Length - 1) shape @ sizes)
            | shape, _ -> shape
