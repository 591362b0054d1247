/// The door: theorems on which bits a request gets.
module Initializers.Properties.InitializeTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private on dtype = { Device = Device.Cpu; DType = dtype }

let private bytes (result: Result<Tensor, InitError list>) =
    use tensor = ok result
    tensor.ToArray<byte>()

let private whole (r: Request) =
    Initialize.tensor (on r.DType) r.Shape r.Fan r.Seed r.Spec |> bytes

let private slice offset count (r: Request) =
    Initialize.slice offset count (on r.DType) r.Shape r.Fan r.Seed r.Spec

/// A request of more elements than one thread makes, so that the kernel of many threads runs, at an odd offset.
type LargePart = LargePart of Part

type PartGenerators =
    static member LargePart() =
        gen {
            let! part = part
            let! length = Gen.choose (150_000, 400_000)
            let! offset = Gen.choose (0, 70_000)
            let! count = Gen.choose (65_536, length - offset)

            let fan =
                match part.Of.Fan with
                | Fan.From layout -> Fan.Of(ok (Fan.ofShape layout part.Of.Shape))
                | other -> other

            return
                LargePart
                    { Of =
                        { part.Of with
                            Shape = shapeOf [ int64 length ]
                            Fan = fan }
                      Offset = int64 offset
                      Count = int64 count }
        }
        |> Arb.fromGen

/// Writes into memory of the dtype between guards and gives the bytes, or None where a guard was overwritten.
let private into (r: Request) (offset: int64) (count: int64) =
    let guard = 8

    let run (before: 'T) (toBytes: 'T[] -> byte[]) =
        let memory = Array.create (int count + 2 * guard) before

        Initialize.fill (Memory(memory, guard, int count)) offset r.Shape r.Fan r.Seed r.Spec
        |> ok

        let raw = toBytes memory
        let size = raw.Length / memory.Length
        let fence = toBytes (Array.create guard before)

        if raw[.. guard * size - 1] = fence && raw[raw.Length - guard * size ..] = fence then
            Some raw[guard * size .. raw.Length - guard * size - 1]
        else
            None

    match r.DType with
    | DType.Float16 ->
        run
            (Half.op_Explicit 77.0f: Half)
            (Array.collect (fun (h: Half) -> BitConverter.GetBytes(BitConverter.HalfToUInt16Bits h)))
    | DType.BFloat16 -> run (BFloat16.FromSingle 77.0f) (Array.collect (fun b -> BitConverter.GetBytes b.Bits))
    | DType.Float64 -> run 77.0 (Array.collect (fun (x: float) -> BitConverter.GetBytes x))
    | _ -> run 77.0f (Array.collect (fun (x: float32) -> BitConverter.GetBytes x))

[<Properties(Arbitrary = [| typeof<Generators>; typeof<PartGenerators> |])>]
module Theorems =
    [<Property(MaxTest = 300)>]
    let ``a slice of the whole is the slice`` (p: Part) =
        let size = DType.size p.Of.DType
        let all = whole p.Of

        all[int p.Offset * size .. int (p.Offset + p.Count) * size - 1] = bytes (slice p.Offset p.Count p.Of)

    [<Property(MaxTest = 30)>]
    let ``a slice of a whole of many threads is the slice`` (LargePart p) =
        let size = DType.size p.Of.DType
        let all = whole p.Of

        all[int p.Offset * size .. int (p.Offset + p.Count) * size - 1] = bytes (slice p.Offset p.Count p.Of)

    [<Property(MaxTest = 300)>]
    let ``the caller's memory gets the slice and nothing outside it is touched`` (p: Part) =
        into p.Of p.Offset p.Count = Some(bytes (slice p.Offset p.Count p.Of))

    [<Property(MaxTest = 20)>]
    let ``the caller's memory gets the slice from many threads too`` (LargePart p) =
        into p.Of p.Offset p.Count = Some(bytes (slice p.Offset p.Count p.Of))

    [<Property>]
    let ``spans and bytes get what memory gets`` (p: Part) =
        let size = DType.size p.Of.DType
        let raw = Array.zeroCreate<byte>(int p.Count * size)
        let r = p.Of

        Initialize.fillBytes (Span raw, r.DType, p.Offset, r.Shape, r.Fan, r.Seed, r.Spec)
        |> ok

        Some raw = into r p.Offset p.Count

    [<Property>]
    let ``the same request twice is the same bits`` (r: Request) = whole r = whole r

    [<Property>]
    let ``a tensor has the shape, the length and the dtype asked for`` (r: Request) =
        use tensor = ok (Initialize.tensor (on r.DType) r.Shape r.Fan r.Seed r.Spec)

        List.ofSeq tensor.Shape = Shape.dims r.Shape
        && tensor.Length = Shape.length r.Shape
        && tensor.DType = r.DType
        && tensor.Device = Device.Cpu

    [<Property>]
    let ``bits depend on a shape's length alone once the fans are numbers`` (SmallShape shape) (r: Request) =
        let r =
            { r with
                Shape = shape
                Fan = Fan.Of(3.0, 7.0) }

        whole r =
            whole
                { r with
                    Shape = shapeOf [ Shape.length shape ] }

    [<Property>]
    let ``a shorter tensor is the beginning of a longer one`` (r: Request) =
        let r = { r with Fan = Fan.Of(3.0, 7.0) }
        let a = whole { r with Shape = shapeOf [ 5L ] }
        let b = whole { r with Shape = shapeOf [ 1000L ] }
        a = b[.. a.Length - 1]

    /// 64 float32 uniforms: equal by chance with probability below 2^-1400.
    [<Property>]
    let ``different keys, streams and names give different values`` (seed: Seed) (StreamName a) (StreamName b) =
        let draw seed =
            Initialize.tensor Target.cpu (shapeOf [ 64L ]) Fan.Unknown seed (Spec.uniform 0.0 1.0)
            |> bytes

        let root = draw seed

        root <> draw (Seed.child a seed)
        && root <> draw (Seed(seed.Key + 1UL, seed.Stream))
        && (draw (Seed.child a seed) = draw (Seed.child b seed)) = (a = b)

    [<Property(MaxTest = 300)>]
    let ``another dtype is the float32 value rounded to nearest even and moved inside the open support`` (r: Request) =
        let wide =
            use tensor = ok (Initialize.tensor Target.cpu r.Shape r.Fan r.Seed r.Spec)
            tensor.ToArray<float32>()

        let narrow dtype =
            use tensor = ok (Initialize.tensor (on dtype) r.Shape r.Fan r.Seed r.Spec)

            match dtype with
            | DType.Float16 -> tensor.ToArray<Half>() |> Array.map float32
            | _ -> tensor.ToArray<BFloat16>() |> Array.map _.ToSingle()

        let clamp dtype =
            match (ok (Plan.resolve r.Spec r.Shape r.Fan dtype)).Body with
            | Structure.Elements(ElementDraw.Single(Draw.Uniform(_, _, least, greatest)))
            | Structure.Elements(ElementDraw.Single(Draw.Quantile(_, _, _, least, greatest))) ->
                max least >> min greatest
            | _ -> id

        narrow DType.Float16 =
            (wide
             |> Array.map (fun x -> float32 (Half.op_Explicit x: Half) |> clamp DType.Float16))
        && narrow DType.BFloat16 =
            (wide
             |> Array.map (fun x -> BFloat16.FromSingle(x).ToSingle() |> clamp DType.BFloat16))

    [<Property(MaxTest = 300)>]
    let ``a float64 has its float32's weights: their order, and their values to its digits`` (r: Request) =
        use single = ok (Initialize.tensor Target.cpu r.Shape r.Fan r.Seed r.Spec)
        use double = ok (Initialize.tensor (on DType.Float64) r.Shape r.Fan r.Seed r.Spec)
        let single = single.ToArray<float32>() |> Array.map float
        let double = double.ToArray<float>()
        let law = ok (Distribution.resolve r.Spec r.Shape r.Fan)
        // A last place of float32 of the largest value.
        let place = Math.ScaleB(Array.fold (fun m x -> max m (abs x)) 0.0 single, -22)

        let inOrder =
            Array.zip double single
            |> Array.sort
            |> Array.pairwise
            |> Array.forall (fun ((_, x), (_, y)) -> x <= y + place)

        // Both lie in a cell of probability 2^-32, and float32 rounds.
        let near x y =
            abs (x - y) <= place + 1.0e-5 * Distribution.stddev law
            || abs (law.Cdf x - law.Cdf y) <= 1.0e-8

        inOrder && Array.forall2 near double single

    [<Property>]
    let ``words are the words of elements, from any offset`` (seed: Seed) (a: byte) (n: byte) =
        let words offset count =
            let target = Array.zeroCreate<uint32> count
            Initialize.words (Span target, offset, seed) |> ok
            target

        words (int64 a) (int n) = (words 0L (int a + int n))[int a ..]

    [<Property>]
    let ``a uniform is a function of its word's upper 24 bits`` (seed: Seed) =
        let words = Array.zeroCreate<uint32> 257
        Initialize.words (Span words, 0L, seed) |> ok

        use tensor =
            ok (Initialize.tensor Target.cpu (shapeOf [ 257L ]) Fan.Unknown seed (Spec.uniform -1.0 1.0))

        tensor.ToArray<float32>() =
            (words
             |> Array.map (fun w -> float32 (2 * int (w >>> 8) + 1 - (1 <<< 24)) * MathF.ScaleB(1.0f, -24)))

[<Fact>]
let ``shapes without elements make empty tensors of every spec and dtype`` () =
    for dims in [ [ 0L ]; [ 0L; 5L ]; [ 3L; 0L; Int64.MaxValue ]; [ 0L; 0L; 0L; 0L; 0L ] ] do
        for spec in [ Spec.ones; Spec.normal 0.0 1.0; Spec.uniform 0.0 1.0; Spec.heNormal ] do
            for dtype in dtypes do
                use tensor =
                    ok (Initialize.tensor (on dtype) (shapeOf dims) (Fan.In 3.0) (Seed.ofUInt64 1UL) spec)

                Assert.Equal(0L, tensor.Length)
                Assert.Empty(tensor.ToArray<byte>())

    use none =
        ok (Initialize.slice 7L 0L Target.cpu (shapeOf [ 7L ]) Fan.Unknown (Seed.ofUInt64 1UL) Spec.ones)

    Assert.Equal(0L, none.Length)

[<Fact>]
let ``a scalar is the first element`` () =
    let draw shape =
        Initialize.tensor Target.cpu shape Fan.Unknown (Seed.ofUInt64 5UL) (Spec.normal 0.0 1.0)
        |> bytes

    Assert.Equal<byte[]>(draw (shapeOf [ 4L ]) |> Array.take 4, draw Shape.scalar)

[<Fact>]
let ``sixty-four threads at once get the bits that one gets`` () =
    let draw k =
        let length = if k % 2 = 0 then 1000L else 100_000L

        Initialize.tensor Target.cpu (shapeOf [ length ]) Fan.Unknown (Seed.ofUInt64 (uint64 k)) (Spec.normal 0.0 1.0)
        |> bytes

    let alone = Array.init 64 draw
    let together = Array.zeroCreate<byte[]> 64

    let threads =
        Array.init 64 (fun k -> Threading.Thread(fun () -> together[k] <- draw k))

    threads |> Array.iter _.Start()
    threads |> Array.iter _.Join()
    Assert.True((alone = together))

[<Fact>]
let ``elements beyond 2^32 and 2^34 come from the words of their indices`` () =
    let shape = shapeOf [ 1L <<< 20; 1L <<< 20; 1L <<< 20 ]
    let seed = Seed.ofUInt64 3UL

    for offset in [ (1L <<< 32) - 5L; (1L <<< 34) - 5L; (1L <<< 34) + 3L; (1L <<< 60) - 11L ] do
        let words = Array.zeroCreate<uint32> 11
        Initialize.words (Span words, offset, seed) |> ok

        use tensor =
            ok (Initialize.slice offset 11L Target.cpu shape Fan.Unknown seed (Spec.uniform -1.0 1.0))

        Assert.Equal<float32[]>(
            words
            |> Array.map (fun w -> float32 (2 * int (w >>> 8) + 1 - (1 <<< 24)) * MathF.ScaleB(1.0f, -24)),
            tensor.ToArray<float32>()
        )
