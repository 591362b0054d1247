namespace Initializers

open System

/// <summary>What an axis of a shape counts towards a fan.</summary>
type FanAxis =
    /// <summary>Outputs. Several such axes, as heads and their size, multiply.</summary>
    | Out = 0
    /// <summary>Inputs. Several such axes multiply.</summary>
    | In = 1
    /// <summary>Receptive field: it multiplies both fans.</summary>
    | Spatial = 2
    /// <summary>Copies side by side, such as stacked layers, experts, or a depthwise kernel's channels: it counts towards
    /// neither fan.</summary>
    | Stack = 3

/// <summary>A role for each axis of a shape, outermost first, with a convolution's groups, strides and direction.</summary>
/// <remarks>
/// <para>fan_in is the product of the In and Spatial axes and fan_out that of the Out and Spatial ones; an empty product is
/// 1. Groups and stride then divide fan_out of a convolution, or fan_in of a transposed one, so that it counts true
/// connections. The default, groups 1 and stride 1, is what PyTorch, Keras and JAX count.</para>
/// <para>A value: equal roles, groups, stride and direction are equal. Building one checks nothing; the shape it reads
/// does, at once: <c>axes-rank</c>, <c>groups-not-dividing</c>, <c>not-positive</c>, <c>layout-unknown</c>.</para>
/// </remarks>
/// <example>
/// <code>
/// FanAxes experts = FanAxes.Of(FanAxis.Stack, FanAxis.In, FanAxis.Out);
/// FanAxes heads = FanAxes.Of(FanAxis.Out, FanAxis.Out, FanAxis.In); // [heads, head size, model size]
/// FanAxes depthwise = FanAxes.Of(FanAxis.Out, FanAxis.In, FanAxis.Spatial, FanAxis.Spatial).WithGroups(64);
/// </code>
/// </example>
[<Struct; CustomEquality; CustomComparison>]
type FanAxes =
    // The default value of a struct has null here, which is no axis.
    val private axes: FanAxis array | null
    // One less than each, so that the default value has 1.
    val private moreGroups: int64
    val private moreStride: int64
    val private transposed: bool

    private new(axes: FanAxis array | null, moreGroups, moreStride, transposed) =
        { axes = axes
          moreGroups = moreGroups
          moreStride = moreStride
          transposed = transposed }

    /// <summary>The axes' roles, outermost first; of no groups, stride 1, not transposed.</summary>
    /// <exception cref="T:System.ArgumentNullException">The roles are null.</exception>
    static member Of([<ParamArray>] axes: FanAxis[]) =
        ArgumentNullException.ThrowIfNull(axes, nameof axes)
        FanAxes(Array.copy axes, 0L, 0L, false)

    /// <summary>The axes' roles, outermost first.</summary>
    member this.Axes: System.Collections.Generic.IReadOnlyList<FanAxis> =
        match this.axes with
        | null -> Array.AsReadOnly [||]
        | axes -> Array.AsReadOnly axes

    /// <summary>The convolution's groups, 1 or more. The shape has the channels of one group on one side alone, in PyTorch
    /// [out, in/groups, …] and transposed [in, out/groups, …]; the other side's fan is divided.</summary>
    member this.Groups = this.moreGroups + 1L

    /// <summary>The product of the strides along the axes, 1 or more. One input of a convolution connects to 1/stride of
    /// the receptive field, and so does one output of a transposed one.</summary>
    member this.Stride = this.moreStride + 1L

    /// <summary>Whether the convolution is transposed, so that groups and stride divide fan_in.</summary>
    member this.IsTransposed = this.transposed

    /// <summary>The same with groups.</summary>
    member this.WithGroups(groups: int64) =
        FanAxes(this.axes, groups - 1L, this.moreStride, this.transposed)

    /// <summary>The same with strides, as their product: 4 for a stride of 2 along both axes.</summary>
    member this.WithStride(stride: int64) =
        FanAxes(this.axes, this.moreGroups, stride - 1L, this.transposed)

    /// <summary>The same, of a transposed convolution. The roles stay as they are: PyTorch's layout of it is
    /// [in, out, spatial…].</summary>
    member this.Transposed() =
        FanAxes(this.axes, this.moreGroups, this.moreStride, true)

    /// The same without the first axes.
    member internal this.Behind(count: int) =
        FanAxes(Array.skip count (Array.ofSeq this.Axes), this.moreGroups, this.moreStride, this.transposed)

    member private this.Key =
        List.ofSeq this.Axes, this.moreGroups, this.moreStride, this.transposed

    /// <summary>Equal roles, groups, stride and direction.</summary>
    override this.Equals(other: obj | null) =
        match other with
        | :? FanAxes as o -> this.Key = o.Key
        | _ -> false

    /// <summary>A hash code that agrees with equality.</summary>
    override this.GetHashCode() = this.Key.GetHashCode()

    /// <summary>The text, such as out,in,spatial,spatial,groups:8.</summary>
    override this.ToString() =
        let role axis =
            match axis with
            | FanAxis.Out -> "out"
            | FanAxis.In -> "in"
            | FanAxis.Spatial -> "spatial"
            | FanAxis.Stack -> "stack"
            | other -> $"FanAxis({int other})"

        let axes, moreGroups, moreStride, transposed = this.Key

        String.Join(
            ",",
            [ yield! axes |> List.map role
              if transposed then
                  "transposed"
              if moreGroups <> 0L then
                  $"groups:{moreGroups + 1L}"
              if moreStride <> 0L then
                  $"stride:{moreStride + 1L}" ]
        )

    /// <summary>Equal roles, groups, stride and direction.</summary>
    static member op_Equality(left: FanAxes, right: FanAxes) = left.Key = right.Key

    /// <summary>The negation of equality.</summary>
    static member op_Inequality(left: FanAxes, right: FanAxes) = left.Key <> right.Key

    interface IEquatable<FanAxes> with
        member this.Equals other = this.Key = other.Key

    interface IComparable with
        member this.CompareTo other =
            match other with
            | :? FanAxes as o -> compare this.Key o.Key
            | _ -> 1
