using System.CommandLine;
using System.CommandLine.Help;
using Initializers.Cli;

var root = new RequestGroup(
    "initializers",
    "Initial weights of neural networks: the same bits for the same seed.",
    """
    initializers init gpt2 --seed 42 --out gpt2.safetensors
    initializers fill he_normal --shape 512,256 --layout oi --out w.npy
    """
)
{
    new InitCommand(),
    new FinishCommand(),
    new FillMissingCommand(),
    new FillCommand(),
    new WordsCommand(),
    new TablesCommand(),
    new InspectCommand(),
    new VerifyCommand(),
    new DoctorCommand(),
    new PlotCommand(),
    new ProbeCommand(),
    new ListCommand(),
    new DevicesCommand(),
    new CompletionCommand(),
    new HelpOption { Action = new HelpWithExamples() },
    new VersionOption { Action = new VersionWithBits() },
};

return await Invocation.RunAsync(root, args);
