/// Tables are fitted once, and only those of laws that are drawn.
module Initializers.Properties.TableTests

open System
open System.Diagnostics
open System.Threading
open System.Threading.Tasks
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties

let private get result =
    match result with
    | Ok value -> value
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

let private shape (n: int64) = get (Shape.ofList [ n ])

/// The i-th of the distributions that no other test draws.
let private law (i: int) =
    Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas((-1.0 - float i / 4096.0 - 1.0e-7), 1.5))

let rec private tables (body: Body) : QuantileTable list =
    match body with
    | Structure.Elements(ElementDraw.Single(Draw.Quantile(table = table))) -> [ table ]
    | Structure.Stacked parts -> parts |> List.collect (fun part -> tables part.Inner)
    | Structure.Masked(inner = inner)
    | Structure.Sparse(inner = inner)
    | Structure.Permuted(inner = inner) -> tables inner
    | _ -> []

let private many = 1000
let private stack = Spec.stacked 0 [ for i in 0 .. many - 1 -> 2L, law i ]
let private length = 2L * int64 many

type TableTests(output: ITestOutputHelper) =
    [<Fact>]
    member _.``planning, explaining and a slice fit no table that is not drawn``() =
        let plan = get (Plan.resolve stack (shape length) Fan.Unknown DType.Float32)
        let all = tables plan.Body
        Assert.Equal(many, all.Length)
        Assert.DoesNotContain(all, (fun table -> table.IsFitted))

        use slice =
            get (
                Initialize.slice
                    (length - 6L)
                    6L
                    { Device = Device.Cpu
                      DType = DType.Float32 }
                    (shape length)
                    Fan.Unknown
                    (Seed.ofUInt64 1UL)
                    stack
            )

        // The plan is another and has the same tables.
        Assert.Equal(3, all |> List.filter _.IsFitted |> List.length)
        Assert.All(all |> List.skip (many - 3), (fun table -> Assert.True table.IsFitted))

    [<Fact>]
    member _.``equal truncations share a table, in stacks, masks and permutations too``() =
        let narrow = Spec.truncatedNormal 0.0 1.0e12 (Bounds.Absolute(-1.0, 2.0))

        let planned spec =
            tables (get (Plan.resolve spec (get (Shape.ofList [ 4L; 4L ])) Fan.Unknown DType.Float32)).Body

        let first = planned (law 2000)

        for other in
            [ law 2000
              Spec.stacked 0 [ 1L, law 2000; 3L, law 2000 ]
              Spec.sparse 0.5 (law 2000)
              Spec.scale -2.0 (law 2000) ] do
            Assert.All(planned other, (fun table -> Assert.Same(first.Head, table)))

        // What is uniform to the last place of a float64 is one law, whatever its width.
        Assert.Same(
            (planned narrow).Head,
            (planned (Spec.truncatedNormal 3.0e7 1.0e20 (Bounds.Absolute(-1.0, 7.0)))).Head
        )

    [<Fact>]
    member _.``a cache keeps the latest values and makes each once``() =
        let cache = Cache<int, int>(8)
        let mutable made = 0

        let make key =
            Interlocked.Increment &made |> ignore
            key * key

        for key in 0..99 do
            Assert.Equal(key * key, cache.GetOrAdd(key, make))

        Assert.Equal(8, cache.Count)
        Assert.Equal(100, made)

        for key in 92..99 do
            Assert.Equal(key * key, cache.GetOrAdd(key, make))

        Assert.Equal(100, made)

        Parallel.For(
            0,
            1000,
            fun i ->
                Assert.Equal(
                    7,
                    cache.GetOrAdd(
                        1000,
                        fun _ ->
                            Interlocked.Increment &made |> ignore
                            7
                    )
                )
        )
        |> ignore

        Assert.Equal(101, made)

    [<Fact>]
    member _.``a cancelled request fits no table, and the next one does``() =
        let bodies =
            [ for i in 3000..3003 -> (get (Plan.resolve (law i) (shape 1L) Fan.Unknown DType.Float32)).Body ]

        let all = bodies |> List.collect tables
        let cancelled = CancellationToken(true)

        Assert.Throws<OperationCanceledException>(fun () ->
            Cancellation.Under(cancelled, fun () -> Tables.fit (List.map Draws.ofBody bodies)))
        |> ignore

        Assert.DoesNotContain(all, (fun table -> table.IsFitted))
        Tables.fit (List.map Draws.ofBody bodies)
        Assert.All(all, (fun table -> Assert.True table.IsFitted))

    [<Fact>]
    member _.``a fitted table is the one that is drawn by``() =
        let clock = Stopwatch.StartNew()
        let body = (get (Plan.resolve (law 3500) (shape 1L) Fan.Unknown DType.Float32)).Body
        let planned = clock.Elapsed
        Tables.fit [ Draws.ofBody body ]

        output.WriteLine
            $"planned in {planned.TotalMilliseconds} ms, fitted in {(clock.Elapsed - planned).TotalMilliseconds} ms"

        let fresh =
            QuantileTable.fit (
                StandardForm.quantile (StandardForm.TruncatedNormal(-1.0 - 3500.0 / 4096.0 - 1.0e-7, 1.5))
            )

        Assert.Equal(fresh, (tables body).Head)
