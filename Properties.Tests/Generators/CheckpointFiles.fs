/// Zip archives and pickles for the tests of their readers, made by hand.
module Initializers.Properties.CheckpointFiles

open System
open System.IO
open System.IO.Compression
open System.Text

/// An archive of these files, stored or deflated.
let zip (level: CompressionLevel) (files: (string * byte[]) list) : byte[] =
    use buffer = new MemoryStream()

    (use archive = new ZipArchive(buffer, ZipArchiveMode.Create, true)

     for name, content in files do
         use entry = archive.CreateEntry(name, level).Open()
         entry.Write(ReadOnlySpan content))

    buffer.ToArray()

let stored = zip CompressionLevel.NoCompression
let deflated = zip CompressionLevel.Optimal

/// A pickle's text, in which characters are bytes, with protocol and end.
let pickle (body: string) : byte[] =
    Encoding.Latin1.GetBytes("\128\002" + body + ".")

/// A text as a pickle has it.
let text (value: string) =
    "X"
    + String.Concat(BitConverter.GetBytes value.Length |> Array.map char)
    + value

/// A whole number of 64 bits.
let number (value: int64) =
    "\138\008" + String.Concat(BitConverter.GetBytes value |> Array.map char)

let tuple (items: string list) = "(" + String.Concat items + "t"

let dict (entries: (string * string) list) =
    "}("
    + String.Concat(entries |> List.map (fun (key, value) -> text key + value))
    + "u"

let globalName (modulePart: string) (name: string) = $"c{modulePart}\n{name}\n"

/// A float32 tensor of a storage.
let rebuilt (storage: string) (count: int64) (offset: int64) (dims: int64 list) (strides: int64 list) =
    let id =
        tuple
            [ text "storage"
              globalName "torch" "FloatStorage"
              text storage
              text "cpu"
              number count ]

    globalName "torch._utils" "_rebuild_tensor_v2"
    + tuple
        [ id + "Q"
          number offset
          tuple (List.map number dims)
          tuple (List.map number strides)
          "\137"
          globalName "collections" "OrderedDict" + ")R" ]
    + "R"

/// A checkpoint with this pickle, and one storage of these elements.
let checkpoint (body: string) (elements: float32[]) : byte[] =
    stored
        [ "a/data.pkl", pickle body
          "a/data/0", elements |> Array.collect BitConverter.GetBytes
          "a/version", [| byte '3' |] ]

let private matrix = rebuilt "0" 12L 0L [ 3L; 4L ] [ 4L; 1L ]

/// Pickles of a storage of 12 elements.
let pickles: string list =
    [ dict [ "w", matrix; "t", rebuilt "0" 12L 2L [ 2L; 3L ] [ 1L; 4L ] ]
      dict
          [ "model", dict [ "w", matrix ]
            "epoch", "K\003"
            "list", "](" + matrix + "Ne" ]
      matrix ]

/// Checkpoints for a fuzzer to change.
let checkpoints: byte[] list =
    pickles |> List.map (fun body -> checkpoint body (Array.init 12 float32))

/// Archives for a fuzzer to change.
let archives: byte[] list =
    let arrays =
        [ "h/w.npy", TensorFiles.validFiles[3]; "b.npy", TensorFiles.validFiles[4] ]

    stored arrays :: deflated arrays :: checkpoints

/// TorchSharp's files of a matrix and a number, and of nothing.
let datFiles: string list =
    [ "\002\001w\006\002\002\003"
      + String('\000', 24)
      + "\001n\004\000"
      + String('\001', 8)
      "\000" ]
