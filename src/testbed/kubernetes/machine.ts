import type { NodeFiles } from '../contract.js'

/** A node's machine, reached from outside of Kubernetes: it answers whether or not kubelet does. */
export interface Machine {
  /** As scenarios say it, e.g. `node-1`; `control-plane` for the machine that only the testbed uses. */
  readonly node: string
  /** What the API server calls it. */
  readonly kubernetesName: string
  /** Docker's name of it. */
  readonly container: string
  /** Its address on the cluster's Docker network. */
  readonly address: string
  /**
   * Runs a program in the machine, without a shell. Throws a GaplessError ('timeout' at `timeoutMs`, else
   * 'instrument') that names the node, the command and what it said, also where the machine is powered off.
   */
  exec(command: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** Asks Docker. */
  state(): Promise<MachineState>
  /** Cuts its power: SIGKILL to everything in it. Resolves when it is off; at once where it was. */
  kill(): Promise<void>
  /** Powers it on. Resolves when Docker started it, which is long before kubelet is ready. */
  start(): Promise<void>
  /** Its disk, which can be read also while it is powered off. Paths are absolute there. */
  readonly files: NodeFiles
}

export type MachineState = 'running' | 'exited' | 'gone'

export interface ExecOptions {
  /** Resolve also where the program ends with another status than 0. */
  readonly allowFailure?: boolean
  /** Default 30 000. */
  readonly timeoutMs?: number
  /** Given to its standard input. */
  readonly input?: string
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}
