/** The races of the product, by the name that the tests know. */
export {
  raceEnv,
  raceExecutor,
  raceJournal,
  untilIdle,
  type AttemptScript,
  type RaceExecutor,
} from "../../src/testing/race/race-world.ts";
