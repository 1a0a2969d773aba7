import { type Pod } from '../testbed/contract.js'
import { type Endpoint } from '../testbed/endpoints.js'

/** What Fluentd's monitor_agent says of the outputs that have a buffer, added up. */
export interface BufferStatus {
  readonly bytes: number
  /** Of them, those in buffers that are no files, as far as Fluentd says what they are. */
  readonly memoryBytes: number
  /** Chunks that are staged or queued, not those whose flush is under way; null where this Fluentd does not say. */
  readonly waitingChunks: number | null
  /** When the first of those outputs that have bytes tries again; null where one of them is not in a retry's wait. */
  readonly nextRetryAtMs: number | null
  /** The longest that anything waits for its flush by configuration; null where Fluentd does not say. */
  readonly longestFlushMs: number | null
  /** The longest bounded wait between retries; 0 where none is bounded. */
  readonly longestRetryMs: number
}

interface PluginStatus {
  readonly plugin_category?: string
  readonly buffer_total_queued_size?: number
  readonly buffer_queue_length?: number
  readonly buffer_stage_length?: number
  readonly retry?: { readonly next_time?: string }
  readonly config?: Readonly<Record<string, string>>
  readonly instance_variables?: { readonly buffer_config?: string }
}

/** What <buffer> came to, defaults included; times in seconds. */
interface BufferConfig {
  readonly '@type'?: string
  readonly flush_mode?: string
  readonly flush_interval?: number | null
  readonly timekey?: number | null
  readonly timekey_wait?: number | null
  readonly retry_type?: string
  readonly retry_wait?: number | null
  readonly retry_max_interval?: number | null
}

const query = 'with_retry=true&with_config=true&with_ivars=buffer_config'

/**
 * Asks monitor_agent, that of each worker: they listen on ports one after the other. null where one of them does not
 * answer within a second (down, stopped, or without monitor_agent).
 */
export async function bufferStatus(
  pod: Pick<Pod, 'get'>,
  { host, port }: Endpoint,
  workers = 1,
): Promise<BufferStatus | null> {
  const answers = await Promise.all(
    Array.from({ length: workers }, (_, worker) =>
      pod.get({ host, port: port + worker }, `/api/plugins.json?${query}`),
    ),
  )
  try {
    return addUp(answers.flatMap(pluginsIn))
  } catch {
    return null
  }
}

/** Throws for an answer that is none. */
function pluginsIn(answer: string | null): readonly PluginStatus[] {
  return (JSON.parse(answer ?? '') as { plugins: readonly PluginStatus[] }).plugins
}

/** The plugins of `/api/plugins.json`, added up. */
export function addUp(plugins: readonly PluginStatus[]): BufferStatus {
  const buffered = plugins
    .filter((plugin) => typeof plugin.buffer_total_queued_size === 'number')
    .map((plugin) => ({
      bytes: plugin.buffer_total_queued_size ?? 0,
      chunks: sumOf(plugin.buffer_queue_length, plugin.buffer_stage_length),
      retryAtMs: Date.parse(plugin.retry?.next_time?.replace(/ ([+-]\d{4})$/, '$1').replace(' ', 'T') ?? ''),
      config: bufferConfigOf(plugin),
    }))
  const total = (of: (output: (typeof buffered)[number]) => number) =>
    buffered.reduce((sum, output) => sum + of(output), 0)
  const waiting = buffered.filter(({ bytes }) => bytes > 0)
  const inRetry = waiting.length > 0 && waiting.every(({ retryAtMs }) => !Number.isNaN(retryAtMs))
  const flushes = buffered.map(({ config }) => config && flushSeconds(config))
  const held = plugins.filter(isNoOutput).map(({ config = {} }) => holdingSeconds(config))
  return {
    bytes: total(({ bytes }) => bytes),
    memoryBytes: total(({ bytes, config }) => (config?.['@type']?.startsWith('file') === true ? 0 : bytes)),
    waitingChunks: buffered.some(({ chunks }) => chunks === null) ? null : total(({ chunks }) => chunks ?? 0),
    nextRetryAtMs: inRetry ? Math.min(...waiting.map(({ retryAtMs }) => retryAtMs)) : null,
    longestFlushMs: flushes.includes(undefined)
      ? null
      : 1000 * Math.max(0, ...flushes.map((seconds) => seconds ?? 0), ...held),
    longestRetryMs: 1000 * Math.max(0, ...buffered.map(({ config }) => (config ? retrySeconds(config) : 0))),
  }
}

function sumOf(one: number | undefined, other: number | undefined): number | null {
  return one === undefined || other === undefined ? null : one + other
}

const isNoOutput = ({ plugin_category: category }: PluginStatus) => category !== 'output'

/** Fluentd prints the section as `<Fluent::Config::Section {…}>`, with JSON in the braces. */
function bufferConfigOf({ instance_variables: found }: PluginStatus): BufferConfig | undefined {
  const text = found?.buffer_config ?? ''
  try {
    return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as BufferConfig
  } catch {
    return undefined
  }
}

function flushSeconds(config: BufferConfig): number {
  const { flush_mode: mode, flush_interval: interval, timekey, timekey_wait: wait } = config
  const byTime = timekey ? timekey + (wait ?? 0) : 0
  if (mode === 'immediate') return 0
  return mode === 'lazy' || (mode === 'default' && timekey) ? byTime : Math.max(interval ?? 0, byTime)
}

function retrySeconds({
  retry_type: type,
  retry_wait: wait,
  retry_max_interval: most,
}: BufferConfig): number {
  return type === 'periodic' ? (wait ?? 0) : (most ?? 0)
}

/** Inputs and filters that put lines together keep some of them, in no buffer, for as long as they are told. */
function holdingSeconds(config: Readonly<Record<string, string>>): number {
  const times = Object.entries(config).filter(([name]) => name.endsWith('flush_interval'))
  return Math.max(0, ...times.map(([, time]) => configuredSeconds(time)))
}

const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** A time as Fluentd reads it: a number with one of its units, or without one in seconds. */
function configuredSeconds(text: string): number {
  const [, digits, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  const seconds = digits
    ? Number(digits) * secondsOf[unit as keyof typeof secondsOf]
    : Number.parseFloat(text)
  return Number.isNaN(seconds) ? 0 : seconds
}
