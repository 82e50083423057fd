// Runs the rooms' own tests for one mutant after another in one process: a mutant costs milliseconds instead of a start of Jest.
import {
  INSTRUMENTER_CONSTANTS,
  type InstrumenterContext,
  type MutantCoverage,
} from "@stryker-mutator/api/core";
import { PluginKind, declareClassPlugin } from "@stryker-mutator/api/plugin";
import {
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  determineHitLimitReached,
  type DryRunOptions,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
} from "@stryker-mutator/api/test-runner";
import fc from "fast-check";
import { globSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { collect, type Collected } from "./jest-globals.ts";

/** Answers remembered from earlier tests would hide the mutant: this file is loaded anew for each. */
const remembersAnswers = "/policy/ask.ts";
/** Loaded while no mutant is awake. */
const mainGeneration = 0;
const mutatedRooms = ["classify", "policy", "approval"];
/** A promise that never settles; an endless loop is Stryker's to end, by counting or by killing the process. */
const hangsAfterMs = 5000;
const stryker = ((globalThis as Record<string, unknown>)[INSTRUMENTER_CONSTANTS.NAMESPACE] ??=
  {}) as InstrumenterContext;

export class InProcessRunner implements TestRunner {
  #generation = mainGeneration + 1;
  readonly #tests = new Map<string, readonly Collected[]>();
  readonly #tookMs = new Map<string, number>();

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  init(): Promise<void> {
    // The same inputs for every mutant, and no search for a smaller counterexample: one is enough to kill.
    fc.configureGlobal({ seed: 4, endOnFailure: true });
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === "@jest/globals")
          return { url: new URL("./jest-globals.ts", import.meta.url).href, shortCircuit: true };
        const found = next(specifier, context);
        const generation = new URL(context.parentURL ?? "file:///").searchParams.get("generation");
        if (generation === null || !found.url.startsWith("file:") || found.url.includes("/node_modules/"))
          return found;
        return { ...found, url: `${found.url}?generation=${generation}` };
      },
    });
    return Promise.resolve();
  }

  async dryRun({ files = [] }: DryRunOptions): Promise<DryRunResult> {
    const tests: TestResult[] = [];
    for (const test of await this.#loaded(testFiles(roomsOf(files)))) {
      stryker.currentTestId = test.id;
      const startMs = performance.now();
      const failure = await outcome(test);
      const timeSpentMs = performance.now() - startMs;
      const named = { id: test.id, name: test.id, fileName: test.file, timeSpentMs };
      tests.push(
        failure === undefined
          ? { ...named, status: TestStatus.Success }
          : { ...named, status: TestStatus.Failed, failureMessage: failure },
      );
    }
    stryker.currentTestId = undefined;
    return { status: DryRunStatus.Complete, tests, mutantCoverage: withoutLoading(stryker.mutantCoverage) };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, mutantActivation, sandboxFileName, testFilter } = options;
    // Loaded before the mutant is awake, so that the modules' own constants are right.
    const files = testFiles(roomsOf([sandboxFileName]));
    const isRuntime = mutantActivation === "runtime" && !sandboxFileName.endsWith(remembersAnswers);
    const tests = isRuntime ? await this.#loaded(filesOf(testFilter) ?? files) : [];
    stryker.hitLimit = hitLimit;
    stryker.hitCount = hitLimit === undefined ? undefined : 0;
    stryker.activeMutant = activeMutant.id;
    try {
      if (isRuntime) return await this.#verdict(tests.filter(({ id }) => testFilter?.includes(id) ?? true));
      return await this.#staticVerdict(
        files.toSorted(
          (a, b) => Number(isNamesake(b, sandboxFileName)) - Number(isNamesake(a, sandboxFileName)),
        ),
      );
    } finally {
      stryker.activeMutant = undefined;
    }
  }

  /** A mutant in a module's constant shows only in modules loaded while it is awake; its room's tests must find it. */
  async #staticVerdict(files: readonly string[]): Promise<MutantRunResult> {
    const generation = this.#generation++;
    let nrOfTests = 0;
    for (const file of files) {
      const tests = await testsOf(file, generation).catch(String);
      if (typeof tests === "string")
        return { status: MutantRunStatus.Killed, killedBy: [], failureMessage: tests, nrOfTests };
      const verdict = await this.#verdict(tests);
      if (verdict.status !== MutantRunStatus.Survived) return verdict;
      nrOfTests += verdict.nrOfTests;
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  async #verdict(tests: readonly Collected[]): Promise<MutantRunResult> {
    const quickFirst = tests.toSorted((a, b) => this.#costMs(a) - this.#costMs(b));
    let ran = 0;
    for (const test of quickFirst) {
      ran += 1;
      const startMs = performance.now();
      const failure = await outcome(test);
      const endless = determineHitLimitReached(stryker.hitCount, stryker.hitLimit);
      if (endless) return { ...endless, status: MutantRunStatus.Timeout };
      if (failure !== undefined) return await this.#killed(test, failure, ran);
      this.#tookMs.set(test.id, performance.now() - startMs);
    }
    return { status: MutantRunStatus.Survived, nrOfTests: ran };
  }

  /** A test that fails without the mutant too was spoilt by an earlier one: thrown, so that Stryker takes a new process. */
  async #killed(test: Collected, failure: string, ran: number): Promise<MutantRunResult> {
    const mutant = stryker.activeMutant;
    const isStatic = this.#tests.get(test.file)?.includes(test) !== true;
    stryker.activeMutant = undefined;
    const without = isStatic ? undefined : await outcome(test);
    stryker.activeMutant = mutant;
    if (without !== undefined) throw new Error(`${test.id} fails without the mutant: ${without}`);
    return {
      status: MutantRunStatus.Killed,
      killedBy: isStatic ? [] : [test.id],
      failureMessage: failure,
      nrOfTests: ran,
    };
  }

  #costMs(test: Collected): number {
    return this.#tookMs.get(test.id) ?? 0;
  }

  /** All in one generation: they share the modules under test, as the mutants' coverage was measured. */
  async #loaded(files: readonly string[]): Promise<readonly Collected[]> {
    for (const file of files)
      if (!this.#tests.has(file)) this.#tests.set(file, await testsOf(file, mainGeneration));
    return files.flatMap((file) => this.#tests.get(file) ?? []);
  }
}

function roomsOf(sources: readonly string[]): readonly string[] {
  return mutatedRooms.filter((room) => sources.some((source) => source.includes(`lambda/${room}/`)));
}

function testFiles(rooms: readonly string[]): string[] {
  return globSync(rooms.map((room) => `test/${room}/**/*.test.ts`)).sort();
}

/** A test's id begins with its file. */
function filesOf(testFilter: readonly string[] | undefined): readonly string[] | undefined {
  return testFilter && [...new Set(testFilter.map((id) => id.split(" > ", 1)[0] ?? ""))];
}

function isNamesake(testFile: string, source: string): boolean {
  return basename(testFile, ".test.ts") === basename(source, ".ts");
}

function testsOf(file: string, generation: number): Promise<Collected[]> {
  const url = `${pathToFileURL(file).href}?generation=${generation}`;
  return collect(file, () => import(url));
}

/** A mutant that a test reaches is judged by that test, and not by what ran while the files were loaded. */
function withoutLoading(coverage: MutantCoverage | undefined): MutantCoverage | undefined {
  if (coverage === undefined) return undefined;
  const reached = new Set(Object.values(coverage.perTest).flatMap((hits) => Object.keys(hits)));
  const onlyLoading = Object.entries(coverage.static).filter(([mutant]) => !reached.has(mutant));
  return { static: Object.fromEntries(onlyLoading), perTest: coverage.perTest };
}

/** Why the test fails, or undefined. */
async function outcome(test: Collected): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, hangsAfterMs, "it does not end");
  });
  try {
    return await Promise.race([whole(test), hang]);
  } finally {
    clearTimeout(timer);
  }
}

async function whole(test: Collected): Promise<string | undefined> {
  try {
    for (const body of [...test.before, test.body]) await body();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const body of test.after) await body();
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", InProcessRunner)];
