using System.Runtime.CompilerServices;
using Initializers.Peers;

namespace Initializers.Torch.Tests;

internal static class Native
{
    [ModuleInitializer]
    internal static void Prepare() => NativeLibraries.Prepare();
}
