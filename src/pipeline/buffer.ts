import { durationMs } from '../scenario/duration.js'
import { type Knobs } from '../scenario/knobs.js'
import { sizeBytes } from '../scenario/size.js'
import { literal, type Directive } from './fluentd-config.js'

/** Where the state volume of a Fluentd is mounted in its container, and what lies there. */
export const statePath = '/var/lib/fluentd'
export const bufferPath = `${statePath}/buffer`
export const secondaryPath = `${statePath}/secondary`
/** Fluentd puts chunks that it cannot read into `backup` below its root_dir; without one it would use /tmp. */
export const rootPath = `${statePath}/root`
export const positionPath = `${statePath}/containers.pos`
/** Of the files that applications write themselves. */
export const appPositionPath = `${statePath}/apps.pos`

/** The position files of a configuration of ours, where it keeps any. */
export function positionPaths(knobs: Knobs): readonly string[] {
  return knobs['app.logsTo'] === 'hostPath' ? [positionPath, appPositionPath] : [positionPath]
}

/**
 * Seconds without a unit: Fluentd reads '0.5s' as 5 seconds (it looks for /([0-9]+)s/), but '0.5' as half of one.
 */
export function fluentdSeconds(duration: string): number {
  return durationMs(duration) / 1000
}

/** The size of a state volume, where the knob gives it one. */
export function sizeLimit(
  role: 'forwarder' | 'aggregator',
  knobs: Knobs,
): { readonly sizeLimitBytes?: number } {
  const size = sizeBytes(knobs[`${role}.stateVolumeSize`])
  return size === 0 ? {} : { sizeLimitBytes: size }
}

/** <buffer> and <secondary> of an output, from the knobs of its role. */
export function bufferDirectives(role: 'forwarder' | 'aggregator', knobs: Knobs): Directive[] {
  const of = <K extends BufferKnob>(name: K) => knobs[`${role}.${name}`]
  const file = of('buffer') === 'file'
  const maxIntervalSeconds = fluentdSeconds(of('retryMaxInterval'))
  const buffer: Directive = {
    name: 'buffer',
    argument: 'tag',
    parameters: {
      '@type': of('buffer'),
      // Relative to the container's root, where its processes start: Fluentd looks for the chunks of its former
      // life with a pattern made of this path, so that with brackets in the host's path it would find none.
      path: file ? literal(bufferPath.slice(1)) : undefined,
      flush_mode: of('flushMode'),
      flush_interval: of('flushMode') === 'interval' ? fluentdSeconds(of('flushInterval')) : undefined,
      flush_thread_count: of('flushThreadCount'),
      flush_thread_interval: 0.2,
      flush_thread_burst_interval: 0.2,
      flush_at_shutdown: of('flushAtShutdown') === 'default' ? undefined : of('flushAtShutdown'),
      chunk_limit_size: of('chunkLimitSize'),
      total_limit_size: of('totalLimitSize'),
      overflow_action: of('overflowAction'),
      retry_forever: of('retryForever'),
      retry_max_times: of('retryMaxTimes') || undefined,
      retry_type: of('retryType'),
      retry_wait: fluentdSeconds(of('retryWait')),
      retry_max_interval: maxIntervalSeconds || undefined,
    },
  }
  const secondary: Directive = {
    name: 'secondary',
    parameters: { '@type': 'secondary_file', directory: literal(`\${ROOT}${secondaryPath}`) },
  }
  return of('secondary') ? [buffer, secondary] : [buffer]
}

type BufferKnob = {
  [K in keyof Knobs]: K extends `forwarder.${infer Name}`
    ? `aggregator.${Name}` extends keyof Knobs
      ? Name
      : never
    : never
}[keyof Knobs]
