import { readdir, readlink, realpath, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { GaplessError } from '../errors.js'
import { type Target } from '../scenario/target.js'
import { type Pod } from '../testbed/contract.js'
import { comesTrue } from './looking.js'
import { type FaultContext } from './fault.js'

/** A container's log files on its node, where every Kubernetes has them. */

/** The directory with the current file and the rotated ones of a pod's container. */
async function logDirectory(context: FaultContext, { spec }: Pod): Promise<string> {
  const pods = path.join(context.cluster.nodeRoot(spec.node), 'var/log/pods')
  const found = (await readdir(pods)).find((name) => name.startsWith(`${spec.namespace}_${spec.name}_`))
  if (found !== undefined) return path.join(pods, found, spec.container)
  throw new GaplessError(`pod ${spec.name} has no log directory on ${spec.node}`, { code: 'instrument' })
}

async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => !name.endsWith('.tmp')).sort()
}

/** `<restart count>.log`, the newest one. */
export async function currentLog(context: FaultContext, pod: Pod): Promise<string> {
  const directory = await logDirectory(context, pod)
  const names = (await namesIn(directory)).filter((name) => /^\d+\.log$/.test(name))
  const newest = names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(-1)
  return path.join(directory, newest ?? '0.log')
}

/** Everything else: rotated, compressed, moved away; the oldest first. */
export async function rotatedLogs(context: FaultContext, pod: Pod): Promise<string[]> {
  const current = path.basename(await currentLog(context, pod))
  const directory = await logDirectory(context, pod)
  return (await namesIn(directory))
    .filter((name) => name !== current)
    .map((name) => path.join(directory, name))
}

/** The symlink in /var/log/containers by which log collectors find the current file. */
export async function logLink(context: FaultContext, pod: Pod): Promise<string> {
  const { spec } = pod
  const directory = path.join(context.cluster.nodeRoot(spec.node), 'var/log/containers')
  const current = await currentLog(context, pod)
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${spec.name}_${spec.namespace}_${spec.container}-`)) continue
    const link = path.join(directory, name)
    const target = path.resolve(directory, await readlink(link))
    if (target === current || (await realpath(link).catch(() => '')) === (await realpath(current)))
      return link
  }
  throw new GaplessError(`no link in ${directory} leads to ${current}`, { code: 'instrument' })
}

/** A name as the node's own rotation would give it, and that no file of the pod has yet. */
export async function nameForRotated(context: FaultContext, pod: Pod): Promise<string> {
  const current = await currentLog(context, pod)
  const taken = new Set((await rotatedLogs(context, pod)).map((file) => file.replace(/\.gz$/, '')))
  for (let atMs = context.nowMs(); ; atMs += 1000) {
    const digits = new Date(atMs).toISOString().replaceAll(/[-:]/g, '')
    const name = `${current}.${digits.slice(0, 8)}-${digits.slice(9, 15)}`
    if (!taken.has(name)) return name
  }
}

export async function inodeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.ino
}

/** Whether the container's runtime writes to another file than that of this inode, waited for. */
export async function newCurrentFile(
  context: FaultContext,
  pod: Pod,
  inode: number | undefined,
): Promise<boolean> {
  return comesTrue(context, 30_000, async () => {
    const now = await inodeOf(await currentLog(context, pod))
    return now !== undefined && now !== inode
  })
}

/** The running applications that a log fault is about. Throws where there is none. */
export async function appsOf(context: FaultContext, target: Target): Promise<readonly Pod[]> {
  if (target.role !== 'app') throw new TypeError('log files are those of applications')
  const pods = context.apps(target.node)
  const states = await Promise.all(pods.map((pod) => pod.status()))
  const running = pods.filter((_, index) => states[index]?.state === 'running')
  if (running.length > 0) return running
  throw new GaplessError(`no application runs on ${target.node}`, { code: 'scenario-invalid' })
}

/** Removes a log file, of which a copy is kept as evidence. */
export async function removeLog(context: FaultContext, pod: Pod, file: string, how: string): Promise<void> {
  const kept = await context.keepLog(pod, file, how)
  await rm(file, { force: true })
  recordRemoval(context, pod, file, kept)
}

/**
 * Tells the run what it tells of retention too: without a copy of all that was in it, lines that are in no file now may
 * have been in this one.
 */
export function recordRemoval(context: FaultContext, { spec }: Pod, file: string, kept?: string): void {
  const { name: pod, node } = spec
  const atMs = context.nowMs()
  const event = { type: 'log-removed' as const, atMs, pod, node, file, ...(kept !== undefined && { kept }) }
  context.cluster.events.emit('event', event)
}
