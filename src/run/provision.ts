import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startCollector, type Collector } from '../collector/start.js'
import { freeEndpoints, loopbackAddress } from '../pipeline/addresses.js'
import { type Endpoint, type Endpoints } from '../pipeline/endpoints.js'
import { markScratch } from '../processes/clean.js'
import { processRef } from '../processes/identity.js'
import { runMark } from '../processes/marks.js'
import { registerRun, type RunRegistry } from '../processes/registry.js'
import { type Plan } from '../scenario/plan.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Cluster, type Testbed } from '../testbed/contract.js'
import { startTap, type Tap } from '../wire/start.js'
import { keepFluentds } from './keep-fluentds.js'
import { type Recorder } from './recorder.js'
import { type Teardown } from './teardown.js'

export interface ProvisionOptions {
  readonly plan: Plan
  readonly testbed: Testbed
  readonly store: RunDirectory
  readonly run: Recorder
  readonly teardown: Teardown
  readonly signal: AbortSignal
}

export interface Provisioned {
  readonly cluster: Cluster
  readonly collector: Collector
  readonly endpoints: Endpoints
  /** null: the scenario goes without it. */
  readonly tap: Tap | null
  /** For sockets, whose paths must be short; removed with the run. */
  readonly temporary: string
}

/** The testbed's nodes, the collector beside them, and the addresses by which everything finds each other. */
export async function provision(options: ProvisionOptions): Promise<Provisioned> {
  const { plan, testbed, store, run, teardown, signal } = options
  const registry = registerRun({ runId: plan.id, directory: store.path })
  teardown.defer('taking the run out of the registry', () => {
    registry.remove()
  })
  const env = { [runMark]: plan.id }
  const temporary = mkdtempSync(path.join(tmpdir(), 'gapless-'))
  markScratch(temporary, plan.id)
  registry.registerScratch(temporary)
  teardown.defer('removing the temporary directory', () => {
    rmSync(temporary, { recursive: true, force: true })
  })
  const host = loopbackAddress()
  mkdirSync(store.file('collector'), { recursive: true })
  // It outlasts the pods, which may have something to deliver while they are taken down.
  let tap: Tap | null = null
  teardown.defer('stopping the tap', () => tap?.stop())
  const starting = [
    startCollector({
      run: plan.runToken,
      directory: store.file('collector'),
      host,
      env,
      // Where there is no aggregator, forwarders deliver to it themselves.
      forwardPort: plan.aggregator ? null : 0,
    }).then((started) => {
      const collectorProcess = processRef(started.pid)
      if (collectorProcess) registry.registerProcess('collector', collectorProcess)
      teardown.defer('stopping the collector', () => started.stop())
      return started
    }),
    testbed
      .provision({
        runId: plan.id,
        directory: store.file('nodes'),
        nodes: plan.nodes,
        logPolicy: plan.containerLog,
        signal,
      })
      .then((made) => {
        teardown.defer('removing the testbed', async () => {
          await made[Symbol.asyncDispose]()
        })
        return made
      }),
  ] as const
  // One that comes up while the other fails must have said how it ends before anything is taken down.
  await Promise.allSettled(starting)
  const [collector, cluster] = await Promise.all(starting)
  teardown.defer("keeping Fluentd's own logs", () => keepFluentds(store, cluster))
  run.record({ type: 'collector', atMs: Date.now(), bootId: collector.bootId, failure: null })
  cluster.events.on('event', (event) => {
    run.record({ type: 'testbed', atMs: event.atMs, event })
  })
  const endpoints = await chooseEndpoints(host, plan, collector)
  if (plan.tap) tap = await provideTap(options, endpoints, registry)
  return { cluster, collector, temporary, endpoints, tap }
}

/** The tap, between what forwarders connect to and what would be there without it. */
async function provideTap(
  { plan, store }: ProvisionOptions,
  { aggregator, forwardTo }: Endpoints,
  registry: RunRegistry,
): Promise<Tap> {
  mkdirSync(store.file('wire'), { recursive: true })
  const tap = await startTap({
    run: plan.runToken,
    directory: store.file('wire'),
    host: aggregator.host,
    ports: Object.fromEntries(Object.entries(forwardTo).map(([node, { port }]) => [node, port])),
    aggregator,
    env: { [runMark]: plan.id },
  })
  const tapProcess = processRef(tap.pid)
  if (tapProcess) registry.registerProcess('tap', tapProcess)
  return tap
}

async function chooseEndpoints(host: string, plan: Plan, collector: Collector): Promise<Endpoints> {
  const [inForward, aggregatorMonitor, ...more] = await freeEndpoints(host, 2 + 2 * plan.nodes.length)
  if (!inForward || !aggregatorMonitor) throw new TypeError('freeEndpoints gave too few')
  const { forwardPort } = collector
  const aggregator = forwardPort === null ? inForward : { host, port: forwardPort }
  const each = (endpointOf: (index: number) => Endpoint | undefined) =>
    Object.fromEntries(plan.nodes.map((node, index) => [node, endpointOf(index) ?? aggregator]))
  return {
    aggregator,
    forwardTo: each((index) => (plan.tap ? more[plan.nodes.length + index] : aggregator)),
    aggregatorMonitor,
    forwarderMonitors: each((index) => more[index]),
    collectorUrl: `${collector.dataUrl}/from/aggregator`,
    controlUrl: collector.controlUrl,
  }
}
