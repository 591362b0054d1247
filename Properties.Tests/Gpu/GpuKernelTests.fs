/// The kernels of GPUs, run thread by thread on ILGPU's CPU accelerator.
module Initializers.Properties.GpuKernelTests

open System
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.LaneCases

let private withKernels (act: Accelerator -> GpuKernels -> unit) =
    use context =
        Context.Create(fun builder -> (Intrinsics.enable builder).CPU(CPUDevice(2, 1, 1)) |> ignore)

    use accelerator = context.GetCPUDevice(0).CreateAccelerator context
    act accelerator (GpuKernels accelerator)

let private jobAt offset count =
    { Key = key
      Stream = stream
      Offset = offset
      Count = int64 count }

/// Compares every distribution and dtype in separate launches, at the given offsets and counts. Returns how many.
let private launches (slices: (int64 * int) list) : int =
    let mutable cases = 0

    withKernels (fun accelerator kernels ->
        for offset, count in slices do
            for dtype in dtypes do
                for law in laws do
                    match drawOf law dtype with
                    | None -> ()
                    | Some body ->
                        let size = DType.size dtype
                        use buffer = accelerator.Allocate1D<byte>(int64 (count * size))

                        kernels.Run(
                            dtype,
                            [ { Body = body
                                Job = jobAt offset count
                                Place = 0L } ],
                            buffer.View.BaseView
                        )

                        let actual = patternsOf size (buffer.GetAsArray1D()) 0 count
                        let expected = Reference.patterns law dtype key stream offset count
                        same (ReadOnlySpan expected) actual (fun () -> $"{law} {dtype} offset {offset} count {count}")
                        cases <- cases + 1)

    cases

[<Fact>]
let ``one launch gives the reference's bits for every spec and dtype`` () = Assert.True(launches [ 5L, 38 ] > 150)

[<Fact; Trait("Category", "Long")>]
let ``one launch gives the reference's bits aligned and far out`` () =
    Assert.True(launches [ 0L, 64; (1L <<< 35) - 3L, 9 ] > 300)

/// Slices around a block of four, a group of two threads, and far out; the gaps to the next, so that some begin where a
/// vector may and others not.
let private slices =
    [ 0L, 8, 0
      0L, 0, 3
      0L, 1, 1
      3L, 4, 2
      4L, 5, 4
      1L, 37, 1
      8L, 16, 3
      (1L <<< 35) - 3L, 9, 0
      (1L <<< 62) + 4L, 12, 5
      Int64.MaxValue - 16L, 16, 0 ]

[<Fact>]
let ``a list in one launch gives the reference's bits, and touches nothing between its tensors`` () =
    withKernels (fun accelerator kernels ->
        for dtype in dtypes do
            let size = DType.size dtype
            let mutable place = 0

            let items =
                [ for i, law in List.indexed laws do
                      match drawOf law dtype with
                      | None -> ()
                      | Some body ->
                          let offset, count, gap = slices[i % slices.Length]
                          law, body, offset, count, place
                          place <- place + count + gap ]

            use buffer = accelerator.Allocate1D<byte>(int64 (place * size))
            let untouched = 0xA5uy
            buffer.MemSet untouched

            kernels.Run(
                dtype,
                [ for _, body, offset, count, place in items ->
                      { Body = body
                        Job = jobAt offset count
                        Place = int64 place } ],
                buffer.View.BaseView
            )

            let memory = buffer.GetAsArray1D()
            let expected = Array.create memory.Length untouched

            for law, _, offset, count, place in items do
                let patterns = Reference.patterns law dtype key stream offset count

                for i in 0 .. count - 1 do
                    let bytes = BitConverter.GetBytes patterns[i]
                    Array.blit bytes 0 expected ((place + i) * size) size

            same (ReadOnlySpan(patternsOf size expected 0 place)) (patternsOf size memory 0 place) (fun () ->
                $"{dtype}, a list of {items.Length}")

            Assert.True(items.Length > 40))
