using System.Runtime.InteropServices;
using System.Text;

namespace Initializers.Peers;

/// <summary>Makes TorchSharp's native library load where the system's libstdc++ is older than the one it was linked with
/// (Debian 12's, for one).</summary>
/// <remarks>libLibTorchSharp.so asks for the symbol version GLIBCXX_3.4.32 but takes no symbol of it. A version that is
/// marked weak may be missing (System V ABI, symbol versioning: <c>Elf64_Vernaux.vna_flags</c>, <c>VER_FLG_WEAK</c>).</remarks>
internal static class NativeLibraries
{
    private const string Version = "GLIBCXX_3.4.32";
    private const uint NeededVersions = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>Marks the version as weak in the copy in this program's folder, never in NuGet's folder.</summary>
    internal static void Prepare()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        if (!OperatingSystem.IsLinux() || !File.Exists(file))
        {
            return;
        }

        byte[] library = File.ReadAllBytes(file);
        if (Flags(library) is { } at && MemoryMarshal.Read<ushort>(library.AsSpan(at)) != Weak)
        {
            MemoryMarshal.Write(library.AsSpan(at), Weak);
            // A new file replaces it, since the old one may be a link to NuGet's.
            string temporary = file + ".new";
            File.WriteAllBytes(temporary, library);
            File.Move(temporary, file, overwrite: true);
        }
    }

    /// <summary>Where the flags of the needed version lie, in a 64-bit little-endian ELF file.</summary>
    private static int? Flags(ReadOnlySpan<byte> elf)
    {
        int headers = (int)Read<ulong>(elf, 40);
        int size = Read<ushort>(elf, 58);
        int count = Read<ushort>(elf, 60);
        for (int i = 0; i < count; i++)
        {
            int header = headers + i * size;
            if (Read<uint>(elf, header + 4) != NeededVersions)
            {
                continue;
            }

            int strings = Offset(elf, headers + (int)Read<uint>(elf, header + 40) * size);
            int need = Offset(elf, header);
            for (int files = (int)Read<uint>(elf, header + 44); files > 0; files--)
            {
                int version = need + (int)Read<uint>(elf, need + 8);
                for (int versions = Read<ushort>(elf, need + 2); versions > 0; versions--)
                {
                    ReadOnlySpan<byte> name = elf[(strings + (int)Read<uint>(elf, version + 8))..];
                    if (name[..name.IndexOf((byte)0)].SequenceEqual(Encoding.ASCII.GetBytes(Version)))
                    {
                        return version + 4;
                    }

                    version += (int)Read<uint>(elf, version + 12);
                }

                need += (int)Read<uint>(elf, need + 12);
            }
        }

        return null;
    }

    private static int Offset(ReadOnlySpan<byte> elf, int header) => (int)Read<ulong>(elf, header + 24);

    private static T Read<T>(ReadOnlySpan<byte> elf, int at)
        where T : unmanaged => MemoryMarshal.Read<T>(elf[at..]);
}
