import { type Knobs } from '../scenario/knobs.js'
import { durationMs } from '../scenario/duration.js'
import { type PodSpec } from '../testbed/contract.js'
import { aggregatorName } from './aggregator.js'
import { appLogPath } from './app.js'
import {
  appPositionPath,
  bufferDirectives,
  fluentdSeconds,
  positionPath,
  sizeLimit,
  statePath,
} from './buffer.js'
import { commonDirectives, toldMonitor } from './common-config.js'
import { type Endpoint, type Endpoints } from '../testbed/endpoints.js'
import { fluentdPod, type FluentdProgram } from './fluentd-pod.js'
import { fromEnvironment, literal, renderConfig, type Directive } from './fluentd-config.js'

/** The timestamp, stream, partial/full tag and text that a container runtime writes per line. */
const criExpression = '/^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$/'

/**
 * Configuration of a forwarder: in_tail of the node's container logs, out_forward to the aggregator. The same on
 * every node, as a DaemonSet's must be: addresses come from the environment.
 */
export function forwarderConfig(knobs: Knobs): string {
  return renderConfig([...commonDirectives(toldMonitor), ...tails(knobs), forward(knobs)])
}

/** The logs of containers, and of applications that write files themselves, if they do. */
function tails(knobs: Knobs): Directive[] {
  const containers = tail(knobs, {
    id: 'container_logs',
    path: 'var/log/containers/*.log',
    exclude: '["var/log/containers/fluentd-*.log"]',
    positions: positionPath,
    parse: { '@type': 'regexp', expression: criExpression, time_format: '%Y-%m-%dT%H:%M:%S.%N%z' },
  })
  const apps = tail(knobs, {
    id: 'app_logs',
    path: `${appLogPath.slice(1)}/*.log`,
    positions: appPositionPath,
    parse: { '@type': 'none' },
  })
  return knobs['app.logsTo'] === 'hostPath' ? [containers, apps] : [containers]
}

interface Tailed {
  readonly id: string
  readonly path: string
  readonly exclude?: string
  readonly positions: string
  readonly parse: NonNullable<Directive['parameters']>
}

function tail(knobs: Knobs, { id, path, exclude, positions, parse }: Tailed): Directive {
  const limit = knobs['forwarder.readBytesLimitPerSecond']
  return {
    name: 'source',
    parameters: {
      '@type': 'tail',
      '@id': id,
      // Relative to the container's root, where its processes start: no character of the host's path can be
      // taken for a pattern, and tags are those of a real node.
      path,
      exclude_path: exclude,
      pos_file: knobs['forwarder.posFile'] ? literal(`\${ROOT}${positions}`) : undefined,
      tag: 'kubernetes.*',
      read_from_head: knobs['forwarder.readFromHead'],
      refresh_interval: fluentdSeconds(knobs['forwarder.refreshInterval']),
      rotate_wait: fluentdSeconds(knobs['forwarder.rotateWait']),
      follow_inodes: knobs['forwarder.followInodes'] || undefined,
      read_bytes_limit_per_second: limit === '0' ? undefined : limit,
    },
    directives: [{ name: 'parse', parameters: parse }],
  }
}

function destinationOf(node: string, { forwardTo }: Endpoints): Endpoint {
  const endpoint = forwardTo[node]
  if (!endpoint) throw new TypeError(`nowhere to forward to from ${node}`)
  return endpoint
}

function forward(knobs: Knobs): Directive {
  const ack = knobs['forward.requireAck']
  return {
    name: 'match',
    argument: 'kubernetes.**',
    parameters: {
      '@type': 'forward',
      '@id': 'to_aggregator',
      require_ack_response: ack,
      ack_response_timeout: ack ? fluentdSeconds(knobs['forward.ackResponseTimeout']) : undefined,
      heartbeat_type: knobs['forward.heartbeat'],
      recover_wait: fluentdSeconds(knobs['forward.recoverWait']),
      keepalive: knobs['forward.keepalive'] || undefined,
      compress: knobs['forward.compress'],
      ignore_network_errors_at_startup: knobs['forward.ignoreNetworkErrorsAtStartup'] || undefined,
    },
    directives: [
      {
        name: 'server',
        parameters: {
          name: 'aggregator',
          host: fromEnvironment('AGGREGATOR_HOST'),
          port: fromEnvironment('AGGREGATOR_PORT'),
        },
      },
      ...bufferDirectives('forwarder', knobs),
    ],
  }
}

/** The forwarder of one node, as the DaemonSet's pod there. */
export function forwarderPod(
  knobs: Knobs,
  node: string,
  endpoints: Endpoints,
  program: FluentdProgram,
): PodSpec {
  const to = destinationOf(node, endpoints)
  const monitor = endpoints.forwarderMonitors[node]
  if (!monitor) throw new TypeError(`no monitor endpoint for ${node}`)
  const byName = knobs['forward.address'] === 'name'
  const pod = fluentdPod({
    role: 'forwarder',
    name: `fluentd-forwarder-${node}`,
    node,
    config: forwarderConfig(knobs),
    program,
    knobs,
    env: {
      AGGREGATOR_HOST: byName ? aggregatorName : to.host,
      AGGREGATOR_PORT: String(to.port),
      COLLECTOR_URL: endpoints.collectorUrls.forwarder,
      MONITOR_HOST: monitor.host,
      MONITOR_PORT: String(monitor.port),
    },
    volumes: [
      { name: 'varlog', mountPath: '/var/log', source: { type: 'hostPath', path: '/var/log' } },
      {
        name: 'state',
        ...sizeLimit('forwarder', knobs),
        mountPath: statePath,
        source:
          knobs['forwarder.stateVolume'] === 'hostPath'
            ? { type: 'hostPath', path: '/var/lib/fluentd' }
            : { type: 'emptyDir' },
      },
    ],
    terminationGracePeriodSeconds: durationMs(knobs['forwarder.terminationGracePeriod']) / 1000,
  })
  return byName ? { ...pod, resolvesNames: true } : pod
}
