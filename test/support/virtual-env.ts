/** The virtual time of the product, by the name that the tests know. */
import { seededRandom } from "../../src/base/seeded-random.ts";

export { virtualEnv, type VirtualEnv } from "../../src/testing/race/virtual-env.ts";

export const mulberry32 = seededRandom;
