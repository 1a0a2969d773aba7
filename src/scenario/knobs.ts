import { GaplessError } from '../errors.js'
import { isDuration } from './duration.js'
import { didYouMean } from '../nearest.js'

/**
 * A knob is one setting of the pipeline that a claim is about. Its value in a scenario, a profile or `--knob` is
 * typed by its kind; the configuration of the pipeline is made from knobs alone.
 */
const flag = (doc: string) => ({ kind: 'boolean', doc }) as const
const choice = <const V extends string>(values: readonly V[], doc: string) =>
  ({ kind: 'choice', values, doc }) as const
const duration = (doc: string) => ({ kind: 'duration', doc }) as const
const size = (doc: string) => ({ kind: 'size', doc }) as const
const integer = (doc: string, min = 0) => ({ kind: 'integer', min, doc }) as const
const text = (doc: string) => ({ kind: 'text', doc }) as const

const bufferKnobs = {
  buffer: choice(['file', 'memory'], 'where chunks wait for their flush: <buffer> @type'),
  flushMode: choice(['interval', 'immediate', 'lazy'], '<buffer> flush_mode'),
  flushInterval: duration('<buffer> flush_interval'),
  flushThreadCount: integer('<buffer> flush_thread_count', 1),
  flushAtShutdown: choice(
    ['true', 'false', 'default'],
    "<buffer> flush_at_shutdown; Fluentd's default is true for memory and false for file",
  ),
  chunkLimitSize: size('<buffer> chunk_limit_size'),
  totalLimitSize: size('<buffer> total_limit_size: when it is full, overflowAction decides'),
  overflowAction: choice(['throw_exception', 'block', 'drop_oldest_chunk'], '<buffer> overflow_action'),
  retryForever: flag('<buffer> retry_forever'),
  retryMaxTimes: integer('<buffer> retry_max_times; 0 leaves it unset'),
  retryType: choice(['exponential_backoff', 'periodic'], '<buffer> retry_type'),
  retryWait: duration('<buffer> retry_wait'),
  retryMaxInterval: duration('<buffer> retry_max_interval; 0s leaves it unset'),
  secondary: flag('a <secondary> of type secondary_file on the state volume'),
} as const

const podKnobs = {
  stateVolumeSize: size('size of the state volume, enforced by the kernel; 0 is as large as the disk'),
  terminationGracePeriod: duration('terminationGracePeriodSeconds of the pod'),
  preStopSleep: duration('sleep in a preStop hook; 0s is no hook'),
  snippet: text('Fluentd configuration put in before the output: the text, or @FILE'),
  config: text('a whole Fluentd configuration file used in place of the generated one: its path'),
} as const

type Prefixed<P extends string, T> = { [K in keyof T & string as `${P}.${K}`]: T[K] }
function prefixed<const P extends string, const T extends object>(prefix: P, knobs: T): Prefixed<P, T> {
  return Object.fromEntries(
    Object.entries(knobs).map(([name, knob]) => [`${prefix}.${name}`, knob]),
  ) as Prefixed<P, T>
}

export const knobs = {
  'app.logsTo': choice(
    ['stdout', 'hostPath'],
    'where applications write: to stdout, which becomes the log of their container, or to a file in /var/log/apps of their node',
  ),
  'app.tolerateTaints': flag(
    "the applications' DaemonSets tolerate every taint; where not, only those that Kubernetes lets all of them tolerate; on clusters",
  ),
  'forwarder.posFile': flag('in_tail remembers how far it has read: pos_file'),
  'forwarder.readFromHead': flag(
    'in_tail reads files it has no position for from their head: read_from_head',
  ),
  'forwarder.refreshInterval': duration('in_tail looks for new files this often: refresh_interval'),
  'forwarder.rotateWait': duration('in_tail goes on reading a rotated file this long: rotate_wait'),
  'forwarder.followInodes': flag('in_tail follows a file through renames: follow_inodes (Fluentd ≥ 1.12)'),
  'forwarder.readBytesLimitPerSecond': size(
    'in_tail read_bytes_limit_per_second (Fluentd ≥ 1.13); 0 leaves it unset',
  ),
  'forwarder.tolerateTaints': flag(
    "the forwarder's DaemonSet tolerates every taint; where not, only those that Kubernetes lets all of them tolerate",
  ),
  'forwarder.stateVolume': choice(
    ['hostPath', 'emptyDir'],
    'where position file, buffer and secondary of the forwarder live',
  ),
  ...prefixed('forwarder', bufferKnobs),
  ...prefixed('forwarder', podKnobs),
  'forward.requireAck': flag(
    'out_forward waits until the aggregator has the chunk in its buffer: require_ack_response',
  ),
  'forward.ackResponseTimeout': duration('out_forward ack_response_timeout'),
  'forward.heartbeat': choice(['transport', 'tcp', 'udp', 'none'], 'out_forward heartbeat_type'),
  'forward.recoverWait': duration(
    'out_forward recover_wait: how long after its return an aggregator is used again',
  ),
  'forward.keepalive': flag('out_forward keepalive'),
  'forward.compress': choice(['text', 'gzip'], 'out_forward compress'),
  'forward.address': choice(
    ['ip', 'name', 'service'],
    "how forwarders find the aggregator: by its address; by its pod's name, which resolves while the pod exists; or by a Service, which leads no new connection to it once it is told to end",
  ),
  'forward.ignoreNetworkErrorsAtStartup': flag('out_forward ignore_network_errors_at_startup'),
  'aggregator.readinessProbe': flag('the aggregator is ready when it takes connections; on clusters'),
  'aggregator.minAvailable': integer(
    'minAvailable of its PodDisruptionBudget, which evictions respect; 0 is no budget; on clusters',
  ),
  'aggregator.replicas': integer(
    'how many aggregators there are, behind one Service; more than one on clusters only',
    1,
  ),
  'aggregator.affinity': choice(
    ['apart', 'together', 'none'],
    'where replicas of the aggregator go: no two on one node, all on one as long as it takes them, or wherever the scheduler likes; on clusters',
  ),
  'aggregator.stateVolume': choice(
    ['persistentVolumeClaim', 'emptyDir'],
    'where buffer and secondary of the aggregator live',
  ),
  'aggregator.storage': choice(
    ['local', 'block', 'file'],
    'what its persistentVolumeClaim is made of: a directory of the node that it is on; a block device, which attaches to one node at a time (ReadWriteOnce); or a file system that every node can mount (ReadWriteMany), as NFS',
  ),
  ...prefixed('aggregator', bufferKnobs),
  ...prefixed('aggregator', podKnobs),
  'node.diskSize': size(
    'size of the file system of each node that logs, buffers and volumes are on; 0 is as large as the disk; on clusters',
  ),
  'aggregator.readTimeout': duration("out_http read_timeout: how long it waits for the destination's answer"),
  'aggregator.retryableResponseCodes': text('out_http retryable_response_codes, comma-separated'),
} as const

export type KnobName = keyof typeof knobs

type ValueOf<D> = D extends { kind: 'boolean' }
  ? boolean
  : D extends { kind: 'choice'; values: readonly (infer V)[] }
    ? V
    : D extends { kind: 'integer' }
      ? number
      : D extends { kind: 'duration' }
        ? `${number}${'ms' | 's' | 'm' | 'h'}`
        : string

/** Every knob with its value. */
export type Knobs = { [K in KnobName]: ValueOf<(typeof knobs)[K]> }
export type KnobValue = string | number | boolean

interface KnobDefinition {
  readonly kind: 'boolean' | 'choice' | 'duration' | 'size' | 'integer' | 'text'
  readonly doc: string
  readonly values?: readonly string[]
  readonly min?: number
}

export const knobNames = Object.keys(knobs) as KnobName[]

function definitionOf(name: string): KnobDefinition {
  if (!Object.hasOwn(knobs, name)) {
    throw new GaplessError(`there is no knob "${name}".${didYouMean(name, knobNames)}`, {
      code: 'usage',
      hint: '`gapless list --knobs` shows them all.',
    })
  }
  return knobs[name as KnobName]
}

/** What values a knob takes, for messages and `gapless list --knobs`. */
export function allowedValues(name: KnobName): string {
  const definition: KnobDefinition = knobs[name]
  switch (definition.kind) {
    case 'boolean':
      return 'true or false'
    case 'choice':
      return (definition.values ?? []).join(', ')
    case 'duration':
      return 'a duration such as 500ms, 2s, 1m'
    case 'size':
      return 'a size such as 512k, 8m, 1g'
    case 'integer':
      return `a whole number from ${String(definition.min ?? 0)}`
    case 'text':
      return 'text'
  }
}

/**
 * Checks one value, as it comes from a scenario file, a profile or the command line ("true" counts as true).
 * Throws a GaplessError ('usage') that names the knob, what was found and what is allowed.
 */
export function parseKnob(name: string, value: unknown): [KnobName, KnobValue] {
  const definition = definitionOf(name)
  const parsed = parsers[definition.kind](value, definition)
  if (parsed === undefined) {
    const allowed = allowedValues(name as KnobName)
    throw new GaplessError(`knob ${name}: ${JSON.stringify(value)} is not possible; it takes ${allowed}`, {
      code: 'usage',
      hint: definition.doc,
    })
  }
  return [name as KnobName, parsed]
}

type Parser = (value: unknown, definition: KnobDefinition) => KnobValue | undefined

const parsers: Record<KnobDefinition['kind'], Parser> = {
  boolean: (value) =>
    value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
  choice: (value, { values }) => ((values ?? []).includes(String(value)) ? String(value) : undefined),
  duration: (value) => (typeof value === 'string' && isDuration(value) ? value : undefined),
  size: (value) => (/^\d+[kmgt]?$/i.test(String(value)) ? String(value) : undefined),
  integer: (value, { min }) => {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= (min ?? 0)
      ? number
      : undefined
  },
  text: (value) => (typeof value === 'string' ? value : undefined),
}

/** `NAME=VALUE` of the command line. */
export function parseKnobArgument(argument: string): [KnobName, KnobValue] {
  const split = argument.indexOf('=')
  if (split < 1) {
    throw new GaplessError(`--knob ${argument}: write it as NAME=VALUE`, {
      code: 'usage',
      hint: 'For example --knob forwarder.buffer=memory',
    })
  }
  return parseKnob(argument.slice(0, split), argument.slice(split + 1))
}

/** Combinations that Fluentd refuses, or that say two things at once. */
export function checkCombination(values: Knobs): void {
  const problems = [
    values['forwarder.followInodes'] &&
      !values['forwarder.posFile'] &&
      'forwarder.followInodes=true needs forwarder.posFile=true (Fluentd cannot follow inodes without positions)',
    ...(['forwarder', 'aggregator'] as const).flatMap((role) => [
      values[`${role}.retryForever`] &&
        values[`${role}.retryMaxTimes`] > 0 &&
        `${role}.retryForever=true and ${role}.retryMaxTimes=${String(values[`${role}.retryMaxTimes`])} exclude each other: set one`,
      values[`${role}.retryForever`] &&
        values[`${role}.secondary`] &&
        `${role}.retryForever=true never gives a chunk up, so ${role}.secondary=true would do nothing: set retryMaxTimes, or no secondary`,
    ]),
  ].filter((problem) => typeof problem === 'string')
  if (problems.length > 0) {
    throw new GaplessError(`these knobs do not go together: ${problems.join('; ')}`, { code: 'usage' })
  }
}
