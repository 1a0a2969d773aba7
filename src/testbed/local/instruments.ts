import { startCollector, type Collector } from '../../collector/start.js'
import { processRef } from '../../processes/identity.js'
import { runMark } from '../../processes/marks.js'
import type { RunRegistry } from '../../processes/registry.js'
import { startTap, type Tap } from '../../wire/start.js'
import type { Instruments, InstrumentsOptions } from '../contract.js'
import type { Endpoint, Endpoints } from '../endpoints.js'
import { freeEndpoints, loopbackAddress } from './addresses.js'

/** Collector and tap as processes of this machine, on a loopback address that no other run has. */
export async function startLocalInstruments(
  nodes: readonly string[],
  registry: RunRegistry,
  options: InstrumentsOptions,
): Promise<Instruments> {
  const host = loopbackAddress()
  const collector = await startCollector({
    run: options.runToken,
    directory: options.ledgers.collector,
    host,
    env: { [runMark]: registry.runId },
    // Where there is no aggregator, forwarders deliver to it themselves.
    forwardPort: options.aggregator ? null : 0,
  })
  try {
    register(registry, 'collector', collector.pid)
    const endpoints = await chooseEndpoints(host, nodes, collector, options)
    const tap = options.tap ? await startLocalTap(endpoints, registry, options) : null
    return { collector, tap, endpoints }
  } catch (error) {
    await collector.stop()
    throw error
  }
}

/** The tap, between what forwarders connect to and what would be there without it. */
async function startLocalTap(
  { aggregator, forwardTo }: Endpoints,
  registry: RunRegistry,
  { runToken, ledgers }: InstrumentsOptions,
): Promise<Tap> {
  const tap = await startTap({
    run: runToken,
    directory: ledgers.wire,
    host: aggregator.host,
    ports: Object.fromEntries(Object.entries(forwardTo).map(([node, { port }]) => [node, port])),
    aggregator,
    env: { [runMark]: registry.runId },
  })
  register(registry, 'tap', tap.pid)
  return tap
}

async function chooseEndpoints(
  host: string,
  nodes: readonly string[],
  collector: Collector,
  { tap }: InstrumentsOptions,
): Promise<Endpoints> {
  const [inForward, aggregatorMonitor, ...more] = await freeEndpoints(host, 2 + 2 * nodes.length)
  if (!inForward || !aggregatorMonitor) throw new TypeError('freeEndpoints gave too few')
  const { forwardPort } = collector
  const aggregator = forwardPort === null ? inForward : { host, port: forwardPort }
  const each = (endpointOf: (index: number) => Endpoint | undefined) =>
    Object.fromEntries(nodes.map((node, index) => [node, endpointOf(index) ?? aggregator]))
  return {
    aggregator,
    forwardTo: each((index) => (tap ? more[nodes.length + index] : aggregator)),
    aggregatorMonitor,
    forwarderMonitors: each((index) => more[index]),
    collectorUrls: {
      forwarder: `${collector.dataUrl}/from/forwarder`,
      aggregator: `${collector.dataUrl}/from/aggregator`,
    },
    controlUrl: collector.controlUrl,
  }
}

/** Another aggregator shares its address with the first one, and so must have ports of its own. */
export async function anotherAggregator(endpoints: Endpoints): Promise<Endpoints> {
  const [aggregator, aggregatorMonitor] = await freeEndpoints(endpoints.aggregator.host, 2)
  if (!aggregator || !aggregatorMonitor) throw new TypeError('freeEndpoints gave too few')
  return { ...endpoints, aggregator, aggregatorMonitor }
}

function register(registry: RunRegistry, role: string, pid: number): void {
  const ref = processRef(pid)
  if (ref) registry.registerProcess(role, ref)
}
