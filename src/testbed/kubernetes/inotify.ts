import { readFileSync } from 'node:fs'
import { listContainers } from '../../docker/container.js'
import { docker } from '../../docker/docker.js'
import { GaplessError, isGaplessError, messageOf } from '../../errors.js'
import type { DoctorFinding } from '../contract.js'

/**
 * Programs wait for changes of files by inotify, of which Linux gives each user so much only; all nodes in containers
 * are one user: systemd, kubelet and containerd of each want some.
 */
export interface InotifyLimits {
  readonly instances: number
  readonly watches: number
}

/** What kind advises for clusters of several nodes. */
const advised: InotifyLimits = { instances: 512, watches: 524_288 }

const remedy =
  `sudo sysctl fs.inotify.max_user_instances=${String(advised.instances)} ` +
  `fs.inotify.max_user_watches=${String(advised.watches)}`

/** Whether clusters of several nodes will have enough of it. Nothing where this machine has no such limits. */
export function checkInotify(limits: InotifyLimits | undefined = inotifyLimits()): readonly DoctorFinding[] {
  if (limits === undefined) return []
  const enough = limits.instances >= advised.instances && limits.watches >= advised.watches
  const found = `${limits.instances.toLocaleString('en')} instances, ${limits.watches.toLocaleString('en')} watches`
  if (enough) return [{ what: 'inotify', ok: true, found }]
  return [{ what: 'inotify', ok: true, warning: true, found: `${found}, few for several nodes`, remedy }]
}

function inotifyLimits(): InotifyLimits | undefined {
  const limit = (name: string) => Number(readFileSync(`/proc/sys/fs/inotify/max_user_${name}`, 'utf8'))
  try {
    return { instances: limit('instances'), watches: limit('watches') }
  } catch {
    return undefined
  }
}

/**
 * Why a cluster could not be made: `error`, and where one of its machines, by their label, ran out of inotify, that
 * and what to do about it.
 */
export async function blameInotify(error: unknown, label: string): Promise<unknown> {
  const machines = await listContainers(label).catch(() => [])
  for (const { name, running } of machines) {
    const complaint = complaintIn(await whatItSaid(name, running))
    if (complaint !== undefined) return outOfInotify(error, name, complaint)
  }
  return error
}

/** Its console, where systemd says why it does not come up, and its journal. */
async function whatItSaid(container: string, running: boolean): Promise<string> {
  const commands = [
    ['logs', '--tail', '200', container],
    ...(running ? [['exec', container, 'journalctl', '--quiet', '--no-pager', '--lines', '1000']] : []),
  ]
  const said = await Promise.all(
    commands.map((command) => docker(command, { timeoutMs: 20_000 }).catch(() => undefined)),
  )
  return said.map((one) => (one ? `${one.stdout}\n${one.stderr}` : '')).join('\n')
}

/** The first line that shows it. */
export function complaintIn(said: string): string | undefined {
  const found = said.split('\n').find((line) => /too many open files|inotify.*no space left/i.test(line))
  return found?.trim()
}

export function outOfInotify(error: unknown, machine: string, complaint: string): GaplessError {
  const { code = 'setup-failed', command } = isGaplessError(error) ? error : {}
  return new GaplessError(`${messageOf(error)}\n${machine} says: ${complaint}`, {
    code,
    cause: error,
    hint: `Let nodes have more of inotify: ${remedy}`,
    ...(command !== undefined && { command }),
  })
}
