import { createCollectorClient } from '../../collector/client.js'
import { readySchema } from '../../collector/config.js'
import { createWireClient } from '../../wire/client.js'
import { wireReadySchema } from '../../wire/config.js'
import { bundlePath } from '../../entry-point.js'
import type { Instruments, InstrumentsOptions } from '../contract.js'
import type { Endpoint, Endpoints } from '../endpoints.js'
import type { KubernetesApi } from './api.js'
import { labelKeys } from './labels.js'
import type { Manifest } from './objects.js'
import { listPath } from './paths.js'
import { ledgerPath, startProgramContainer, type ProgramContainer } from './program-container.js'
import { externalService, headlessService, nodePortService } from './services.js'

export interface InstrumentsPlace {
  readonly api: KubernetesApi
  readonly runId: string
  readonly namespace: string
  /** The Docker network that the nodes are on. */
  readonly network: string
  /** An address of a node that no fault hits, through which the tap reaches the aggregator. */
  readonly entryAddress: string
  /** What the API server calls the nodes, by the plan's names of them. */
  readonly kubernetesNames: Readonly<Record<string, string>>
  /** Of Node, which runs the programs. */
  readonly image: string
  /** Creates objects and writes them down. */
  readonly create: (name: string, objects: readonly Manifest[]) => Promise<void>
}

/** Of the StatefulSet or Deployment, and of the Service that names its pods. */
const aggregatorWorkload = 'fluentd-aggregator'

/** Inside of containers and pods, each of which has an address of its own. */
const ports = { data: 8080, control: 8081, forward: 24_224, monitor: 24_220, firstOfTap: 24_301 } as const

/**
 * Collector and tap as containers beside the nodes: no fault of the cluster hits them, and they outlive gapless.
 * Forwarders find what they send to by a Service of their node: with a tap it leads there, to a port that is this
 * node's, so that every forwarder has the same configuration and the tap still knows them apart.
 */
export async function startClusterInstruments(
  place: InstrumentsPlace,
  options: InstrumentsOptions,
): Promise<Instruments> {
  const collector = await startCollectorContainer(place, options)
  let tap: ProgramContainer<unknown> | undefined
  try {
    const services = { namespace: place.namespace, runId: place.runId, port: ports.forward }
    await place.create('fluentd-aggregator-service', [headlessService(aggregatorWorkload, services)])
    const toCollector = { host: collector.address, port: ports.forward }
    if (options.tap) {
      const aggregator = options.aggregator ? await openEntry(place) : toCollector
      tap = await startTapContainer(place, options, aggregator)
      for (const [index, kubernetesName] of Object.values(place.kubernetesNames).entries()) {
        const to = { address: tap.address, port: ports.firstOfTap + index }
        const name = `${aggregatorWorkload}-from-${kubernetesName}`
        await place.create(`service-${name}`, externalService({ ...services, name, to }))
      }
    }
    const direct = options.aggregator ? { host: aggregatorWorkload, port: ports.forward } : toCollector
    const forwardTo = options.tap
      ? { host: `${aggregatorWorkload}-from-$(NODE_NAME)`, port: ports.forward }
      : direct
    const client = createCollectorClient(onThisMachine(collector))
    return {
      collector: { ...client, ...instrument(collector), bootId: collector.ready.bootId },
      tap: tap ? { ...createWireClient(onThisMachine(tap)), ...instrument(tap) } : null,
      endpoints: endpointsOf(place, collector.address, forwardTo),
    }
  } catch (error) {
    await Promise.allSettled([collector.stop(), tap?.stop()])
    throw error
  }
}

function startCollectorContainer(place: InstrumentsPlace, options: InstrumentsOptions) {
  return startProgramContainer({
    ...containerOf('collector', place, options),
    ledger: options.ledgers.collector,
    controlPort: ports.control,
    ready: readySchema,
    config: {
      run: options.runToken,
      directory: ledgerPath,
      host: '0.0.0.0',
      dataPort: ports.data,
      controlPort: ports.control,
      forwardPort: options.aggregator ? null : ports.forward,
    },
  })
}

function startTapContainer(place: InstrumentsPlace, options: InstrumentsOptions, aggregator: Endpoint) {
  const nodes = Object.keys(place.kubernetesNames)
  return startProgramContainer({
    ...containerOf('wire', place, options),
    ledger: options.ledgers.wire,
    controlPort: ports.control,
    ready: wireReadySchema,
    config: {
      run: options.runToken,
      directory: ledgerPath,
      host: '0.0.0.0',
      ports: Object.fromEntries(nodes.map((node, index) => [node, ports.firstOfTap + index])),
      aggregator,
      // What a machine without power does not say, and Kubernetes takes 40 s to find out.
      silentAfterMs: 2_000,
      controlPort: ports.control,
    },
  })
}

const containerOf = (
  program: 'collector' | 'wire',
  place: InstrumentsPlace,
  { runToken }: InstrumentsOptions,
) => ({
  program: program === 'wire' ? 'tap' : program,
  name: `gapless-${program === 'wire' ? 'tap' : program}-${runToken}`,
  image: place.image,
  bundle: bundlePath(program),
  network: place.network,
  labels: { [labelKeys.run]: place.runId },
})

/** Where a node takes connections for the aggregator: only while it is ready, as with any Service. */
async function openEntry(place: InstrumentsPlace): Promise<Endpoint> {
  const { api, namespace, runId } = place
  const name = `${aggregatorWorkload}-entry`
  const settings = { name, namespace, runId, port: ports.forward }
  await place.create(`service-${name}`, [nodePortService(aggregatorWorkload, settings)])
  const { spec } = await api.get<{ spec: { ports: { nodePort: number }[] } }>(
    `${listPath('Service', namespace)}/${name}`,
  )
  const [entry] = spec.ports
  if (!entry) throw new TypeError(`Service ${name} has no port`)
  return { host: place.entryAddress, port: entry.nodePort }
}

function endpointsOf(place: InstrumentsPlace, collector: string, forwardTo: Endpoint): Endpoints {
  const everywhere = { host: '0.0.0.0', port: ports.monitor }
  const each = (endpoint: Endpoint) =>
    Object.fromEntries(Object.keys(place.kubernetesNames).map((node) => [node, endpoint]))
  return {
    aggregator: { host: '0.0.0.0', port: ports.forward },
    forwardTo: each(forwardTo),
    aggregatorMonitor: everywhere,
    forwarderMonitors: each(everywhere),
    collectorUrls: {
      forwarder: `http://${collector}:${String(ports.data)}/from/forwarder`,
      aggregator: `http://${collector}:${String(ports.data)}/from/aggregator`,
    },
    controlUrl: `http://${collector}:${String(ports.control)}`,
  }
}

const onThisMachine = ({ controlPort }: ProgramContainer<unknown>) =>
  `http://127.0.0.1:${String(controlPort)}`

const instrument = ({ stop, detach }: ProgramContainer<unknown>) => ({ stop, detach })
