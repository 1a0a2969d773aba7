import type { Machine } from './machine.js'

/** Where a cluster is governed from, and how one reaches into it. No fault hits it. */
export interface ControlPlane {
  readonly machine: Machine
  /** The words of a command: the machine's own kubectl, which is there whatever else is. */
  readonly kubectl: readonly string[]
  readonly controllerManager: ControllerManager
}

export interface ControllerManager {
  /** undefined where it does not run. */
  startedAtMs(): Promise<number | undefined>
  /** undefined: Kubernetes' default. */
  nodeMonitorGracePeriodSeconds(): Promise<number | undefined>
  /** Resolves when a new one is at work, with this grace period. */
  restart(options: {
    readonly nodeMonitorGracePeriodSeconds: number | undefined
    readonly signal: AbortSignal
  }): Promise<void>
}

/** Asks the control plane's kubectl; resolves to what it writes. Throws like `Machine.exec`. */
export async function askKubectl(
  { machine, kubectl }: Pick<ControlPlane, 'machine' | 'kubectl'>,
  ...args: readonly string[]
): Promise<string> {
  const { stdout } = await machine.exec([...kubectl, '--request-timeout', '10s', ...args])
  return stdout
}
