import { extname } from "node:path";

/**
 * The address of a module that runs on its own (a worker thread, a helper process) and stands in the caller's folder.
 * It has the caller's extension, so this holds in three places: in the sources (`.ts`), in the compiled library (`.js`),
 * and in the bundled command line (`.cjs`), where the build puts each such module, bundled too, beside the bundle. The build finds
 * them by the call itself, so both arguments are written out: `siblingModule(import.meta.url, "sqlite-worker")`.
 * File names of such modules are unique in `src/`, for the bundle holds them in one folder.
 */
export function siblingModule(callerUrl: string, name: string): URL {
  return new URL(`./${name}${extname(callerUrl)}`, callerUrl);
}
