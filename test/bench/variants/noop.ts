/** The work of every item in the engine benches: nothing, as an async function, the form all contenders take. */
export async function noop(): Promise<void> {}
