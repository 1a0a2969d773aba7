import type { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { entryPoint } from '../../entry-point.js'
import { GaplessError } from '../../errors.js'
import { endContainers, markFile } from '../../processes/clean.js'
import type { RunRegistry } from '../../processes/registry.js'
import type { Cluster, Pod, PodSpec, TestbedEvents } from '../contract.js'
import { claimLocks } from './claims.js'
import { thisMachine } from '../this-machine.js'
import { anotherAggregator, startLocalInstruments } from './instruments.js'
import { namesPath } from './layout.js'
import { nameFile } from './names.js'
import { localPod, type LocalPod } from './pod.js'
import type { Supervisor } from './supervisor.js'

export interface ClusterParts {
  readonly directory: string
  readonly events: EventEmitter<TestbedEvents>
  readonly supervisors: readonly Supervisor[]
  readonly registry: RunRegistry
  /** Called last, when everything is gone. */
  readonly onDisposed: () => void
}

export function localCluster({
  directory,
  events,
  supervisors,
  registry,
  onDisposed,
}: ClusterParts): Cluster {
  const claims = claimLocks((event) => events.emit('event', event))
  const names = nameFile(namesPath(directory))
  const pods = new Map<string, LocalPod>()
  let over = false

  function supervisorOf(node: string): Supervisor {
    const found = supervisors.find((supervisor) => supervisor.node === node)
    if (found) return found
    throw new GaplessError(
      `There is no node ${node}; there is ${supervisors.map((s) => s.node).join(', ')}`,
      {
        code: 'usage',
      },
    )
  }

  async function createPod(spec: PodSpec): Promise<Pod> {
    if (pods.has(spec.name)) {
      throw new GaplessError(`There is a pod ${spec.name} already`, {
        code: 'usage',
        hint: 'A pod that was deleted is created again by its recreate().',
      })
    }
    const pod = localPod(spec, { directory, claims, names, supervisorOf })
    pods.set(spec.name, pod)
    try {
      await pod.create()
    } catch (error) {
      pods.delete(spec.name)
      throw error
    }
    return pod
  }

  async function rotateLogs(pod: Pod): Promise<void> {
    await pods.get(pod.spec.name)?.rotateLogs()
  }

  async function detach(): Promise<void> {
    registry.markDetached()
    await Promise.all(supervisors.map((supervisor) => supervisor.detach()))
    over = true
  }

  async function dispose(): Promise<void> {
    if (over) return
    over = true
    await Promise.all(supervisors.map((supervisor) => supervisor.stop()))
    await removeCluster(directory, supervisors, registry)
    onDisposed()
  }

  const nodeRoot = (node: string) => join(directory, supervisorOf(node).node)
  const nodes = supervisors.map((supervisor) => supervisor.node)
  return {
    nodes,
    events,
    emitter: { command: [process.execPath, entryPoint('workload/main')], files: {} },
    startInstruments: (options) => startLocalInstruments(nodes, registry, options),
    anotherAggregator,
    deploy: (workload) => Promise.all(workload.pods.map(createPod)),
    createPod,
    files: () => thisMachine,
    pods: () => [...pods.values()].filter((pod) => pod.exists()),
    nodeRoot,
    nodePath: (node, path) => join(nodeRoot(node), path),
    rotateLogs,
    detach,
    [Symbol.asyncDispose]: dispose,
  }
}

/** Ends containers whose supervisor was killed before it could, and removes what the testbed made. */
export async function removeCluster(
  directory: string,
  supervisors: readonly Supervisor[],
  registry: RunRegistry,
): Promise<void> {
  await endContainers(registry.runId)
  const made = ['volumes', 'former-logs', 'removed', 'hosts', markFile]
  for (const { node } of supervisors) made.push(node, `${node}-supervisor.log`)
  for (const name of made) await rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 })
  if (existsSync(directory) && (await readdir(directory)).length === 0)
    await rm(directory, { recursive: true })
}
