// `npm run -s signalbox -- <command>`: the command line from the sources. npm runs a script in the folder of package.json;
// a person's relative paths count from where they stand, which npm passes on as INIT_CWD.
process.chdir(process.env["INIT_CWD"] ?? process.cwd());
await import("../../src/cli/main.ts");
