/// Many memories of the caller's in one call: the bits of one by one, and every fault before anything is written.
module Initializers.Properties.FillingTests

open System
open System.Runtime.InteropServices
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private seed = Seed.ofUInt64 42UL

/// Memory of a dtype, and its bytes.
let private memoryOf (dtype: DType) (length: int) : HostMemory * (unit -> byte[]) =
    let bytes (array: 'T[]) =
        fun () -> MemoryMarshal.AsBytes(ReadOnlySpan array).ToArray()

    match dtype with
    | DType.Float16 ->
        let array = Array.zeroCreate<Half> length
        HostMemory.op_Implicit array, bytes array
    | DType.BFloat16 ->
        let array = Array.zeroCreate<BFloat16> length
        HostMemory.op_Implicit (Memory array), bytes array
    | DType.Float64 ->
        let array = Array.zeroCreate<float> length
        HostMemory.op_Implicit array, bytes array
    | _ ->
        let array = Array.zeroCreate<float32> length
        HostMemory.op_Implicit (Memory array), bytes array

let private filling name (request: Request) memory =
    { Name = name
      Spec = request.Spec
      Dims = Shape.dims request.Shape
      Fan = request.Fan
      Seed = Seed.child name seed
      Memory = memory }

[<Properties(Arbitrary = [| typeof<Generators> |])>]
module Theorems =
    [<Property(MaxTest = 100)>]
    let ``memories of a list get what each gets alone, whatever their dtypes`` (requests: Request list) =
        let all =
            requests
            |> List.mapi (fun i request ->
                let dtype = dtypes[i % List.length dtypes]
                let memory, bytes = memoryOf dtype (int request.Shape.Length)
                dtype, filling $"{i}" request memory, bytes)
            |> List.filter (fun (_, filling, _) -> List.isEmpty (Initialize.faultsOfAll [ filling ]))

        Assert.Equal(Ok(), Initialize.fillAll (all |> List.map (fun (_, filling, _) -> filling)))

        [ for dtype, filling, bytes in all do
              use alone =
                  ok (
                      Initialize.tensor
                          { Device = Device.Cpu; DType = dtype }
                          (shapeOf filling.Dims)
                          filling.Fan
                          filling.Seed
                          filling.Spec
                  )

              alone.ToArray<byte>() = bytes () ]
        |> List.forall id

[<Fact>]
let ``a thousand small tensors of one kind each have the bits of their seed`` () =
    let memory = Array.zeroCreate<float32>(1000 * 768)

    let fillings =
        [ for i in 0..999 ->
              { Name = $"{i}"
                Spec = Spec.heNormal
                Dims = [ 768L ]
                Fan = Fan.In 768.0
                Seed = Seed.child $"{i}" seed
                Memory = HostMemory.Of(memory.AsMemory(768 * i, 768)) } ]

    Assert.Equal(Ok(), Initialize.fillAll fillings)
    let alone = Array.zeroCreate<float32> 768

    for i in 0..999 do
        Initialize.fill (Memory alone) 0L (shapeOf [ 768L ]) (Fan.In 768.0) (Seed.child $"{i}" seed) Spec.heNormal
        |> ok

        Assert.Equal<float32>(alone, memory[768 * i .. 768 * i + 767])

[<Fact>]
let ``memory at an address is filled where it lies`` () =
    let array = GC.AllocateArray<float>(12, true)

    let address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 1)

    let memory = HostMemory.At(address, 10L, DType.Float64)

    let all =
        [ { Name = "a"
            Spec = Spec.ones
            Dims = [ 2L; 5L ]
            Fan = Fan.Unknown
            Seed = seed
            Memory = memory } ]

    Assert.Equal(Ok(), Initialize.fillAll all)
    Assert.Equal<float>([| 0.0; yield! Array.replicate 10 1.0; 0.0 |], array)

    Assert.Throws<ArgumentOutOfRangeException>(fun () -> HostMemory.At(address, -1L, DType.Float32) |> ignore)
    |> ignore

    Assert.Throws<ArgumentNullException>(fun () -> HostMemory.At(0n, 1L, DType.Float32) |> ignore)
    |> ignore

    Assert.Equal(0L, HostMemory.At(0n, 0L, DType.Float32).Length)

[<Fact>]
let ``every fault of every memory is reported at once, and nothing is written`` () =
    let good = Array.zeroCreate<float32> 4

    let all =
        [ { Name = "good"
            Spec = Spec.ones
            Dims = [ 4L ]
            Fan = Fan.Unknown
            Seed = seed
            Memory = HostMemory.op_Implicit good }
          { Name = "short"
            Spec = Spec.ones
            Dims = [ 5L ]
            Fan = Fan.Unknown
            Seed = seed
            Memory = HostMemory.op_Implicit (Array.zeroCreate<float32> 4) }
          { Name = "ints"
            Spec = Spec.heNormal
            Dims = [ 4L ]
            Fan = Fan.Unknown
            Seed = seed
            Memory = HostMemory.Of(Memory [| 1; 2; 3; 4 |]) }
          { Name = "shapeless"
            Spec = Spec.ones
            Dims = [ -4L ]
            Fan = Fan.Unknown
            Seed = seed
            Memory = HostMemory.op_Implicit (Array.zeroCreate<float32> 4) } ]

    let faults =
        match Initialize.fillAll all with
        | Ok() -> []
        | Error faults -> faults

    Assert.Equal<string list>(
        [ "memory-length"; "element-type"; "fan-missing"; "shape-negative" ],
        faults |> List.map InitError.code
    )

    Assert.Equal<InitError list>(faults, Initialize.faultsOfAll all)

    Assert.All(
        List.zip [ "short"; "ints"; "ints"; "shapeless" ] faults,
        fun (name, fault) -> Assert.Contains($"'{name}'", InitError.message fault)
    )

    Assert.Equal<float32>(Array.zeroCreate 4, good)

[<Fact>]
let ``a list of no memories is filled`` () =
    Assert.Equal(Ok(), Initialize.fillAll [])

[<Fact>]
let ``a repeated name is reported once, and so is a malformed one`` () =
    let half = String('\ud800', 1)

    Assert.Equal<InitError list>(
        [ InitError.TensorDuplicate "a"
          InitError.NameMalformed half
          InitError.TensorDuplicate half ],
        Initialize.faultsOfNames [ "a"; "a"; "b"; "a"; half; half ]
    )

/// Fillings "a", "b", … of the specs, each with its seed, in memories of two elements.
let private pairs (specs: (Spec * Seed) list) =
    specs
    |> List.mapi (fun i (spec, seed) ->
        { Name = string (char (int 'a' + i))
          Spec = spec
          Dims = [ 2L ]
          Fan = Fan.Unknown
          Seed = seed
          Memory = HostMemory.op_Implicit (Array.zeroCreate<float32> 2) })

[<Fact>]
let ``two memories of one seed would have the same draws, which is a fault`` () =
    let child = Seed.child "b" seed
    let normal = Spec.normal 0.0 1.0
    let uniform = Spec.uniform 0.0 1.0

    Assert.Equal<InitError list>(
        [ InitError.SeedDuplicate("c", "a"); InitError.SeedDuplicate("d", "a") ],
        Initialize.faultsOfAll (
            pairs
                [ normal, seed
                  normal, child
                  uniform, seed
                  Spec.scale 2.0 uniform, Seed.ofUInt64 42UL ]
        )
    )

    Assert.Equal(
        Error [ InitError.SeedDuplicate("b", "a") ],
        Initialize.fillAll (pairs [ normal, seed; Spec.stacked 0 [ 1L, Spec.zeros; 1L, normal ], seed ])
    )

[<Fact>]
let ``constants draw nothing, and other keys are other seeds`` () =
    let normal = Spec.normal 0.0 1.0
    let constants = [ Spec.zeros, seed; Spec.literal [ 2L ] [ 1.0; 2.0 ], seed ]

    Assert.Equal(Ok(), Initialize.fillAll (pairs ((normal, seed) :: (normal, Seed.ofUInt64 43UL) :: constants)))
