/**
 * Loads a peer from this folder's own `node_modules`. It stands here because an import is resolved from the file that
 * writes it. The specifier is a variable, so type checking does not need the peers to be installed.
 */
export async function loadPeer<Shape>(specifier: string): Promise<Shape> {
  // The caller says which part of the peer it uses; there is no type to check that against when the peer is not installed.
  return (await import(specifier)) as Shape;
}
