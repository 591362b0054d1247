/// What a device gives, against the golden files and against the CPU. The tests, Golden.Tool and gpu/Gpu.Tool compile this
/// file, which uses the public core alone.
[<RequireQualifiedAccess>]
module Initializers.Properties.DeviceBits

open System
open Initializers
open Initializers.FSharp
open Initializers.Properties

/// Names of the golden cases of a dtype whose bits on a device differ from a golden file's text, and how many it has.
let golden (device: Device) (dtype: DType) (text: string) : string list * int =
    let _, expected = Golden.read text
    let _, found = Golden.read (Golden.renderOn device dtype)

    [ for KeyValue(name, case) in expected do
          if Map.tryFind name found <> Some case then
              name ],
    expected.Count

/// Where a device's bytes differ from the CPU's: how many elements, and the first and last of them in hexadecimal.
let private difference dtype (device: byte[]) (cpu: byte[]) : string option =
    if device = cpu then
        None
    else
        let elements (bytes: byte[]) =
            bytes |> Array.chunkBySize (DType.size dtype) |> Array.map Array.rev

        let pairs = Array.zip (elements device) (elements cpu)

        let different =
            [ for i, (a, b) in Array.indexed pairs do
                  if a <> b then
                      $"{i}: {Convert.ToHexStringLower a} for {Convert.ToHexStringLower b}" ]

        Some $"{different.Length} of {pairs.Length} elements, {List.head different} to {List.last different}"

/// Slices that begin and end anywhere, near the start and past 2^33 elements: those that differ from the CPU's, and how many.
let slices (device: Device) (dtype: DType) : string list * int =
    let random = Random 5

    let slices =
        [ for case in Golden.cases do
              for start in [ 0L; Golden.farOffset ] do
                  case, start + int64 (random.Next 5000), 1 + random.Next 5000 ]

    [ for case, offset, count in slices do
          match
              difference dtype (Golden.bytesOn device case dtype offset count) (Golden.bytes case dtype offset count)
          with
          | Some text -> $"{case.Name} [{offset}, {offset + int64 count}): {text}"
          | None -> () ],
    slices.Length

/// Fills one list with every golden spec at sizes around a block, a group and a separate launch. Returns the names of the
/// tensors whose bits on a device differ from the CPU's, and the length of the list.
let list (device: Device) (dtype: DType) : string list * int =
    let counts = [ 0L; 1L; 3L; 4L; 5L; 1023L; 1024L; 4097L; 70001L ]

    let requests =
        [ for i, case in List.indexed Golden.cases do
              for count in counts do
                  if count < 5000L || i % 8 = 0 then
                      { Name = $"{case.Name}, {count}"
                        Spec = case.Spec
                        Dims = [ count ]
                        Fan =
                          match case.Fan with
                          | Fan.From _ -> Fan.Of(300.0, 700.0)
                          | fan -> fan }
          { Name = "a separate launch"
            Spec = Spec.normal 0.0 1.0
            Dims = [ (1L <<< 20) + 5L ]
            Fan = Fan.Unknown } ]

    let made device =
        match Initialize.tensors { Device = device; DType = dtype } (Seed.ofUInt64 42UL) requests with
        | Ok tensors ->
            [ for tensor in tensors do
                  let bytes = tensor.ToArray<byte>()
                  tensor.Dispose()
                  bytes ]
        | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

    [ for request, here, there in List.zip3 requests (made Device.Cpu) (made device) do
          match difference dtype there here with
          | Some text -> $"{request.Name}: {text}"
          | None -> () ],
    requests.Length

/// Prints all three of every dtype, of the CPU only the first; whether nothing differs.
let report (device: Device) (goldenText: DType -> string) : bool =
    let tell (dtype: DType) what (different: string list, all: int) =
        printfn "%-8s  %-11s %d of %d equal" (DType.toText dtype) what (all - different.Length) all

        for name in different do
            printfn "          differs: %s" name

        List.isEmpty different

    [ for dtype in Golden.dtypes do
          tell dtype "golden" (golden device dtype (goldenText dtype))

          if device <> Device.Cpu then
              tell dtype "slices" (slices device dtype)
              tell dtype "one list" (list device dtype) ]
    |> List.forall id
