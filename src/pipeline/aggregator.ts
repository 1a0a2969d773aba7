import { type Knobs } from '../scenario/knobs.js'
import { durationMs } from '../scenario/duration.js'
import { type PodSpec, type Storage, type VolumeSource } from '../testbed/contract.js'
import { bufferDirectives, fluentdSeconds, sizeLimit, statePath } from './buffer.js'
import { commonDirectives } from './common-config.js'
import { type Endpoints } from '../testbed/endpoints.js'
import { fluentdPod, type FluentdProgram } from './fluentd-pod.js'
import { renderConfig } from './fluentd-config.js'

/** Of the StatefulSet or Deployment. */
export const aggregatorWorkload = 'fluentd-aggregator'
export const aggregatorPodName = `${aggregatorWorkload}-0`
/** What its pod is called in the cluster, as long as it exists. */
export const aggregatorName = `${aggregatorPodName}.logging`

/** Configuration of the aggregator: in_forward, out_http to the destination. */
export function aggregatorConfig(knobs: Knobs, endpoints: Endpoints): string {
  return renderConfig([
    ...commonDirectives(endpoints.aggregatorMonitor),
    {
      name: 'source',
      parameters: { '@type': 'forward', bind: endpoints.aggregator.host, port: endpoints.aggregator.port },
    },
    {
      name: 'match',
      argument: '**',
      parameters: {
        '@type': 'http',
        '@id': 'to_destination',
        endpoint: endpoints.collectorUrls.aggregator,
        open_timeout: 2,
        read_timeout: fluentdSeconds(knobs['aggregator.readTimeout']),
        retryable_response_codes: `[${knobs['aggregator.retryableResponseCodes']}]`,
      },
      directives: [
        { name: 'format', parameters: { '@type': 'json' } },
        ...bufferDirectives('aggregator', knobs),
      ],
    },
  ])
}

function stateSource(knobs: Knobs, claimName: string): VolumeSource {
  if (knobs['aggregator.stateVolume'] === 'emptyDir') return { type: 'emptyDir' }
  const storage = storageOf(knobs)
  return { type: 'persistentVolumeClaim', claimName, ...(storage && { storage }) }
}

/** What the claim of an aggregator asks for; undefined where it has none, or takes what there is. */
export function storageOf(knobs: Knobs): Storage | undefined {
  const storage = knobs['aggregator.storage']
  return knobs['aggregator.stateVolume'] === 'emptyDir' || storage === 'local' ? undefined : storage
}

/** An aggregator, as a pod of a StatefulSet (with a claim) or of a Deployment (without). */
export function aggregatorPod(
  knobs: Knobs,
  node: string,
  endpoints: Endpoints,
  program: FluentdProgram,
  replica = 0,
): PodSpec {
  const name = `${aggregatorWorkload}-${String(replica)}`
  const pod = fluentdPod({
    role: 'aggregator',
    name,
    node,
    config: aggregatorConfig(knobs, endpoints),
    program,
    knobs,
    env: {
      FORWARD_HOST: endpoints.aggregator.host,
      FORWARD_PORT: String(endpoints.aggregator.port),
      COLLECTOR_URL: endpoints.collectorUrls.aggregator,
      MONITOR_HOST: endpoints.aggregatorMonitor.host,
      MONITOR_PORT: String(endpoints.aggregatorMonitor.port),
    },
    volumes: [
      {
        name: 'state',
        ...sizeLimit('aggregator', knobs),
        mountPath: statePath,
        source: stateSource(knobs, `buffer-${name}`),
      },
    ],
    terminationGracePeriodSeconds: durationMs(knobs['aggregator.terminationGracePeriod']) / 1000,
  })
  return { ...pod, address: endpoints.aggregator.host }
}
