/// The smallest words of a matrix's columns against sorting, with words that Philox gives never or hardly ever: equal ones at
/// the border of what is selected, one value everywhere, the ends of the range.
module Initializers.Properties.SelectionTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.Generators

/// A matrix of words, how many of each column are selected, and how the work is parted.
type Chosen =
    { Rows: int
      Columns: int
      K: int
      Words: uint32[]
      Threads: int
      Wide: int }

type Choices =
    static member Chosen() =
        gen {
            let! rows =
                Gen.frequency [ 2, Gen.choose (1, 9); 2, Gen.choose (10, 150); 1, Gen.constant 1 ]

            let! columns =
                Gen.frequency
                    [ 2, Gen.choose (1, 20)
                      2, Gen.choose (21, 260)
                      1, Gen.elements [ 8; 96; 192; 384 ] ]

            let! k = Gen.oneof [ Gen.choose (0, rows); Gen.elements [ 0; 1; rows - 1; rows ] ]
            let any = Gen.choose (Int32.MinValue, Int32.MaxValue) |> Gen.map uint32
            let ends = [ 0u; 1u; 0x7FFFFFFFu; 0x80000000u; 0xFFFFFFFEu; 0xFFFFFFFFu ]
            let! few = Gen.listOfLength 3 any
            let! near = any

            let! word =
                Gen.elements
                    [ any
                      Gen.elements few
                      Gen.elements ends
                      Gen.constant near
                      Gen.choose (0, 2) |> Gen.map (fun d -> near + uint32 d)
                      Gen.frequency [ 9, any; 1, Gen.constant near ] ]

            let! words = Gen.arrayOfLength (rows * columns) word
            let! threads = Gen.choose (1, 4)
            let! wide = Gen.elements [ 8; 40; 88; 96; 192; columns ]

            return
                { Rows = rows
                  Columns = columns
                  K = k
                  Words = words
                  Threads = threads
                  Wide = min columns wide }
        }
        |> Arb.fromGen

let private marks (c: Chosen) : BitMatrix =
    use p = fixed c.Words
    let source = WordSource.OfWords(c.Words.Length, p, NativePtr.nullPtr)
    let rows, columns = int64 c.Rows, int64 c.Columns

    let window =
        { First = 0L
          Last = rows * columns
          FirstRow = 0L
          Rows = rows
          FirstColumn = 0L
          Columns = columns }

    SmallestWords.Of(c.Threads, c.Wide, source, window, rows, columns, int64 c.K)

let private sorted (c: Chosen) : bool[] =
    let chosen = Array.create c.Words.Length false

    for column in 0 .. c.Columns - 1 do
        [| 0 .. c.Rows - 1 |]
        |> Array.sortBy (fun row -> c.Words[row * c.Columns + column], row)
        |> Array.truncate c.K
        |> Array.iter (fun row -> chosen[row * c.Columns + column] <- true)

    chosen

/// Elements of `size` bytes, each its number and in every byte but the lowest 0xA5.
let private before size i =
    (0xA5A5A5A5A5A5A500UL ||| uint64 (i &&& 0xFF))
    &&& (UInt64.MaxValue >>> (64 - 8 * size))

let private read size (bytes: byte[]) i =
    match size with
    | 2 -> uint64 (BitConverter.ToUInt16(bytes, 2 * i))
    | 4 -> uint64 (BitConverter.ToUInt32(bytes, 4 * i))
    | _ -> BitConverter.ToUInt64(bytes, 8 * i)

[<Properties(Arbitrary = [| typeof<Choices> |], MaxTest = 300)>]
module Properties =
    [<Property>]
    let ``marked are the k smallest words of each column, of equal words those of the first rows`` (c: Chosen) =
        use marks = marks c

        let marked =
            Array.init c.Words.Length (fun i ->
                let row, column = i / c.Columns, i % c.Columns
                let p = marks.At(int64 (column / c.Wide), int64 row)
                let bit = column % c.Wide
                (NativePtr.get p (bit / 8) >>> (bit % 8)) &&& 1uy = 1uy)

        marked = sorted c

    [<Property>]
    let ``bits are written to marked elements of a slice and to no other``
        (c: Chosen)
        (a: uint16)
        (b: uint16)
        (s: uint8)
        =
        use marks = marks c
        let length = c.Words.Length
        let size = [| 2; 4; 8 |][int s % 3]
        let first = int a % (length + 1)
        let count = int b % (length - first + 1)
        let chosen = sorted c

        let bits =
            before size 0 ^^^ 0x1234567890ABCDEFUL &&& (UInt64.MaxValue >>> (64 - 8 * size))

        let bytes = Array.zeroCreate<byte>(size * length)

        for i in 0 .. length - 1 do
            Array.blit (BitConverter.GetBytes(before size i)) 0 bytes (size * i) size

        use p = fixed &bytes[0]
        let target = NativePtr.toNativeInt p + nativeint (size * first)
        Marked.Write(marks, int64 first, int64 count, size, bits, target)

        Array.init length (read size bytes) =
            Array.init length (fun i ->
                if i >= first && i < first + count && chosen[i] then
                    bits
                else
                    before size i)

[<Theory>]
[<InlineData(1, 1, 1.0)>]
[<InlineData(1, 700, 0.5)>]
[<InlineData(700, 1, 0.5)>]
[<InlineData(40, 391, 0.1)>]
[<InlineData(64, 192, 0.9)>]
[<InlineData(33, 100, 0.0)>]
[<InlineData(300, 230, 0.5)>]
[<InlineData(3, 1000, 1.0)>]
let ``a sparse tensor is that of a naive reading, whole and in slices, in every dtype``
    (rows: int)
    (columns: int)
    (sparsity: float)
    =
    let spec = Spec.normal 0.0 1.0 |> Spec.sparse sparsity |> Spec.shift 0.5
    let shape = shapeOf [ int64 rows; int64 columns ]
    let seed = Seed.ofUInt64 3UL
    let length = rows * columns

    for dtype in [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ] do
        let size = DType.size dtype
        let law = ok (Plan.distribution spec shape Fan.Unknown)

        let expected =
            ReferenceComposite.tensor (fun _ _ _ _ _ -> [||]) law dtype seed shape.Length

        for first, count in [ 0, length; length / 3, length / 2; length - 1, 1; length / 2, 0 ] do
            let bytes = Array.zeroCreate<byte>(count * size)

            Initialize.fillBytes (Span bytes, dtype, int64 first, shape, Fan.Unknown, seed, spec)
            |> ok

            Assert.Equal<uint64[]>(Array.sub expected first count, Array.init count (read size bytes))
