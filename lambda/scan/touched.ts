// Every path that any commit of a push touches, and whether a workflow is among them.
import type { ScanLimits } from "./limits.ts";
import { displayPath } from "./paths.ts";

export class TouchedPaths {
  readonly #paths = new Set<string>();
  readonly #isWorkflow: (path: string) => boolean;
  readonly #listed: number;
  #touchesWorkflows = false;
  #isComplete = true;

  constructor(isWorkflow: (path: string) => boolean, limits: ScanLimits) {
    this.#isWorkflow = isWorkflow;
    this.#listed = limits.listedPaths;
  }

  /** One character per byte. Workflow files count even when the list is full. */
  add(bytePath: string): void {
    const { path } = displayPath(bytePath);
    if (this.#paths.has(path)) return;
    if (this.#isWorkflow(path)) this.#touchesWorkflows = true;
    if (this.#paths.size < this.#listed) this.#paths.add(path);
    else this.#isComplete = false;
  }

  /** Some comparison could not be made, so anything may have been touched: fail closed. */
  notEstablished(): void {
    this.#touchesWorkflows = true;
    this.#isComplete = false;
  }

  /** The push builds on workflow files that are not known to run already. */
  workflowsNotKnown(): void {
    this.#touchesWorkflows = true;
  }

  get touchesWorkflows(): boolean {
    return this.#touchesWorkflows;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  list(): string[] {
    return [...this.#paths].sort();
  }
}
