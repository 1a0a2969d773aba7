import { rename } from 'node:fs/promises'
import path from 'node:path'
import { type Pod } from '../testbed/contract.js'
import { describeHeld, evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { appsOf, currentLog, inodeOf, nameForRotated, newCurrentFile } from './log-files.js'
import { appAction } from './rotate-logs.js'

/**
 * Somebody else renames the current log file. Its writer does not know: it goes on writing to the file under its new
 * name until it notices, about a second later, and only then is there a file under the old name again.
 */
export const moveLogs: FaultDefinition = {
  fault: 'move-logs',
  needs: ['node-files'],
  targets: ['app'],
  momentary: true,
  async inject(spec, context) {
    const pods = await appsOf(context, spec.target)
    return { evidence: await Promise.all(pods.map((pod) => move(pod, context))) }
  },
}

async function move(pod: Pod, context: FaultContext) {
  const file = await currentLog(context, pod)
  const inode = await inodeOf(file)
  const to = await nameForRotated(context, pod)
  const fromMs = context.nowMs()
  await rename(file, to)
  const fresh = await newCurrentFile(context, pod, inode)
  const goneMs = context.nowMs() - fromMs
  const held = await context.heldIn([to])
  return evidence(
    context,
    `${pod.spec.name}: ${path.basename(file)} was moved away with ${describeHeld(held)}, and was there again ${String(goneMs)} ms later`,
    fresh && (await inodeOf(to)) === inode,
    { inode, goneMs },
  )
}

/** What a scenario says. */
export const moveLogsActions = (node: string) => ({
  /** Moves the current container logs of the node's applications away; they are created again by their writer. */
  moveLogs: () => appAction('move-logs', node, `move the container logs on ${node} away`),
})
