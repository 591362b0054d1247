namespace Initializers.FSharp

open Initializers

/// What a rule's model answers.
type internal ModelScope =
    {
        /// The answer to a question about tensors or patterns of names.
        Ask: Question -> string list -> float -> Result<float, InitError>
        /// The names that the model defines under "let".
        Defined: string list
        /// The value of one of them.
        Let: string -> Result<float, InitError>
        /// The fans of a tensor whose entry says the roles of its axes.
        LayoutOf: string -> Fan option
    }

/// <summary>A tensor that a spec fills: what a spec that is a function reads. A rule's match has the captures of its pattern
/// and the model's other tensors too.</summary>
[<Sealed>]
type TensorMatch =
    internal new:
        name: string *
        captures: Map<string, string> *
        shape: Shape *
        storage: string *
        fan: Fan *
        model: ModelScope option ->
            TensorMatch

    /// <summary>The tensor's name; empty outside a model.</summary>
    member Name: string
    /// <summary>What the pattern of the rule captured, by name.</summary>
    member Captures: Map<string, string>
    /// <summary>The sizes of the tensor's axes.</summary>
    member Shape: Shape
    /// <summary>The element type by its name in safetensors files, such as F32; empty outside a model.</summary>
    member Storage: string
    /// <summary>The source of the fans.</summary>
    member Fan: Fan

    /// <summary>The value of an expression, such as <c>0.02/sqrt(2*(i+1))</c>: numbers, operators and functions; fan_in,
    /// fan_out, rank, size and the sizes d0, d1 and so on of the tensor; captures; definitions of the model; and count, blocks,
    /// dim, rank, size, has, fan_in and fan_out of other tensors by name.</summary>
    /// <returns>The first fault, with its column.</returns>
    /// <example><code>Spec.ofMatch "by depth" (fun m ->
    ///     m.Evaluate "0.02/sqrt(2*(i+1))" |> Result.map (Spec.normal 0.0))</code></example>
    member Evaluate: expression: string -> Result<float, InitError list>

    /// A text with captures in place of their names in braces.
    member internal Fill: text: string -> Result<string, InitError>

    /// What the names of expressions mean for the tensor.
    member internal Scope: Scope

/// Names that expressions may read where a text is read.
type internal KnownNames =
    {
        /// Names beyond those of the tensor.
        Names: string list
        /// Whether a model answers questions.
        HasModel: bool
    }

[<RequireQualifiedAccess>]
module internal KnownNames =
    /// The tensor's own names alone.
    val ofTensor: KnownNames

    /// Whether a name has a meaning.
    val isKnown: known: KnownNames -> name: string -> bool

    /// The faults of names and questions of an expression that have no meaning.
    val faults: known: KnownNames -> expression: Expression -> InitError list

    /// Whether a capture or a definition may have this name.
    val isFree: name: string -> bool
