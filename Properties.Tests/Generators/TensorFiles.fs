/// Tensor files for the tests of their readers: well-formed, mutated and nonsense.
module Initializers.Properties.TensorFiles

open System
open System.Buffers.Binary
open System.IO
open System.Text
open FsCheck
open FsCheck.FSharp
open Initializers.FSharp
open Initializers.Properties.Generators

let withLength (length: uint64) (header: byte[]) (data: byte[]) =
    let start = Array.zeroCreate<byte> 8
    BinaryPrimitives.WriteUInt64LittleEndian(Span start, length)
    Array.concat [ start; header; data ]

let safetensors (header: string) (data: byte[]) =
    let utf8 = Encoding.UTF8.GetBytes header
    withLength (uint64 utf8.Length) utf8 data

let zeros n = Array.zeroCreate<byte> n

let npy (major: byte) (dict: string) (data: byte[]) =
    let text = Encoding.UTF8.GetBytes(dict + "\n")

    let length =
        if major = 1uy then
            BitConverter.GetBytes(uint16 text.Length)
        else
            BitConverter.GetBytes(uint32 text.Length)

    Array.concat
        [ [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y'; major; 0uy |]
          length
          text
          data ]

let floats (values: float32 list) =
    values |> List.map BitConverter.GetBytes |> Array.concat

let entry name dtype shape first last =
    $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{first},{last}]}}"

let file (entries: string list) bytes =
    safetensors ("{" + String.Join(",", entries) + "}") (zeros bytes)

/// What a file of tests may name: recipes, and nothing else.
let internal noFiles: OtherFiles =
    { Recipe = Recipe.find
      Tensors = fun _ -> Error [ InitError.FileMissing "other" ]
      Shards = ShardIndex.alone }

/// The header of a file with these tensors, one after another, and no data.
let headerOf (tensors: TensorEntry list) : byte[] =
    let add (entries, start) (tensor: TensorEntry) =
        let size = tensor.Shape.Length * int64 (Storage.size tensor.Storage)
        let dims = String.Join(",", tensor.Shape.Dims)

        entry tensor.Name (Storage.toText tensor.Storage) dims start (start + size)
        :: entries,
        start + size

    let entries, _ = List.fold add ([], 0L) tensors
    safetensors ("{" + String.Join(",", List.rev entries) + "}") [||]

let tensorOf dtype (data: byte[]) =
    let count = data.Length * 8 / StoredType.bits (ok (StoredType.parse dtype))
    safetensors ("{" + entry "a" dtype (string count) 0 data.Length + "}") data

/// A stream that cannot say how long it is, as a pipe.
type Pipe(bytes: byte[]) =
    inherit MemoryStream(bytes)
    override _.CanSeek = false

/// What reading allocates on this thread.
let allocated (work: unit -> 'a) =
    let before = GC.GetAllocatedBytesForCurrentThread()
    let value = work ()
    value, GC.GetAllocatedBytesForCurrentThread() - before

let coded (result: Result<'a, InitError list>) =
    match result with
    | Ok _ -> true
    | Error [] -> false
    | Error faults ->
        faults
        |> List.forall (fun fault -> InitError.code fault <> "" && InitError.message fault <> "")

/// Any bytes; half of them begin as a file does, with a length that may lie.
type Nonsense = Nonsense of byte[]

/// A well-formed file with some bytes replaced, removed or inserted, or its end cut off.
type Mutated = Mutated of byte[]

let validFiles =
    [ safetensors
          """{"__metadata__":{"seed":"42"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[],"data_offsets":[16,18]},"c":{"dtype":"I64","shape":[0],"data_offsets":[18,18]}}"""
          (zeros 18)
      safetensors """{"x":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]}}   """ (zeros 3)
      safetensors "{}" [||]
      npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" (zeros 24)
      npy 2uy "{'descr': '>i8', 'fortran_order': True, 'shape': (1,), }" (zeros 8)
      npy 3uy "{'descr': '|b1', 'fortran_order': False, 'shape': (), }" (zeros 1) ]

type FileGenerators =
    static member Nonsense() =
        let any = Gen.choose (0, 255) |> Gen.map byte |> Gen.arrayOf

        let begun =
            gen {
                let! rest = any

                let! tail =
                    Gen.elements [ ""; "{"; "{\"a\":"; "{\"a\":{\"dtype\":\"F32\",\"shape\":[" ]

                let! length =
                    Gen.elements
                        [ 0UL
                          2UL
                          uint64 tail.Length
                          99_999_999UL
                          100_000_000UL
                          100_000_001UL
                          0x7FFFFFFFUL
                          0xFFFFFFFFUL
                          UInt64.MaxValue ]

                return withLength length (Encoding.UTF8.GetBytes tail) rest
            }

        let npyBegun =
            gen {
                let! rest = any
                let! version = Gen.choose (0, 4)

                return
                    Array.concat
                        [ [| 0x93uy
                             byte 'N'
                             byte 'U'
                             byte 'M'
                             byte 'P'
                             byte 'Y'
                             byte version
                             0uy |]
                          rest ]
            }

        Gen.oneof [ any; begun; npyBegun ] |> Gen.map Nonsense |> Arb.fromGen

    static member Mutated() =
        let change (bytes: byte[]) =
            gen {
                let! at = Gen.choose (0, max 0 (bytes.Length - 1))

                let! digit =
                    Gen.elements (List.ofSeq "0123456789-eE.,:\"'{}[]()TFN\\u L<>|f")
                    |> Gen.map byte

                let! any = Gen.choose (0, 255) |> Gen.map byte
                let! value = Gen.elements [ digit; any ]

                if bytes.Length = 0 then
                    return [| value |]
                else
                    return!
                        Gen.elements
                            [ Array.updateAt at value bytes
                              Array.insertAt at value bytes
                              Array.removeAt at bytes
                              Array.truncate at bytes
                              Array.append bytes [| value |] ]
            }

        gen {
            let! file = Gen.elements validFiles
            let! times = Gen.choose (1, 4)
            let mutable bytes = file

            for _ in 1..times do
                let! changed = change bytes
                bytes <- changed

            return Mutated bytes
        }
        |> Arb.fromGen
