import { inUse, printMountTables, type InUse } from '../../../../csi/in-use.js'
import { sharedVolumesPath } from '../../../../csi/names.js'
import type { Machine } from '../../machine.js'

export type Mounted = InUse | 'powered-off'

/** One that does not answer by then is silent, which is not the same as off. */
const answerMs = 5_000

/**
 * Whether a volume is mounted on a machine, for kubelet or any process there, by their own mount tables. Throws where it
 * is on and does not answer.
 */
export async function mountedOn(machine: Machine, volume: string): Promise<Mounted> {
  const printed = await readTables(machine)
  if (printed === undefined) return 'powered-off'
  const { kubeletDirectory } = machine.services
  return inUse(printed, volume, { shared: sharedVolumesPath, kubeletDirectory })
}

/** Most machines are on most of the time: how one is, is asked when it gives no answer. undefined: it is off. */
async function readTables(machine: Machine): Promise<string | undefined> {
  try {
    const { stdout } = await machine.exec(printMountTables, { timeoutMs: answerMs })
    return stdout
  } catch (error) {
    if ((await machine.state()) !== 'running') return undefined
    throw error
  }
}
