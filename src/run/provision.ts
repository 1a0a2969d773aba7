import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { GaplessError } from '../errors.js'
import { k0sVersionsOf } from '../faults/cluster/k0s-worker.js'
import { mendCluster } from '../faults/cluster/mending.js'
import { aggregatorPodName, storageOf } from '../pipeline/aggregator.js'
import { markScratch } from '../processes/clean.js'
import { type FluentdProgram } from '../pipeline/fluentd-pod.js'
import { registerRun } from '../processes/registry.js'
import { type Plan } from '../scenario/plan.js'
import { sizeBytes } from '../scenario/size.js'
import { type Step } from '../scenario/timeline.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Cluster, type Instrument, type Instruments, type Testbed } from '../testbed/contract.js'
import { keepFluentds } from './keep-fluentds.js'
import { type RunListener } from './listener.js'
import { tendService } from './service.js'
import { type Recorder } from './recorder.js'
import { type Teardown } from './teardown.js'

export interface ProvisionOptions {
  readonly plan: Plan
  readonly steps: readonly Step[]
  readonly testbed: Testbed
  readonly fluentd: FluentdProgram
  readonly store: RunDirectory
  readonly run: Recorder
  readonly teardown: Teardown
  readonly signal: AbortSignal
  readonly listener: RunListener
}

export interface Provisioned extends Instruments {
  readonly cluster: Cluster
  /** For sockets, whose paths must be short; removed with the run. */
  readonly temporary: string
}

/** The testbed's nodes, the collector beside them, and the addresses by which everything finds each other. */
export async function provision(options: ProvisionOptions): Promise<Provisioned> {
  const { plan, steps, testbed, fluentd, store, run, teardown, signal, listener } = options
  const registry = registerRun({ runId: plan.id, directory: store.path })
  teardown.defer('taking the run out of the registry', (failures) => {
    // Else something may be left, which `gapless clean` finds by it.
    if (failures.length === 0) registry.remove()
  })
  const temporary = mkdtempSync(path.join(tmpdir(), 'gapless-'))
  markScratch(temporary, plan.id)
  registry.registerScratch(temporary)
  teardown.defer('removing the temporary directory', () => {
    rmSync(temporary, { recursive: true, force: true })
  })
  const storage = plan.aggregator ? storageOf(plan.knobs) : undefined
  const diskBytes = sizeBytes(plan.knobs['node.diskSize'])
  const cluster = await testbed.provision({
    runId: plan.id,
    directory: store.file('nodes'),
    nodes: plan.nodes,
    logPolicy: plan.containerLog,
    timings: plan.timings,
    ...(storage && { storage }),
    ...(diskBytes > 0 && { nodeDiskBytes: diskBytes }),
    ...(fluentd.image !== undefined && { images: [fluentd.image] }),
    k0sVersions: k0sVersionsOf(steps),
    signal,
    onProgress: (text) => listener.note?.(text, Date.now()),
  })
  if (cluster.versions) run.record({ type: 'versions', atMs: Date.now(), versions: cluster.versions })
  // They outlast the pods, which may have something to deliver while they are taken down.
  const started: Instrument[] = []
  teardown.defer('stopping the collector and the tap', async () => {
    await Promise.all(started.map((instrument) => instrument.stop()))
  })
  teardown.defer('removing the testbed', async () => {
    await cluster[Symbol.asyncDispose]()
  })
  teardown.defer('mending the cluster', async () => {
    const failures = await mendCluster(cluster)
    if (failures.length > 0) throw new GaplessError(failures.join('; '), { code: 'instrument' })
  })
  teardown.defer('taking the run out of the cluster', () => cluster.kubernetes?.removeRun())
  const ledgers = { collector: store.file('collector'), wire: store.file('wire') }
  mkdirSync(ledgers.collector, { recursive: true })
  if (plan.tap) mkdirSync(ledgers.wire, { recursive: true })
  const instruments = await cluster.startInstruments({
    runToken: plan.runToken,
    ledgers,
    aggregator: plan.aggregator,
    tap: plan.tap,
  })
  const { collector, tap, endpoints } = instruments
  started.push(collector, ...(tap ? [tap] : []))
  teardown.defer("keeping Fluentd's own logs", () => keepFluentds(store, cluster))
  run.record({ type: 'collector', atMs: Date.now(), bootId: collector.bootId, failure: null })
  cluster.events.on('event', (event) => {
    run.record({ type: 'testbed', atMs: event.atMs, event })
  })
  // A cluster has real ones.
  if (tap !== null && plan.knobs['forward.address'] === 'service' && !cluster.kubernetes) {
    tendService(cluster, aggregatorPodName, tap, (message) => {
      run.problem(message)
    })
  }
  return { cluster, collector, temporary, endpoints, tap }
}
