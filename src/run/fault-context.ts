import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { RangeSet } from '../account/range-set.js'
import { type CollectorClient } from '../collector/client.js'
import { filesOf } from '../custody/files.js'
import { type Keeper } from '../custody/keeper.js'
import { scanFile, type FoundRanges } from '../custody/scan-file.js'
import { type FaultContext } from '../faults/fault.js'
import { bufferPath, statePath } from '../pipeline/buffer.js'
import { configPath } from '../pipeline/fluentd-pod.js'
import { type Knobs } from '../scenario/knobs.js'
import { fluentdsMeant, type Plan } from '../scenario/plan.js'
import { type FluentdTarget } from '../scenario/target.js'
import { type Cluster } from '../testbed/contract.js'
import { type Endpoints } from '../testbed/endpoints.js'
import { thisMachine } from '../testbed/this-machine.js'
import { type WireClient } from '../wire/client.js'
import { type Deployment } from './deploy.js'
import { type Observer } from './observer.js'

export interface FaultContextParts {
  readonly plan: Plan
  readonly cluster: Cluster
  readonly collector: CollectorClient
  readonly wire: WireClient | null
  readonly endpoints: Endpoints
  readonly observer: Observer
  readonly deployment: Deployment
  readonly keeper: Keeper
  /** The text of Fluentd's configuration file with these knobs; `${ROOT}` stands for the container's root. */
  readonly configOf: (target: FluentdTarget, knobs: Knobs) => string
  readonly signal: AbortSignal
}

/** What faults may touch and look at, of one run. */
export function createFaultContext(parts: FaultContextParts): FaultContext {
  const { plan, cluster, collector, wire, endpoints, observer, deployment, keeper, signal } = parts
  const { podOf, apps } = deployment
  const heldIn = async (files: readonly string[]) => {
    const found: FoundRanges = new Map()
    let bytes = 0
    for (const file of files) {
      bytes += (await stat(file).catch(() => undefined))?.size ?? 0
      await scanFile(plan.runToken, file, Infinity, found)
    }
    return { files: files.length, bytes, lines: distinctLines(found) }
  }
  const heldBelow = async (directory: string) =>
    heldIn((await thisMachine.list(directory)).map((file) => file.path))
  const heldByPod = async (target: FluentdTarget, mountPath: string) => {
    const { disk, list } = filesOf(podOf(target), cluster)
    const scratch = await mkdtemp(path.join(tmpdir(), 'gapless-held-'))
    try {
      const found = await list(mountPath)
      await disk.copy(
        found.map((file, index) => ({ from: file.path, to: path.join(scratch, String(index)) })),
      )
      return await heldBelow(scratch)
    } finally {
      await rm(scratch, { recursive: true })
    }
  }
  return {
    cluster,
    collector,
    wire,
    endpoints,
    fluentds: (target) => fluentdsMeant(target, plan),
    pod: podOf,
    changeConfig: async (target, knobs) => {
      const file = podOf(target).resolve(configPath)
      const before = await readFile(file, 'utf8')
      const root = file.slice(0, -configPath.length)
      const after = parts.configOf(target, { ...plan.knobs, ...knobs }).replaceAll('${ROOT}', () => root)
      await writeFile(file, after)
      return { before, after }
    },
    secondAggregator: deployment.secondAggregator,
    apps: (node) => apps.filter((pod) => pod.spec.node === node),
    heldIn,
    heldBelow,
    keepLog: keeper.keepLog,
    keepState: keeper.keepState,
    keepVolume: keeper.keepVolume,
    stateDirectory: (target) => podOf(target).resolve(statePath),
    linesInBufferFiles: async (target) => {
      if (plan.knobs[`${target.role}.buffer`] === 'memory') return null
      return (await heldByPod(target, bufferPath)).lines
    },
    bufferedBytes: async (target) => (await observer.buffer(target))?.bytes ?? null,
    state: () => observer.state(),
    nowMs: () => Date.now(),
    signal,
  }
}

function distinctLines(found: FoundRanges): number {
  return [...found.values()].reduce((lines, ranges) => {
    const distinct = new RangeSet()
    for (const [first, last] of ranges) distinct.add(first, last)
    return lines + distinct.count
  }, 0)
}
