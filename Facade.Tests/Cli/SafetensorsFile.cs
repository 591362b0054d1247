using System.Buffers.Binary;
using System.Text.Json;

namespace Initializers.Facade.Tests.Cli;

/// <summary>A strict reader of safetensors files, written from the format's description: no holes, no overlaps, aligned.</summary>
internal sealed class SafetensorsFile
{
    private readonly string path;
    private readonly long data;

    internal SafetensorsFile(string path)
    {
        this.path = path;
        using var file = File.OpenRead(path);
        Span<byte> length = stackalloc byte[8];
        file.ReadExactly(length);
        var size = BinaryPrimitives.ReadInt64LittleEndian(length);
        Assert.InRange(size, 2, Math.Min(100_000_000, file.Length - 8));
        Assert.Equal(0, size % 8);
        var header = new byte[size];
        file.ReadExactly(header);
        Assert.Equal((byte)'{', header[0]);
        data = 8 + size;
        using var json = JsonDocument.Parse(header);
        long end = 0;
        foreach (var entry in json.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                foreach (var pair in entry.Value.EnumerateObject())
                    Metadata.Add(pair.Name, pair.Value.GetString()!);
                continue;
            }

            var dtype = entry.Value.GetProperty("dtype").GetString()!;
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(v => v.GetInt64())];
            long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(v => v.GetInt64())];
            var elementSize = dtype switch
            {
                "BOOL" or "I8" or "U8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
                "F16" or "BF16" or "I16" or "U16" => 2,
                "F32" or "I32" or "U32" => 4,
                "F64" or "I64" or "U64" => 8,
                _ => throw new InvalidDataException(dtype),
            };
            Assert.Equal(2, offsets.Length);
            Assert.Equal(end, offsets[0]);
            Assert.Equal(0, offsets[0] % elementSize);
            Assert.Equal(shape.Aggregate(1L, (a, b) => a * b) * elementSize, offsets[1] - offsets[0]);
            end = offsets[1];
            Tensors.Add(entry.Name, (dtype, shape, offsets[0], offsets[1] - offsets[0]));
        }

        Assert.Equal(file.Length, data + end);
    }

    internal Dictionary<string, string> Metadata { get; } = [];

    internal Dictionary<string, (string DType, long[] Shape, long Offset, long Bytes)> Tensors { get; } = [];

    internal byte[] Read(string name)
    {
        var (_, _, offset, bytes) = Tensors[name];
        using var file = File.OpenRead(path);
        file.Position = data + offset;
        var content = new byte[bytes];
        file.ReadExactly(content);
        return content;
    }
}
