import { sharedVolumesPath } from '../../../../csi/names.js'
import { parseMountTable, sourceOf, volumeMounts } from '../../../../csi/mount-table.js'
import type { Machine } from '../../machine.js'

/** `staged`: the node has it, and no pod there. */
export type Mounted = 'published' | 'staged' | 'not-mounted' | 'powered-off'

/** One that does not answer by then is silent, which is not the same as off. */
const answerMs = 5_000

/** Whether a volume is mounted on a machine, by its own mount table. Throws where it is on and does not answer. */
export async function mountedOn(machine: Machine, volume: string): Promise<Mounted> {
  const text = await readTable(machine)
  if (text === undefined) return 'powered-off'
  const table = parseMountTable(text)
  const all = volumeMounts(table, sourceOf(table, sharedVolumesPath))
  const mounts = all.filter((mount) => mount.volume === volume)
  const ofPods = `${machine.services.kubeletDirectory}/pods/`
  if (mounts.some(({ path }) => path.startsWith(ofPods))) return 'published'
  return mounts.length > 0 ? 'staged' : 'not-mounted'
}

/** Most machines are on most of the time: how one is, is asked when it gives no answer. undefined: it is off. */
async function readTable(machine: Machine): Promise<string | undefined> {
  try {
    const { stdout } = await machine.exec(['cat', '/proc/self/mountinfo'], { timeoutMs: answerMs })
    return stdout
  } catch (error) {
    if ((await machine.state()) !== 'running') return undefined
    throw error
  }
}
