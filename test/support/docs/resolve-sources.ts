// Preloaded before an example: the names that the package exports lead to the sources that the build makes them of, so
// that examples run without a build and against what is here now.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { sourceOf } from "./source-of.ts";

const root = new URL("../../../", import.meta.url);
// npm wrote it.
const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as Parameters<typeof sourceOf>[0];

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const source = sourceOf(manifest, specifier);
    return source === undefined
      ? nextResolve(specifier, context)
      : { url: new URL(source, root).href, shortCircuit: true };
  },
});
