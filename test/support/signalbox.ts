// `npm run -s signalbox -- <command>`: the command line from the sources. npm runs a script in the folder of package.json;
// a person's relative paths count from where they stand, which npm passes on as INIT_CWD.
// The board is built first where somebody may look at it; that takes a second, and nothing when it is there.
if (process.argv[2] === "serve" || process.argv.includes("--board"))
  await (await import("./build/board.ts")).ensureBoard();
process.chdir(process.env["INIT_CWD"] ?? process.cwd());
await import("../../src/cli/main.ts");
