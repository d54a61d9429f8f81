#!/usr/bin/env node
// The installed command. It runs on whatever Node is there, so it is CommonJS in the syntax of long ago and loads nothing
// that an old Node cannot read until it knows the version. The build copies it to dist/signalbox.cjs, beside cli/main.cjs,
// cli/serve.cjs and cli/client.cjs.
"use strict";
var manifest = require("../package.json");

var needed = /(\d+)\.(\d+)/.exec(manifest.engines.node);
var have = /^(\d+)\.(\d+)/.exec(process.versions.node);
var tooOld = +have[1] < +needed[1] || (+have[1] === +needed[1] && +have[2] < +needed[2]);

if (tooOld) {
  process.stderr.write(
    "signalbox needs Node " +
      needed[0] +
      " or newer, and this is Node " +
      process.versions.node +
      " (" +
      process.execPath +
      "). Install a newer one from https://nodejs.org and run the command again.\n",
  );
  process.exitCode = 2;
} else if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  process.stdout.write(manifest.version + "\n");
} else {
  require("node:module").enableCompileCache();
  // The same program with what a server needs, which is as much again to read, or with what its clients do.
  var bundles = {
    serve: "./cli/serve.cjs",
    mcp: "./cli/serve.cjs",
    items: "./cli/client.cjs",
    work: "./cli/client.cjs",
    "run --board": "./cli/serve.cjs",
  };
  var first = process.argv[2];
  if (first === "run" && process.argv.indexOf("--board") > 0) first = "run --board";
  require(Object.prototype.hasOwnProperty.call(bundles, first) ? bundles[first] : "./cli/main.cjs");
}
