import { link, readlink, rename, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Pod } from '../testbed/contract.js'
import { describeDuration, durationMs, type Duration } from '../scenario/duration.js'
import { evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { appsOf, currentLog, inodeOf, logLink, newCurrentFile } from './log-files.js'
import { appAction } from './rotate-logs.js'

/**
 * The symlink that the forwarder follows leads to the old log file for a while after a new one was begun, and is then
 * pointed at the new one, without a moment in which it leads nowhere. Proven by the files that it leads to.
 */
export const repointLogLinks: FaultDefinition = {
  fault: 'repoint-log-links',
  needs: ['node-files', 'rotate-logs'],
  targets: ['app'],
  momentary: true,
  async inject(spec, context) {
    const pods = await appsOf(context, spec.target)
    const lateMs = durationMs(String(spec.parameters.late))
    return { evidence: await Promise.all(pods.map((pod) => repoint(pod, lateMs, context))) }
  },
}

async function repoint(pod: Pod, lateMs: number, context: FaultContext) {
  const file = await currentLog(context, pod)
  const symbolic = await logLink(context, pod)
  const target = await readlink(symbolic)
  const old = await inodeOf(file)
  const aside = file.replace(/\.log$/, '.former')
  // Another name for the old file, one that the node's own rotation does not touch.
  await link(file, aside)
  await pointAt(symbolic, path.join(path.dirname(target), path.basename(aside)))
  await context.cluster.rotateLogs(pod)
  const begun = await newCurrentFile(context, pod, old)
  await sleep(lateMs, undefined, { signal: context.signal })
  const before = await inodeOf(symbolic)
  await pointAt(symbolic, target)
  const after = await inodeOf(symbolic)
  await rm(aside)
  const what = `${pod.spec.name}: its link led to the old file (inode ${String(before)}) for ${describeDuration(lateMs)} after a new one was begun, and leads to the new one now (inode ${String(after)})`
  return evidence(context, what, begun && before === old && after !== old, { before, after })
}

async function pointAt(symbolic: string, target: string): Promise<void> {
  const temporary = `${symbolic}.new`
  await symlink(target, temporary)
  await rename(temporary, symbolic)
}

/** What a scenario says. */
export const repointLogLinksActions = (node: string) => ({
  /** The links in /var/log/containers are pointed at the new log files so long after those were begun. */
  repointLogLinks: ({ late = '0s' }: { readonly late?: Duration } = {}) =>
    appAction('repoint-log-links', node, `point the log links on ${node} at new files, ${late} late`, {
      late,
    }),
})
