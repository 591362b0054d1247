namespace Initializers.FSharp

/// <summary>Files of pictures.</summary>
[<RequireQualifiedAccess>]
module PictureFile =
    /// <summary>Returns every fault of a picture's path that can be found before any work: an ending other than .png and .svg,
    /// a file that exists, a folder that is missing, or a file that is read.</summary>
    /// <param name="inputs">The files that are read.</param>
    /// <param name="overwrite">Whether an existing picture is replaced.</param>
    /// <param name="path">The picture.</param>
    [<CompiledName "Validate">]
    val validate: inputs: string list -> overwrite: bool -> path: (string | null) -> Result<unit, InitError list>

    /// <summary>Writes a picture; the file is whole or absent.</summary>
    /// <returns><c>argument-missing</c>, <c>argument-invalid</c>, <c>file-exists</c>, <c>file-unwritable</c> or
    /// <c>output-is-input</c>.</returns>
    [<CompiledName "Save">]
    val save:
        inputs: string list -> overwrite: bool -> path: (string | null) -> bytes: byte[] -> Result<unit, InitError list>
