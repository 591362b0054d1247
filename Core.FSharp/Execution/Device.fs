namespace Initializers

open System
open System.Runtime.CompilerServices
open ILGPU
open ILGPU.Runtime
open Initializers.FSharp
open Initializers.Kernels

/// <summary>The device that holds a tensor: 'cpu', 'cuda:N', 'opencl:N', or an ILGPU accelerator of the caller.</summary>
/// <remarks>'gpu:N' is another name for 'cuda:N', and 'cuda' for 'cuda:0'. A device is only a name until it is used; an
/// unknown name or an absent device is then an error that lists the devices present.</remarks>
/// <example><code>Device device = "cuda:0";</code></example>
[<Sealed>]
type Device private (name: string, accelerator: Accelerator option) =
    static let canonical (text: string) =
        let name = text.Trim().ToLowerInvariant()

        let numbered (alias: string) (kind: string) =
            if name = alias then
                Some(kind + ":0")
            elif name.StartsWith(alias + ":", StringComparison.Ordinal) then
                match
                    Int32.TryParse(
                        name.Substring(alias.Length + 1),
                        Globalization.NumberStyles.None,
                        Globalization.CultureInfo.InvariantCulture
                    )
                with
                | true, index -> Some $"{kind}:{index}"
                | _ -> None
            else
                None

        [ (if name = "cpu" || name = "cpu:0" then Some "cpu" else None)
          numbered "cuda" "cuda"
          numbered "gpu" "cuda"
          numbered "opencl" "opencl" ]
        |> List.tryPick id
        |> Option.defaultValue text

    /// <summary>A device by name.</summary>
    /// <exception cref="T:System.ArgumentNullException">The name is null.</exception>
    new(name: string) =
        ArgumentNullException.ThrowIfNull(name, nameof name)
        Device(name, None)

    /// <summary>The CPU, which is always present and the default.</summary>
    static member Cpu: Device = Device "cpu"

    /// <summary>Wraps an accelerator, which the caller continues to own. Its context must have been built with
    /// <c>EnableInitializers()</c>; otherwise every use is the error context-not-enabled.</summary>
    /// <exception cref="T:System.ArgumentNullException">The accelerator is null.</exception>
    static member OfAccelerator(accelerator: Accelerator) =
        ArgumentNullException.ThrowIfNull(accelerator, nameof accelerator)
        Device(accelerator.Name, Some accelerator)

    /// <summary>The canonical name, such as 'cpu' or 'cuda:0'.</summary>
    member _.Name =
        match accelerator with
        | Some a -> a.Name
        | None -> canonical name

    /// The caller's accelerator, if this device is one.
    member internal _.Accelerator = accelerator

    /// <summary>A device by name.</summary>
    static member op_Implicit(name: string) : Device = Device name

    /// <summary>Returns whether both have the same name, or the same accelerator.</summary>
    override this.Equals(other: obj | null) =
        match other with
        | :? Device as o ->
            match accelerator, o.Accelerator with
            | None, None -> this.Name = o.Name
            | Some a, Some b -> Object.ReferenceEquals(a, b)
            | _ -> false
        | _ -> false

    /// <summary>A hash code of the name.</summary>
    override this.GetHashCode() = this.Name.GetHashCode()

    /// <summary>The canonical name.</summary>
    override this.ToString() = this.Name

/// <summary>The extension that the caller's ILGPU context needs.</summary>
[<Extension; AbstractClass; Sealed>]
type ContextBuilderExtensions =
    /// <summary>Registers the instructions of exact arithmetic (fma, wide multiply, leading zeros, conversions) for
    /// PTX and OpenCL, so that devices of this context give the same bits as all others.</summary>
    /// <example><code>using var context = Context.Create(b => b.Cuda().EnableInitializers());</code></example>
    [<Extension>]
    static member EnableInitializers(builder: Context.Builder) : Context.Builder = Intrinsics.enable builder
