/** A JSON value without parts. */
export type JsonScalar = null | boolean | number | string;
/** Any value that JSON can carry. What crosses a process, a worker or the journal is always one of these. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
