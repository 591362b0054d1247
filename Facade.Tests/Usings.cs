global using Initializers.Stateful;
global using Xunit;
