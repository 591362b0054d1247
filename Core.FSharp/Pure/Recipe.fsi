namespace Initializers.FSharp

open Initializers

/// <summary>A tensor that a model lists.</summary>
type TensorEntry =
    {
        /// The name, unique in its model; it also names the tensor's random stream.
        Name: string
        Shape: Shape
        DType: DType
    }

/// <summary>What to fill the tensors with whose names a pattern matches.</summary>
type Rule =
    {
        /// A glob over the whole name: * is any run of characters, dots included, ? any one character.
        Pattern: string
        Spec: Spec
        /// Where the fans come from; Unknown where the spec needs none.
        Fan: Fan
    }

/// <summary>Rules of well-known models.</summary>
[<RequireQualifiedAccess>]
module Recipe =
    /// <summary>Names and descriptions.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// <summary>The rules of a recipe for a model's tensors.</summary>
    [<CompiledName "Rules">]
    val rules: name: string -> tensors: TensorEntry list -> Result<Rule list, InitError list>
