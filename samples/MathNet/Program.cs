// Math.NET matrices filled where they are: a layer of random tanh features, whose output weights are solved for by least squares.
//
//     dotnet run -c Release --project samples/MathNet
using Initializers;
using Initializers.Stateful;
using MathNet.Numerics.LinearAlgebra;

const int Points = 200,
    Features = 64;
Seed model = 42;

Matrix<double> points = Matrix<double>.Build.Dense(Points, 1, (i, _) => -1 + 2.0 * i / (Points - 1));
Vector<double> targets = points.Column(0).Map(x => Math.Sin(9 * x) * Math.Exp(-x));

// Element (i, j) of the matrix is the tensor's [i, j], although Math.NET stores columns.
Matrix<double> weights = Matrix<double>.Build.Dense(Features, 1);
Vector<double> biases = Vector<double>.Build.Dense(Features);
new RandomNormal(0, 6).Fill(weights, seed: model.Child("features.weight"));
new RandomUniform(-6, 6).Fill(biases, seed: model.Child("features.bias"));

Matrix<double> hidden = points * weights.Transpose();
hidden = hidden.MapIndexed((_, feature, x) => Math.Tanh(x + biases[feature]));
Vector<double> outputs = hidden * hidden.Svd().Solve(targets);

double error = (outputs - targets).L2Norm() / targets.L2Norm();
Console.WriteLine($"{Features} random features fit {Points} points: relative error {error:E1}");
return error < 1e-3 ? 0 : 1;
