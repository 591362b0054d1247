namespace Initializers.FSharp

/// Codes and messages of faults of files of tensors.
[<RequireQualifiedAccess>]
module internal FormatFaultText =
    /// The stable code.
    let code (fault: FormatFault) : string =
        match fault with
        | FormatFault.NotRead _ -> "format-not-read"
        | FormatFault.ZipMalformed _ -> "zip-malformed"
        | FormatFault.ZipUnsupported _ -> "zip-unsupported"
        | FormatFault.PickleMalformed _ -> "pickle-malformed"
        | FormatFault.PickleRefused _ -> "pickle-refused"
        | FormatFault.TensorsOverlap _ -> "tensors-overlap"
        | FormatFault.ElementsExceed _ -> "elements-exceed-file"

    /// One sentence that says what is wrong and what to do.
    let message (fault: FormatFault) : string =
        match fault with
        | FormatFault.NotRead(kind, remedy) -> $"it is {kind}, which is not read; {remedy}"
        | FormatFault.ZipMalformed reason -> $"malformed zip archive: {Names.excerpt reason}"
        | FormatFault.ZipUnsupported(entry, reason) ->
            $"the entry '{Names.excerpt entry}' of the zip archive is {reason}, which is not read; write the archive again with numpy.savez or torch.save."
        | FormatFault.PickleMalformed(position, reason) ->
            $"malformed pickle, at byte {position}: {Names.excerpt reason}"
        | FormatFault.PickleRefused(name, remedy) ->
            $"the pickle names '{Names.excerpt name}', which only running code can make, and no code is run; {remedy}"
        | FormatFault.TensorsOverlap(first, second) ->
            $"tensors '{Names.excerpt first}' and '{Names.excerpt second}' overlap."
        | FormatFault.ElementsExceed(bytes, limit) ->
            $"its tensors have {Names.number bytes} bytes of elements, which share bytes of the file; at most {Names.number limit} are read from a file of this length. Save copies of expanded tensors, with an element for each index."
