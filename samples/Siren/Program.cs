// A SIREN (Sitzmann et al. 2020) learns a picture: a function from a point to its colour. The picture that it learned from has 64 x 64
// pixels; the one that it writes has 256 x 256, since a function has no pixels.
//
//     dotnet run -c Release --project samples/Siren [picture.png]
using Initializers.Samples;
using Initializers.Torch;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

const int Size = 64,
    Zoom = 4,
    Steps = 250;
const double Least = 35;
torch.set_num_threads(1);
using Tensor points = Points(Size);
using Tensor colours = torch.tensor(Picture(Size)).reshape(Size * Size, 3);

// The paper's section 3.2: the first layer spans several periods, and every layer's inputs to its sines have the same
// variance. Biases are PyTorch's.
ModuleRules rules = ModuleRules
    .Empty.Match("first.linear.weight", "first_layer_siren")
    .Match("*.weight", "siren(w0=30)")
    .Otherwise(ModuleRules.Torch);

(double usual, _) = Fit(_ => { });
Console.WriteLine($"weights as constructed: PSNR {usual:F1} dB after {Steps} steps");
(double psnr, float[] large) = Fit(model => model.Initialize(42, rules));
Console.WriteLine($"SIREN's weights:        PSNR {psnr:F1} dB after {Steps} steps");

string file = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "siren.png");
Write(file);
Console.WriteLine(
    $"{file}: the {Size} x {Size} pixels, and what the network makes of them in {Size * Zoom} x {Size * Zoom}"
);
return psnr >= Least ? 0 : 1;

(double Psnr, float[] Large) Fit(Action<Module> initialize)
{
    torch.random.manual_seed(1);
    using var model = new Siren(width: 128, layers: 3);
    initialize(model);
    using torch.optim.Optimizer optimizer = torch.optim.Adam(model.parameters(), lr: 5e-4);
    for (int step = 0; step < Steps; step++)
    {
        using DisposeScope scope = NewDisposeScope();
        optimizer.zero_grad();
        functional.mse_loss(model.forward(points), colours).backward();
        optimizer.step();
    }

    using IDisposable _ = no_grad();
    double error = functional.mse_loss(model.forward(points).clamp(0, 1), colours).item<float>();
    return (-10 * Math.Log10(error), model.forward(Points(Size * Zoom)).clamp(0, 1).data<float>().ToArray());
}

// The centres of the pixels, in (-1, 1).
static Tensor Points(int size)
{
    Tensor axis = (arange(size, dtype: ScalarType.Float32) * 2 + 1) / size - 1;
    return cartesian_prod(axis, axis);
}

// Rings on a slope of colours, with a disc and a square in front: smooth parts, fine parts and edges.
static float[] Picture(int size)
{
    float[] picture = new float[size * size * 3];
    for (int i = 0; i < size * size; i++)
    {
        double y = (2.0 * (i / size) + 1) / size - 1;
        double x = (2.0 * (i % size) + 1) / size - 1;
        double ring = 0.5 + 0.5 * Math.Cos(22 * Math.Sqrt((x - 0.3) * (x - 0.3) + (y + 0.3) * (y + 0.3)));
        (double red, double green, double blue) =
            (x + 0.45) * (x + 0.45) + (y - 0.4) * (y - 0.4) < 0.12 ? (0.95, 0.75, 0.2)
            : Math.Abs(x - 0.5) < 0.28 && Math.Abs(y - 0.5) < 0.28 ? (0.15, 0.2, 0.3)
            : (0.2 + 0.7 * ring * (0.5 + 0.5 * y), 0.3 + 0.3 * x + 0.2 * ring, 0.5 + 0.4 * ring);
        (picture[3 * i], picture[3 * i + 1], picture[3 * i + 2]) = ((float)red, (float)green, (float)blue);
    }

    return picture;
}

void Write(string path)
{
    const int Side = Size * Zoom;
    float[] small = Picture(Size);
    using var bitmap = new SKBitmap(2 * Side, Side);
    for (int y = 0; y < Side; y++)
    {
        for (int x = 0; x < Side; x++)
        {
            bitmap.SetPixel(x, y, Colour(small, y / Zoom * Size + x / Zoom));
            bitmap.SetPixel(Side + x, y, Colour(large, y * Side + x));
        }
    }

    using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
    using FileStream stream = File.Create(path);
    png.SaveTo(stream);
}

static SKColor Colour(float[] picture, int pixel)
{
    byte Channel(int channel) => (byte)Math.Round(255 * picture[3 * pixel + channel]);
    return new SKColor(Channel(0), Channel(1), Channel(2));
}
