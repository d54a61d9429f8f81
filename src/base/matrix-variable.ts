/**
 * The environment variable in which a command finds its value of a matrix axis: `SIGNALBOX_MATRIX_NODE` for `node`. Letters become
 * capitals, dots and hyphens underscores: what is left can be written after a `$` in every shell.
 */
export function matrixVariable(axis: string): string {
  return `SIGNALBOX_MATRIX_${axis.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}
