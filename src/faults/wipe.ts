import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { type Action } from '../scenario/timeline.js'
import { type Pod } from '../testbed/contract.js'
import { describeHeld, evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { currentLog, removeLog, rotatedLogs } from './log-files.js'

/**
 * The disk of a node is empty, as that of a node that replaces it: what the forwarder keeps in hostPath volumes and
 * the applications' container logs, rotated ones too. The applications themselves go on writing, into new files.
 * Proven by what was there and is not. Fluentd's own logs are kept, as they explain a run.
 */
export const wipe: FaultDefinition = {
  fault: 'wipe',
  needs: ['node-files', 'rotate-logs'],
  targets: ['node'],
  momentary: true,
  async inject(spec, context) {
    if (spec.target.role !== 'node') throw new TypeError('only the disk of a node can be wiped')
    const { node } = spec.target
    const target = { role: 'forwarder', node } as const
    const forwarder = context.pod(target)
    const status = await forwarder.status()
    const down = evidence(
      context,
      `the forwarder on ${node} was down: it has no file open that is wiped under it`,
      status.state !== 'running',
      { container: status },
    )
    const onHostPath = forwarder.spec.volumes.some(
      ({ name, source }) => name === 'state' && source.type === 'hostPath',
    )
    const state = context.stateDirectory(target)
    if (onHostPath) await context.keepState(target, 'was wiped')
    const shown = onHostPath ? [await emptied(context, state, "the forwarder's hostPath state")] : []
    return { evidence: [down, ...shown, await logsWiped(context, node)] }
  },
}

async function emptied(context: FaultContext, directory: string, what: string) {
  const before = await context.heldBelow(directory)
  for (const name of await readdir(directory).catch(() => [])) {
    await rm(path.join(directory, name), { recursive: true, force: true })
  }
  const after = await context.heldBelow(directory)
  const gone = `${what}: ${describeHeld(before)} were there and are gone`
  return evidence(context, gone, before.files > 0 && after.files === 0, { before, after })
}

/** The writer of each gets a new file first, as it would on a new node: what it writes from then on is not wiped. */
async function logsWiped(context: FaultContext, node: string) {
  const apps = context.apps(node)
  const there = await Promise.all(
    apps.map(async (pod) => [...(await rotatedLogs(context, pod)), await currentLog(context, pod)]),
  )
  const before = await context.heldIn(there.flat())
  const files: { readonly pod: Pod; readonly file: string }[] = []
  for (const pod of apps) {
    const running = (await pod.status()).state === 'running'
    if (running) await context.cluster.rotateLogs(pod)
    const wiped = [...(await rotatedLogs(context, pod)), ...(running ? [] : [await currentLog(context, pod)])]
    files.push(...wiped.map((file) => ({ pod, file })))
  }
  for (const { pod, file } of files) await removeLog(context, pod, file, 'was wiped')
  const what = `container logs on ${node}: ${describeHeld(before)} were there and are gone`
  return evidence(context, what, before.files > 0 && !files.some(({ file }) => existsSync(file)), { before })
}

/** What a scenario says. */
export const wipeActions = (node: string) => ({
  /**
   * Empties the node's disk, as far as the pipeline lives on it. Stop or delete the forwarder before: a process that
   * runs on would keep its files open.
   */
  wipeDisk: (): Action => ({
    type: 'inject',
    spec: {
      fault: 'wipe',
      target: { role: 'node', node },
      description: `wipe the disk of ${node}`,
      parameters: {},
    },
  }),
})
