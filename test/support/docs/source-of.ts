export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** Path from the root of the source behind `signalbox` or `signalbox/part`; `undefined` for any other name. */
export function sourceOf(manifest: Manifest, specifier: string): string | undefined {
  if (specifier !== manifest.name && !specifier.startsWith(`${manifest.name}/`)) return undefined;
  const target = manifest.exports[`.${specifier.slice(manifest.name.length)}`];
  if (target === undefined) throw new Error(`package.json exports no ${specifier}`);
  const path = typeof target === "string" ? target : target.default;
  return path.replace(/^\.\/dist\/(.*)\.js$/, "./$1.ts");
}
