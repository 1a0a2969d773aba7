import { copyFile, stat, truncate } from 'node:fs/promises'
import path from 'node:path'
import { type Pod } from '../testbed/contract.js'
import { evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { appsOf, currentLog, inodeOf, nameForRotated, recordRemoval } from './log-files.js'
import { appAction } from './rotate-logs.js'

/**
 * Cuts the current log file to nothing while it is written to, as logrotate's copytruncate does: the same file goes
 * on from its beginning. Lines that are written between the copy and the cut are in neither.
 */
export const truncateLogs: FaultDefinition = {
  fault: 'truncate-logs',
  needs: ['node-files'],
  targets: ['app'],
  momentary: true,
  async inject(spec, context) {
    const pods = await appsOf(context, spec.target)
    const copy = spec.parameters.copy === true
    return { evidence: await Promise.all(pods.map((pod) => cut(pod, copy, context))) }
  },
}

async function cut(pod: Pod, copy: boolean, context: FaultContext) {
  const file = await currentLog(context, pod)
  const inode = await inodeOf(file)
  const aside = await nameForRotated(context, pod)
  if (copy) await copyFile(file, aside)
  await context.keepLog(pod, file, 'was cut off')
  const before = (await stat(file)).size
  await truncate(file, 0)
  // What was written since it was kept is in no file now.
  recordRemoval(context, pod, file)
  const after = (await stat(file)).size
  const copied = copy ? `, ${(await stat(aside)).size.toLocaleString('en')} bytes having been copied` : ''
  return evidence(
    context,
    `${pod.spec.name}: ${path.basename(file)} was cut from ${before.toLocaleString('en')} to ${after.toLocaleString('en')} bytes${copied}`,
    before > 0 && after < before && (await inodeOf(file)) === inode,
    { before, after, inode },
  )
}

/** What a scenario says. */
export const truncateLogsActions = (node: string) => ({
  /** Truncates the container logs of the node's applications while they write, with a copy made before or without. */
  truncateLogs: ({ copy = true }: { readonly copy?: boolean } = {}) =>
    appAction('truncate-logs', node, `${copy ? 'copy and ' : ''}truncate the container logs on ${node}`, {
      copy,
    }),
})
