import path from 'node:path'
import { type Action, type FaultSpec } from '../scenario/timeline.js'
import { describeHeld, evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { appsOf, currentLog, inodeOf, newCurrentFile } from './log-files.js'
import { type Pod } from '../testbed/contract.js'

/**
 * Rotates the current log file now, as kubelet does when it has grown too large: renamed, a new one opened at once,
 * older ones compressed, those beyond containerLog.maxFiles removed.
 */
export const rotateLogs: FaultDefinition = {
  fault: 'rotate-logs',
  needs: ['rotate-logs', 'node-files'],
  targets: ['app'],
  momentary: true,
  async inject(spec, context) {
    const pods = await appsOf(context, spec.target)
    return { evidence: await Promise.all(pods.map((pod) => rotate(pod, context))) }
  },
}

async function rotate(pod: Pod, context: FaultContext) {
  const file = await currentLog(context, pod)
  const inode = await inodeOf(file)
  const before = await context.heldIn([file])
  await context.cluster.rotateLogs(pod)
  const fresh = await newCurrentFile(context, pod, inode)
  const what = `${pod.spec.name}: ${path.basename(file)} was rotated with ${describeHeld(before)}, and is a new file`
  return evidence(context, what, fresh, { inode })
}

/** What a scenario says. */
export const rotateLogsActions = (node: string) => ({
  /** Rotates the container logs of the node's applications now, as kubelet does. */
  rotateLogs: (): Action => appAction('rotate-logs', node, `rotate the container logs on ${node}`),
})

export function appAction(
  fault: string,
  node: string,
  description: string,
  parameters: FaultSpec['parameters'] = {},
): Action {
  return { type: 'inject', spec: { fault, target: { role: 'app', node }, description, parameters } }
}
