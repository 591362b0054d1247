using System.CommandLine;
using Initializers;
using Spectre.Console;

var root = new RootCommand("Weight initializers on the command line.");
root.SetAction(_ => AnsiConsole.WriteLine(FacadePlaceholder.Answer));
return root.Parse(args).Invoke();
