// Weights on an ILGPU accelerator, used there by a kernel of the program: no copy in between.
//
//     dotnet run -c Release --project samples/Ilgpu
using ILGPU;
using ILGPU.Runtime;
using Initializers;
using Initializers.Stateful;

const int Inputs = 1024,
    Outputs = 512;
Seed model = 42;

// The context needs Initializers' instructions, which make all devices round in one way.
using Context context = Context.Create(builder => builder.Default().EnableInitializers());
using Accelerator accelerator = context.GetPreferredDevice(preferCPU: false).CreateAccelerator(context);
Console.WriteLine($"accelerator: {accelerator.Name}");

using MemoryBuffer1D<float, Stride1D.Dense> weights = accelerator.Allocate1D<float>(Outputs * Inputs);
using MemoryBuffer1D<float, Stride1D.Dense> inputs = accelerator.Allocate1D<float>(Inputs);
using MemoryBuffer1D<float, Stride1D.Dense> outputs = accelerator.Allocate1D<float>(Outputs);

new KaimingNormal().Fill(weights.View.AsContiguous(), [Outputs, Inputs], Layout.OutIn, seed: model.Child("fc.weight"));
new RandomNormal(0, 1).Fill(inputs.View.AsContiguous(), seed: model.Child("inputs"));

Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>> layer = accelerator.LoadAutoGroupedStreamKernel<
    Index1D,
    ArrayView<float>,
    ArrayView<float>,
    ArrayView<float>
>(Layer);
layer(Outputs, weights.View.AsContiguous(), inputs.View.AsContiguous(), outputs.View.AsContiguous());
accelerator.Synchronize();

// He's weights keep the second moment of the signal through a ReLU layer: about 1 of inputs with variance 1.
float[] activations = outputs.GetAsArray1D();
Console.WriteLine($"second moment of the {Outputs} activations: {activations.Average(a => (double)a * a):F3}");

static void Layer(Index1D row, ArrayView<float> weights, ArrayView<float> inputs, ArrayView<float> outputs)
{
    float sum = 0;
    for (long i = 0; i < inputs.Length; i++)
    {
        sum += weights[row * inputs.Length + i] * inputs[i];
    }

    outputs[row] = sum > 0 ? sum : 0;
}
