/// Generated specs that put tensors together, each with a shape that it fills.
module Initializers.Properties.CompositeGenerators

open System
open FsCheck
open FsCheck.FSharp
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// All elements of one seed.
let floats (spec: Spec) (dims: int64 list) (fan: Fan) : float32[] =
    let values = Array.zeroCreate<float32>(int (shapeOf dims).Length)

    Initialize.fill (Memory values) 0L (shapeOf dims) fan (Seed.ofUInt64 7UL) spec
    |> ok

    values

/// Specs that wrap other specs and do not restrict the shape.
let private wrapped (inner: Gen<Spec>) =
    Gen.oneof
        [ Gen.map2 (fun f s -> Spec.Scale(f, s)) (Gen.elements [ 0.5; -2.0; 0.0; 1.0; 3.7 ]) inner
          Gen.map2 (fun o s -> Spec.Shift(o, s)) (Gen.elements [ 0.25; -1.0; 0.0 ]) inner
          Gen.map2
              (fun (low, high) s -> Spec.Clip(low, high, s))
              (Gen.elements [ -1.0, 1.0; -infinity, 0.1; 0.1, 0.7; 0.001, infinity ])
              inner
          Gen.map2 (fun layout s -> Spec.DefaultLayout(layout, s)) (Gen.constant Layout.OutInSpatial) inner
          Gen.map2
              (fun (ins, outs) s -> Spec.AxisFans(ins, outs, s))
              (Gen.elements [ [ 0 ], [ -1 ]; [], [ 1; 1 ]; [ -2; 0 ], [ 0 ] ])
              inner ]

/// A spec of any depth below 4, with a shape that it fills.
let rec composite (depth: int) : Gen<Spec * int64 list> =
    let dims =
        Gen.choose (0, 4)
        |> Gen.listOfLength 2
        |> Gen.map (List.map (fun d -> int64 d + 1L))

    let law =
        gen {
            let! spec =
                Gen.elements
                    [ Spec.normal 0.0 1.0
                      Spec.uniform -1.0 3.0
                      Spec.heNormal
                      Spec.glorotUniform
                      Spec.truncatedNormal 0.1 2.0 (Bounds.Sigmas(-2.0, 2.0))
                      Spec.laplace 0.0 0.5
                      Spec.log (Spec.uniform 1.0 16.0)
                      Spec.exp (Spec.constant 0.3)
                      Spec.constant 0.3 ]

            let! dims = dims
            return spec, dims
        }

    let own =
        gen {
            let! dims = dims

            let! fill =
                Gen.elements [ Spec.identity 1.5; Spec.orthogonal 1.0; Spec.orthogonal -0.3 ]

            return fill, dims
        }

    let convolution =
        gen {
            let! inputs = Gen.choose (1, 3)
            let! more = Gen.choose (0, 2)
            let! field = Gen.listOfLength 2 (Gen.choose (1, 4))
            let! groups = Gen.choose (1, 2)

            let! fill =
                Gen.elements
                    [ Spec.dirac (int64 groups)
                      Spec.deltaOrthogonal 2.0
                      Spec.bilinear
                      Spec.identity 0.5 ]

            let dims = (groups * (inputs + more)) :: inputs :: field
            return fill, dims |> List.map int64
        }

    let fourier =
        gen {
            let! side = Gen.elements [ StftSide.Real; StftSide.Imaginary ]

            let! window =
                Gen.elements
                    [ StftWindow.Hann
                      StftWindow.Hamming
                      StftWindow.Blackman
                      StftWindow.Bartlett
                      StftWindow.Boxcar
                      StftWindow.None ]

            let! scaling =
                Gen.elements [ StftScaling.Density; StftScaling.Spectrum; StftScaling.None ]

            let! periodic = Gen.elements [ true; false ]
            // Of two elements a symmetric window may be zeros alone, which no scaling takes.
            let! frame = Gen.elements [ 1; 3; 4; 5 ]
            let! channels = Gen.choose (1, 3)
            let! bins = Gen.choose (2, 4)
            return Spec.stft side window scaling periodic, List.map int64 [ frame; channels; bins ]
        }

    let indexed =
        gen {
            let! text =
                Gen.elements
                    [ "j0 + 0.1*j1"
                      "sin(3*i0)*cos(i1/7)"
                      "where(j0 <= j1, 2^(-j0), -1/j0)"
                      "(-1)^parity(and(i0, i1))" ]

            let! dims = Gen.listOfLength 2 (Gen.choose (1, 6) |> Gen.map int64)
            return Spec.formula text, dims
        }

    let integers =
        gen {
            let! dims = dims

            let! fill =
                Gen.elements
                    [ Spec.permutation
                      Spec.randint -3L 5L
                      Spec.randint 0L 1L
                      Spec.bernoulli 0.25
                      Spec.bernoulli 1.0 ]

            return fill, dims
        }

    if depth = 0 then
        Gen.oneof [ law; own; convolution; fourier; indexed; integers ]
    else
        let inner = composite (depth - 1)

        let wrap =
            gen {
                let! spec, dims = inner
                let! outer = wrapped (Gen.constant spec)
                return outer, dims
            }

        let matrix =
            gen {
                let! spec, dims = inner
                let! sparsity = Gen.elements [ 0.0; 0.1; 0.5; 0.99; 1.0 ]
                return (if dims.Length = 2 then Spec.sparse sparsity spec else spec), dims
            }

        let masked =
            gen {
                let! spec, dims = inner
                let last = dims |> List.skip (dims.Length - 1)
                let! keep = Gen.listOfLength (int (List.last dims)) (Gen.elements [ 0.0; 1.0 ])
                return Spec.mask last keep spec, dims
            }

        let stacked =
            gen {
                let! spec, dims = inner
                let! axis = Gen.choose (0, dims.Length - 1)
                let! other = Gen.elements [ Spec.zeros; Spec.normal 0.5 0.1; Spec.scale 2.0 spec ]
                let! negative = Gen.elements [ true; false ]
                let size = dims[axis]

                return
                    Spec.stacked
                        (if negative then axis - dims.Length else axis)
                        [ size, spec; 0L, Spec.ones; size, other ],
                    List.updateAt axis (2L * size) dims
            }

        let batched =
            gen {
                let! spec, dims = inner
                let! count = Gen.choose (0, 3)
                return Spec.batched 1 spec, int64 count :: dims
            }

        let repeated =
            gen {
                let! spec, dims = inner
                let! axis = Gen.choose (0, dims.Length - 1)
                let! times = Gen.choose (1, 3)
                return Spec.repeat axis (int64 times) spec, List.updateAt axis (int64 times * dims[axis]) dims
            }

        let padded =
            gen {
                let! spec, dims = inner
                let rows = int (List.head dims)
                let! index = Gen.choose (-rows, rows - 1)
                return (if rows = 0 then spec else Spec.padding (int64 index) spec), dims
            }

        let normalized =
            gen {
                let! spec, dims = law
                let! axis = Gen.choose (-dims.Length, dims.Length - 1)
                return Spec.normalized axis spec, dims
            }

        let sum =
            gen {
                let! spec, dims = inner

                let! other =
                    Gen.elements
                        [ Spec.normal 0.5 0.1
                          Spec.uniform -1.0 1.0
                          Spec.constant 2.0
                          Spec.bernoulli 0.5 ]

                let! parts =
                    Gen.elements [ [ spec; other ]; [ other; spec ]; [ Spec.sum [ spec; other ]; other ] ]

                return Spec.sum parts, dims
            }

        Gen.oneof [ wrap; matrix; masked; stacked; batched; repeated; padded; normalized; sum ]
