/**
 * Named places at which a test may end, stop or disturb the process: between two steps that a crash could come between. The product
 * holds the names only. What happens there is in `test/support/failpoints/`, which is loaded before anything else (`node --import`).
 *
 * F1 Without that there is no function to call, and a place costs one comparison with `undefined`.
 * F2 It is looked for once, when this module is read: nothing that comes later, no request, plan or environment variable, can put one there.
 * F3 The installed command has none of it: its build puts `undefined` here.
 */
type Failpoint = (name: string) => void;

const HOOK = Symbol.for("signalbox.failpoint");

/** Called as `failpoint?.("folder.moment")`; each name stands in one place only. It may throw, as what follows may. */
export const failpoint: Failpoint | undefined = (globalThis as { readonly [HOOK]?: Failpoint })[HOOK];
