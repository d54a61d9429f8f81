/** The virtual time of the product, by the name that the tests know. */
export { virtualEnv, type VirtualEnv } from "../../src/testing/race/virtual-env.ts";
