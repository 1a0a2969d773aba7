import { messageOf } from '../../errors.js'
import { type Cluster, type KubernetesAccess } from '../../testbed/contract.js'
import { type InjectedFault } from '../fault.js'

/** What takes something back that was done to a cluster; can be done twice, and when half of it was done. */
export interface Undo {
  readonly what: string
  readonly undo: () => Promise<void>
}

export type MendableFault = InjectedFault & Required<Pick<InjectedFault, 'heal'>>

const broken = new WeakMap<KubernetesAccess, Set<Undo>>()

/**
 * Breaks something that outlives a run where nobody takes it back. It is noted down how before anything is done, so
 * that it can be taken back also where the injection comes no further than half, or the run is aborted meanwhile.
 */
export async function breaking(
  access: KubernetesAccess,
  undo: Undo,
  inject: () => Promise<MendableFault>,
): Promise<InjectedFault> {
  const open = broken.get(access) ?? new Set()
  broken.set(access, open.add(undo))
  const takeBack = async () => {
    await undo.undo()
    open.delete(undo)
  }
  try {
    const { heal, ...injected } = await inject()
    return {
      ...injected,
      heal: async (parameters) => {
        const found = await heal(parameters)
        open.delete(undo)
        return found
      },
    }
  } catch (error) {
    // What cannot be taken back now stays noted down, for the end of the run.
    await takeBack().catch(() => undefined)
    throw error
  }
}

/**
 * Takes back whatever faults did to a cluster and nobody mended, the last first. For the end of every run, however it
 * ended. Resolves to what could not be taken back, in words.
 */
export async function mendCluster({ kubernetes }: Pick<Cluster, 'kubernetes'>): Promise<string[]> {
  const open = kubernetes && broken.get(kubernetes)
  const failures: string[] = []
  for (const undo of [...(open ?? [])].reverse()) {
    open?.delete(undo)
    await undo.undo().catch((error: unknown) => failures.push(`${undo.what}: ${messageOf(error)}`))
  }
  return failures
}
