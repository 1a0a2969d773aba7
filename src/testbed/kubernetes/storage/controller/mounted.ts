import { sharedVolumesPath } from '../../../../csi/names.js'
import { parseMountTable, sourceOf, volumeMounts } from '../../../../csi/mount-table.js'
import type { Machine } from '../../machine.js'

export type Mounted = 'mounted' | 'not-mounted' | 'powered-off'

/** One that does not answer by then is silent, which is not the same as off. */
const answerMs = 5_000

/** Whether a volume is mounted on a machine, by its own mount table. Throws where it is on and does not answer. */
export async function mountedOn(machine: Machine, volume: string): Promise<Mounted> {
  if ((await machine.state()) !== 'running') return 'powered-off'
  const command = ['cat', '/proc/self/mountinfo']
  const { stdout } = await machine.exec(command, { timeoutMs: answerMs })
  const table = parseMountTable(stdout)
  const mounts = volumeMounts(table, sourceOf(table, sharedVolumesPath))
  return mounts.some((mount) => mount.volume === volume) ? 'mounted' : 'not-mounted'
}
