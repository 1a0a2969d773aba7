import { existsSync } from 'node:fs'
import { describeHeld, evidence, type FaultDefinition } from './fault.js'
import { appsOf, removeLog, rotatedLogs } from './log-files.js'
import { appAction } from './rotate-logs.js'

/** Removes what is rotated, as retention does, whether it was read or not. Proven by what was there and is not. */
export const removeRotatedLogs: FaultDefinition = {
  fault: 'remove-rotated-logs',
  needs: ['node-files'],
  targets: ['app'],
  momentary: true,
  async inject(spec, context) {
    const pods = await appsOf(context, spec.target)
    const ofPods = await Promise.all(
      pods.map(async (pod) => (await rotatedLogs(context, pod)).map((file) => ({ pod, file }))),
    )
    const files = ofPods.flat().map(({ file }) => file)
    const held = await context.heldIn(files)
    for (const { pod, file } of ofPods.flat()) await removeLog(context, pod, file, 'was removed')
    const what = `rotated logs: ${describeHeld(held)} were there and are gone`
    return { evidence: [evidence(context, what, files.length > 0 && !files.some(existsSync), { ...held })] }
  },
}

/** What a scenario says. */
export const removeRotatedLogsActions = (node: string) => ({
  /** Removes all rotated container logs of the node's applications. */
  removeRotatedLogs: () =>
    appAction('remove-rotated-logs', node, `remove the rotated container logs on ${node}`),
})
