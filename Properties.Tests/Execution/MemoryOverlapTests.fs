/// Memories of one call that share bytes.
module Initializers.Properties.MemoryOverlapTests

open System
open System.Diagnostics
open System.IO
open System.Runtime.CompilerServices
open System.Threading
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open Xunit
open Initializers
open Initializers.Files
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.Lifetimes

// Memories that share bytes

let private filling name (memory: HostMemory) : MemoryRequest =
    { Name = name
      Spec = Spec.ones
      Dims = [ memory.Length ]
      Fan = Fan.Unknown
      Seed = seed
      Memory = memory }

[<Fact>]
let ``memories that share bytes are refused, and nothing is written`` () =
    let a = Array.create 100 5.0f
    let b = Array.create 50 5.0f

    let part (array: float32[]) first count =
        HostMemory.Of(Memory(array, first, count))

    let refused expected (fillings: MemoryRequest list) =
        let faults = Initialize.fillAll fillings |> Validation.faults

        let pairs =
            faults
            |> List.map (function
                | InitError.MemoriesOverlap(first, second) -> first, second
                | fault -> failwith $"{fault}")

        Assert.Equal<(string * string) list>(expected, List.sort pairs)
        Assert.Equal<InitError list>(faults, Initialize.faultsOfAll fillings)
        Assert.All(Array.append a b, fun x -> Assert.Equal(5.0f, x))

    refused [ "x", "y" ] [ filling "x" (part a 0 10); filling "y" (part a 9 10) ]
    refused [ "x", "y" ] [ filling "x" (part a 9 10); filling "y" (part a 0 10) ]

    refused
        [ "x", "y" ]
        [ filling "x" (part a 0 10)
          filling "b" (part b 0 50)
          filling "y" (part a 0 10) ]

    refused
        [ "x", "y"; "x", "z" ]
        [ filling "x" (part a 0 90)
          filling "y" (part a 5 10)
          filling "z" (part a 80 15) ]

[<Fact>]
let ``memories that only touch, or are empty, are filled in any order`` () =
    let a = Array.zeroCreate<float32> 100
    let part first count = HostMemory.Of(Memory(a, first, count))

    [ filling "d" (part 60 40)
      filling "a" (part 0 10)
      filling "none" (part 5 0)
      filling "c" (part 10 50)
      filling "also" (part 10 0) ]
    |> Initialize.fillAll
    |> ok

    Assert.All(a, fun x -> Assert.Equal(1.0f, x))

[<Fact>]
let ``memories at addresses up to the last overlap without an overflow`` () =
    let at name (address: unativeint) length =
        filling name (HostMemory.At(nativeint address, length, DType.Float64))

    let faults =
        Initialize.faultsOfAll [ at "a" 0xFFFFFFFFFFFFFF00un 1000L; at "b" 0xFFFFFFFFFFFFFFF0un 1L ]

    Assert.Contains("memories-overlap", faults |> List.map InitError.code)
