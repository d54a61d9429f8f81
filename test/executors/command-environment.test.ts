/** Goal: a command gets the variables of the allow-list and no other. */
import { expect, test } from "vitest";
import {
  declaredVariables,
  environmentProblem,
  matrixVariables,
  passedEnvironment,
} from "../../src/executors/command-environment.ts";

test("only listed variables pass, whatever there is", () => {
  const all = {
    PATH: "/bin",
    LC_TIME: "C",
    TZ: "UTC",
    GIT_DIR: "x",
    GITHUB_TOKEN: "x",
    npm_config_x: "x",
    SIGNALBOX_ITEM: "x",
    LD_PRELOAD: "x",
    GONE: undefined,
  };
  expect(Object.fromEntries(passedEnvironment(all))).toEqual({ PATH: "/bin", LC_TIME: "C", TZ: "UTC" });
});

test("more names may be asked for, except ours", () => {
  const all = { PATH: "/bin", JAVA_HOME: "/java", SIGNALBOX_TOKEN: "x" };
  expect([...passedEnvironment(all, ["JAVA_HOME", "SIGNALBOX_TOKEN", "ABSENT"]).keys()]).toEqual(["PATH", "JAVA_HOME"]);
});

test("declared variables are given as they are, except ours", () => {
  expect(declaredVariables({ A: "1=2", B: "", SIGNALBOX_RUN_ID: "mine", C: undefined })).toEqual(["A=1=2", "B="]);
  expect(declaredVariables(undefined)).toEqual([]);
});

test("matrix values stand in variables that every shell can name", () => {
  expect(matrixVariables({ node: 22, "os.name-x": "a b", Flag: false })).toEqual([
    "SIGNALBOX_MATRIX_NODE=22",
    "SIGNALBOX_MATRIX_OS_NAME_X=a b",
    "SIGNALBOX_MATRIX_FLAG=false",
  ]);
  expect(matrixVariables(undefined)).toEqual([]);
});

test("names and values that no system can hold are told", () => {
  expect(environmentProblem({ "A=B": "1" })).toContain("A=B");
  expect(environmentProblem({ "": "1" })).toBeDefined();
  expect(environmentProblem({ A: "a\0b" })).toContain("A");
  expect(environmentProblem({ A: "fine" })).toBeUndefined();
});
