/// The door of the core against the reference: whole tensors, slices, memory of the caller's, far indices, many threads.
module Initializers.Properties.DoorTests

open System
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties

let private get (result: Result<'a, InitError list>) =
    match result with
    | Ok value -> value
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

let private shape dims = get (Shape.ofList dims)
let private target dtype = { Device = Device.Cpu; DType = dtype }
let private seed = Seed.ofUInt64 2026UL |> Seed.child "door"

/// From 65,536 elements on a request goes through the ILGPU kernel and all cores; below, the caller's thread does it.
let private launched = 65536

/// The reference's elements of a spec as little-endian bytes.
let private reference spec dims fan dtype (seed: Seed) offset count : byte[] =
    let law = get (Plan.distribution spec (shape dims) fan)
    Reference.bytes law dtype seed.Key seed.Stream offset count

let private same (expected: byte[]) (actual: byte[]) (where: string) =
    if not (expected.AsSpan().SequenceEqual(ReadOnlySpan actual)) then
        let at = expected.AsSpan().CommonPrefixLength(ReadOnlySpan actual)
        Assert.Fail $"{where}: {actual.Length} bytes, not {expected.Length}, or byte {at} differs"

let private tensorBytes spec dims fan dtype =
    use tensor = get (Initialize.tensor (target dtype) (shape dims) fan seed spec)
    Assert.Equal<int64 seq>(dims, tensor.Shape)
    Assert.Equal(dtype, tensor.DType)
    tensor.ToArray<byte>()

let private sliceBytes offset count spec dims fan dtype =
    use tensor =
        get (Initialize.slice offset count (target dtype) (shape dims) fan seed spec)

    Assert.Equal<int64 seq>([ count ], tensor.Shape)
    tensor.ToArray<byte>()

let private everyCase test =
    for case in Golden.cases do
        for dtype in Golden.dtypes do
            test case dtype

/// Fans that do not come from the shape, so that a small tensor has the golden case's law.
let private fanOf (case: Golden.Case) =
    match case.Fan with
    | Fan.From layout -> Fan.Of(get (Fan.ofShape layout (Golden.shape case)))
    | fan -> fan

[<Fact>]
let ``a tensor is the reference's for every spec and dtype`` () =
    everyCase (fun case dtype ->
        for dims in [ [ 1009L ]; [ 13L; 5L; 1021L ] ] do
            let expected =
                reference case.Spec dims (fanOf case) dtype seed 0L (int (List.fold (*) 1L dims))

            same expected (tensorBytes case.Spec dims (fanOf case) dtype) $"{case.Name} {dtype} {dims}")

[<Fact>]
let ``a slice is the reference's part for every spec and dtype`` () =
    everyCase (fun case dtype ->
        let offset, count = 70001L, 1003L
        let expected = reference case.Spec case.Dims case.Fan dtype seed offset (int count)
        same expected (sliceBytes offset count case.Spec case.Dims case.Fan dtype) $"{case.Name} {dtype}")

[<Fact>]
let ``memory is filled with the reference's elements for every spec and dtype`` () =
    everyCase (fun case dtype ->
        let offset, count = 4093L, 999
        let expected = reference case.Spec case.Dims case.Fan dtype seed offset count

        let bytes = Array.zeroCreate<byte> expected.Length

        get (Initialize.fillBytes (Span bytes, dtype, offset, Golden.shape case, case.Fan, seed, case.Spec))
        same expected bytes $"{case.Name} {dtype} intoBytes"

        let into =
            match dtype with
            | DType.Float16 ->
                let memory = Array.zeroCreate<Half> count
                get (Initialize.fill (Memory memory) offset (Golden.shape case) case.Fan seed case.Spec)
                Runtime.InteropServices.MemoryMarshal.AsBytes(Span memory).ToArray()
            | DType.BFloat16 ->
                let memory = Array.zeroCreate<BFloat16> count
                get (Initialize.fill (Memory memory) offset (Golden.shape case) case.Fan seed case.Spec)
                Runtime.InteropServices.MemoryMarshal.AsBytes(Span memory).ToArray()
            | DType.Float64 ->
                let memory = Array.zeroCreate<float> count
                get (Initialize.fill (Memory memory) offset (Golden.shape case) case.Fan seed case.Spec)
                Runtime.InteropServices.MemoryMarshal.AsBytes(Span memory).ToArray()
            | _ ->
                let memory = Array.zeroCreate<float32> count
                get (Initialize.fill (Memory memory) offset (Golden.shape case) case.Fan seed case.Spec)
                Runtime.InteropServices.MemoryMarshal.AsBytes(Span memory).ToArray()

        same expected into $"{case.Name} {dtype} into")

[<Fact>]
let ``a slice of the whole equals the slice on both sides of the launch threshold`` () =
    let dims = [ 300007L ]

    for dtype in Golden.dtypes do
        for spec in [ Spec.normal 0.1 0.5; Spec.uniform -1.0 2.0; Spec.constant 0.3 ] do
            let whole = tensorBytes spec dims Fan.Unknown dtype
            let size = DType.size dtype

            for offset in [ 0; 1; 2; 3; 5; 4095; 4096; 4097; 100003 ] do
                for count in [ 0; 1; 2; 3; 5; 4097; launched - 1; launched; launched + 1; 100003 ] do
                    let part = whole[offset * size .. (offset + count) * size - 1]

                    same
                        part
                        (sliceBytes (int64 offset) (int64 count) spec dims Fan.Unknown dtype)
                        $"{spec} {dtype} {offset} {count}"

[<Fact>]
let ``memory that is not aligned to groups of elements is filled, and nothing outside it is written`` () =
    for dtype in Golden.dtypes do
        for count in [ 1; 17; 70003 ] do
            let size = DType.size dtype

            let expected =
                reference (Spec.normal 0.0 1.0) [ 1L <<< 20 ] Fan.Unknown dtype seed 7L count

            for lead in [ size; 3 * size; 1 ] do
                let memory = Array.create<byte> (lead + count * size + 64) 0xA5uy

                get (
                    Initialize.fillBytes (
                        memory.AsSpan(lead, count * size),
                        dtype,
                        7L,
                        shape [ 1L <<< 20 ],
                        Fan.Unknown,
                        seed,
                        Spec.normal 0.0 1.0
                    )
                )

                same expected memory[lead .. lead + count * size - 1] $"{dtype} {count} lead {lead}"
                Assert.All(memory[.. lead - 1], fun b -> Assert.Equal(0xA5uy, b))
                Assert.All(memory[lead + count * size ..], fun b -> Assert.Equal(0xA5uy, b))

// ---------------------------------------------------------------------------------------------------------------
// far indices

/// Where 32-bit element, byte, block and word indices overflow, and the last element that a shape can have.
let private far =
    [ (1L <<< 31) - 3L
      (1L <<< 32) - 50001L
      (1L <<< 33) - 1L
      (1L <<< 34) - 6L
      (1L <<< 40) - 50002L
      (1L <<< 62) - 3L
      (1L <<< 62) + 12345L
      Int64.MaxValue - 100003L ]

[<Fact>]
let ``slices of a shape of 2^63 - 1 elements are the reference's wherever they lie`` () =
    // 2^63 - 1 = 7² · 73 · 127 · 337 · 92737 · 649657
    let dims = [ 49L; 73L; 127L; 337L; 92737L; 649657L ]
    Assert.Equal(Int64.MaxValue, (shape dims).Length)

    for dtype in Golden.dtypes do
        for offset in far do
            for count in [ 9; 100003 ] do
                let spec = Spec.uniform -0.1 0.3
                let expected = reference spec dims Fan.Unknown dtype seed offset count
                same expected (sliceBytes offset (int64 count) spec dims Fan.Unknown dtype) $"{dtype} {offset} {count}"
                let memory = Array.zeroCreate<byte> expected.Length
                get (Initialize.fillBytes (Span memory, dtype, offset, shape dims, Fan.Unknown, seed, spec))
                same expected memory $"{dtype} {offset} {count} in memory"

[<Fact>]
let ``slices of a shape of 2^40 elements are the reference's up to its end`` () =
    let dims = [ 1L <<< 40 ]

    for offset in [ 0L; (1L <<< 32) - 1L; (1L <<< 40) - 4099L ] do
        let expected =
            reference (Spec.normal 0.0 1.0) dims Fan.Unknown DType.Float32 seed offset 4099

        same expected (sliceBytes offset 4099L (Spec.normal 0.0 1.0) dims Fan.Unknown DType.Float32) $"{offset}"

[<Fact>]
let ``a slice that leaves the tensor is the fault slice-out-of-range`` () =
    for offset, count in
        [ -1L, 2L
          0L, -1L
          0L, 11L
          11L, 0L
          10L, 1L
          Int64.MaxValue, Int64.MaxValue
          Int64.MinValue, Int64.MaxValue ] do
        match Initialize.slice offset count Target.cpu (shape [ 10L ]) Fan.Unknown seed Spec.zeros with
        | Error [ InitError.SliceOutOfRange(o, c, 10L) ] ->
            Assert.Equal(offset, o)
            Assert.Equal(count, c)
        | other -> Assert.Fail $"{offset}, {count}: {other}"

[<Fact>]
let ``faults leave the caller's memory as it was`` () =
    let memory = Array.create 11 7.0f

    let run offset spec =
        Initialize.fill (Memory memory) offset (shape [ 10L ]) Fan.Unknown seed spec

    Assert.True((run 0L Spec.ones).IsError)
    Assert.True((run 0L (Spec.normal 0.0 -1.0)).IsError)
    Assert.All(memory, fun x -> Assert.Equal(7.0f, x))

    match Initialize.fill (Memory(Array.zeroCreate<int> 3)) 0L (shape [ 3L ]) Fan.Unknown seed Spec.ones with
    | Error [ InitError.ElementType("Int32", _) ] -> ()
    | other -> Assert.Fail $"{other}"

    match
        Initialize.fillBytes (Span(Array.zeroCreate 5), DType.Float16, 0L, shape [ 3L ], Fan.Unknown, seed, Spec.ones)
    with
    | Error [ InitError.MemoryLength _ ] -> ()
    | other -> Assert.Fail $"{other}"

// ---------------------------------------------------------------------------------------------------------------
// laws at the edge of a dtype

[<Theory>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``a normal that is let through stays finite in its dtype`` (dtype: DType) =
    // The largest stddev that resolves, by bisection on the bits; then the words of the outermost quantiles.
    // Rounding mean and stddev up to float32 carries about one such pair in fourteen past the largest float32.
    let random = Random 1

    for part in 0.0 :: 1.0e-30 :: [ for _ in 1..1000 -> random.NextDouble() ] do
        let mean = part * DType.largest dtype

        let resolves (bits: int64) =
            (Plan.resolve (Spec.normal mean (BitConverter.Int64BitsToDouble bits)) Shape.scalar Fan.Unknown dtype).IsOk

        let rec search low high =
            if high - low <= 1L then
                low
            else
                let middle = low + (high - low) / 2L

                if resolves middle then
                    search middle high
                else
                    search low middle

        let stddev =
            search 0L (BitConverter.DoubleToInt64Bits(min Double.MaxValue (10.0 * DType.largest dtype)))
            |> BitConverter.Int64BitsToDouble

        let law = Leaf.Element(Element.Normal(mean, stddev), Affine.identity)

        for upper in [ false; true ] do
            let value =
                if dtype = DType.Float64 then
                    Reference.element64 law (if upper then ~~~0UL else 0UL)
                else
                    float (Reference.value dtype (Reference.element law dtype (if upper then ~~~0u else 0u)))

            Assert.True(Double.IsFinite value, $"{dtype} mean {mean} stddev {stddev:R} upper {upper}")

// ---------------------------------------------------------------------------------------------------------------
// threads

[<Theory>]
[<InlineData(1000)>]
[<InlineData(65535)>]
[<InlineData(65536)>]
[<InlineData(150001)>]
let ``sixty-four threads at once give the bits of one`` (n: int) =
    let work i =
        let dtype = List.item (i % Golden.dtypes.Length) Golden.dtypes

        let spec =
            match i % 5 with
            | 0
            | 1 -> Spec.normal 0.0 (float (i + 1))
            | 2
            | 3 -> Spec.uniform (-1.0 - float i) 1.0
            | _ -> Spec.constant (float i)

        let seed = Seed.ofUInt64 9UL |> Seed.child (string i)

        use tensor =
            get (Initialize.tensor (target dtype) (shape [ int64 n ]) Fan.Unknown seed spec)

        tensor.ToArray<byte>()

    let alone = Array.init 64 work
    let together = Array.zeroCreate<byte[]> 64
    use barrier = new Barrier 64

    let threads =
        [ for i in 0..63 ->
              Thread(fun () ->
                  barrier.SignalAndWait()
                  together[i] <- work i) ]

    threads |> List.iter _.Start()
    threads |> List.iter _.Join()

    for i in 0..63 do
        same alone[i] together[i] $"thread {i}"
