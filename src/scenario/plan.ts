import path from 'node:path'
import { packageRoot } from '../package-root.js'
import { customAlphabet } from 'nanoid'
import { type Capability, type ClusterTimings } from '../testbed/contract.js'
import { GaplessError } from '../errors.js'
import { nodeNames, type Load, type Scenario, type Variant } from './define.js'
import { durationMs } from './duration.js'
import { edgeLines } from './edge-lines.js'
import { defaultExpectation, type Expectation, type SettledExpectation } from './expectation.js'
import { type Knobs, type KnobValue } from './knobs.js'
import { resolveKnobs, type ProfileName } from './profiles.js'
import { shellLine } from '../shell.js'
import { checkStations } from './stations.js'
import { nodeOf, type FluentdTarget, type PodTarget } from './target.js'
import { actionsOf, describeStep, type FaultSpec, type Step } from './timeline.js'

/** Everything that a run is going to do, as it is stored in plan.json before anything is started. */
export interface Plan {
  readonly schemaVersion: 1
  readonly id: string
  /** Eight characters of [0-9a-z] that every line of this run carries. */
  readonly runToken: string
  readonly scenario: string
  readonly variant: string | null
  readonly proves: string
  readonly claims: readonly string[]
  readonly testbed: string
  readonly emulated: readonly string[]
  readonly profile: ProfileName
  readonly knobs: Knobs
  readonly seed: number
  readonly nodes: readonly string[]
  readonly aggregatorNode: string
  /** false: there is none, and forwarders send to the destination. */
  readonly aggregator: boolean
  /** Whether the tap is in the path of the forward connections. */
  readonly tap: boolean
  readonly streams: readonly PlannedStream[]
  /** Nodes that the timeline takes away for good, with what runs on them. Plans of old say nothing of it. */
  readonly nodesThatGo?: readonly string[]
  readonly load: Required<Load>
  /** Its emitters tell for how long they could not write. Plans of old say nothing of it, and so did their emitters. */
  readonly tellsBlocked?: true
  /** Of the lines of each stream: those before the load, and those after the last fault was healed. */
  readonly warmUpLines: number
  readonly probeLines: number
  /** Each step in words. */
  readonly timeline: readonly string[]
  readonly expect: SettledExpectation
  readonly lateAfterMs: number | null
  readonly drainDeadlineMs: number
  readonly containerLog: { readonly maxBytes: number; readonly maxFiles: number }
  /** What of a cluster's own waiting is shorter than usual. */
  readonly timings: ClusterTimings
  readonly versions: Readonly<Record<string, string>>
  /** Repeats this run. */
  readonly command: string
  readonly startedAtMs: number
}

export interface PlannedStream {
  /** Three characters of [0-9a-z] that its lines carry. */
  readonly stream: string
  readonly node: string
  readonly pod: string
  /** No fault of the timeline can touch it: if it loses lines, the run says nothing about the faults. */
  readonly control: boolean
}

/** One thing to run: a scenario, or one of its variants, with its settings merged. */
export interface Case {
  readonly scenario: Scenario
  readonly file: string
  readonly variant: string | null
  readonly steps: readonly Step[]
  readonly load: Load
  readonly profile: ProfileName | undefined
  readonly knobs: Readonly<Record<string, unknown>>
  readonly expect: Expectation
  /** The version of Fluentd that it is about; undefined: any. */
  readonly fluentd: string | undefined
  readonly aggregator: boolean
  readonly tap: boolean
}

/** A scenario's variants as cases of their own; a scenario without variants is one case. */
export function casesOf(scenario: Scenario, file: string): Case[] {
  const variants: readonly (readonly [string | null, Variant])[] =
    scenario.variants === undefined ? [[null, {}]] : Object.entries(scenario.variants)
  return variants.map(([variant, own]) => ({
    scenario,
    file,
    variant,
    steps: own.timeline ?? scenario.timeline ?? [],
    load: own.load ?? scenario.load,
    profile: own.profile ?? scenario.profile,
    knobs: { ...scenario.knobs, ...own.knobs },
    expect: { ...scenario.expect, ...own.expect },
    fluentd: own.fluentd ?? scenario.fluentd,
    aggregator: own.aggregator ?? scenario.aggregator ?? true,
    tap: own.tap ?? scenario.tap ?? true,
  }))
}

export interface PlanOptions {
  readonly testbed: { readonly name: string; readonly emulated: readonly string[] }
  /** Wins over the scenario's own. */
  readonly profile?: ProfileName
  readonly knobs?: Readonly<Record<string, KnobValue>>
  readonly seed: number
  /** Further words of the command line that a run was asked for with, which repeating it takes. */
  readonly flags?: readonly string[]
  readonly versions: Readonly<Record<string, string>>
  readonly nowMs: number
}

const token = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 8)

/** Settles everything that a run depends on. Throws a GaplessError for knobs or faults that do not go together. */
export function planRun(planned: Case, options: PlanOptions): Plan {
  const { scenario, variant, steps, load, aggregator, tap } = planned
  checkStations(planned)
  const profile = options.profile ?? planned.profile ?? 'hardened'
  const knobs = resolveKnobs(profile, planned.knobs, options.knobs ?? {})
  checkService(knobs, tap)
  const nodes = nodeNames(scenario)
  checkRoomFor(knobs, nodes)
  const runToken = token()
  return {
    schemaVersion: 1,
    id: `${timestamp(options.nowMs)}-${scenario.name}-${runToken}`,
    runToken,
    scenario: scenario.name,
    variant,
    proves: scenario.proves,
    claims: scenario.claims ?? [],
    testbed: options.testbed.name,
    emulated: options.testbed.emulated,
    profile,
    knobs,
    seed: options.seed,
    nodes,
    aggregatorNode: nodes.at(-1) ?? 'node-1',
    aggregator,
    tap,
    streams: planStreams(load.streams ?? nodes.length, nodes, steps, knobs),
    nodesThatGo: nodesThatGo(steps),
    load: {
      streams: load.streams ?? nodes.length,
      lines: load.lines,
      linesPerSecond: load.linesPerSecond,
      lineBytes: load.lineBytes ?? 200,
      noise: load.noise ?? 'none',
    },
    tellsBlocked: true,
    ...edgeLines(load.lines),
    timeline: steps.map(describeStep),
    expect: { ...defaultExpectation, ...planned.expect },
    lateAfterMs: scenario.lateAfter === undefined ? null : durationMs(scenario.lateAfter),
    drainDeadlineMs: durationMs(scenario.drainDeadline ?? '60s'),
    containerLog: { maxBytes: 10 * 1024 * 1024, maxFiles: 5, ...scenario.containerLog },
    timings: scenario.timings ?? {},
    versions: options.versions,
    command: commandLine(planned, options),
    startedAtMs: options.nowMs,
  }
}

/** The tap is what stands for a Service. */
function checkService(knobs: Knobs, tap: boolean): void {
  if (tap || knobs['forward.address'] !== 'service') return
  throw new GaplessError('forward.address=service: without the tap there is no Service', {
    code: 'scenario-invalid',
    hint: 'Leave out `tap: false`, or take another address.',
  })
}

function checkRoomFor(knobs: Knobs, nodes: readonly string[]): void {
  const replicas = knobs['aggregator.replicas']
  if (knobs['aggregator.affinity'] !== 'apart' || replicas <= nodes.length) return
  throw new GaplessError(
    `aggregator.replicas=${String(replicas)}, each on a node of its own, do not fit on ${String(nodes.length)} nodes`,
    { code: 'usage', hint: 'Give the scenario more `nodes`, or set aggregator.affinity=none.' },
  )
}

function planStreams(
  count: number,
  nodes: readonly string[],
  steps: readonly Step[],
  knobs: Knobs,
): PlannedStream[] {
  return Array.from({ length: count }, (_, index) => {
    const node = nodes[index % nodes.length] ?? 'node-1'
    const number = String(index + 1)
    return {
      stream: `s${index.toString(36).padStart(2, '0')}`,
      node,
      pod: `app-${number}`,
      control: isControl(node, nodes, steps, knobs),
    }
  })
}

function nodesThatGo(steps: readonly Step[]): string[] {
  const gone = actionsOf(steps).flatMap((action) =>
    action.type === 'inject' && action.forGood === true ? [nodeOf(action.spec.target)] : [],
  )
  return [...new Set(gone.filter((node) => node !== undefined))]
}

/** Only faults of another node leave a stream alone; the aggregator and the destination serve all. */
function isControl(node: string, nodes: readonly string[], steps: readonly Step[], knobs: Knobs): boolean {
  const hits = actionsOf(steps)
    .filter((action) => action.type === 'inject')
    .map(({ spec }) => (movesPods(spec, nodes, knobs) ? undefined : nodeOf(spec.target)))
  return hits.length > 0 && hits.every((hit) => hit !== undefined && hit !== node)
}

/**
 * What befalls the aggregator's node as a machine befalls the aggregator; the disk alone is not where it keeps anything.
 * Of several aggregators Kubernetes decides where they are: there may be one on any node.
 */
function movesPods({ fault, target }: FaultSpec, nodes: readonly string[], knobs: Knobs): boolean {
  const mayHaveOne = (node: string) => node === nodes.at(-1) || knobs['aggregator.replicas'] > 1
  return target.role === 'node' && mayHaveOne(target.node) && fault !== 'wipe'
}

function timestamp(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+Z$/g, '')
}

function commandLine(
  { scenario, file, variant }: Case,
  { profile, knobs = {}, seed, testbed, flags = [] }: PlanOptions,
): string {
  // Only what comes along is found by its name.
  const known = file === path.join(packageRoot, 'scenarios', `${scenario.name}.ts`)
  return shellLine([
    ...['npx', 'gapless', 'run', known ? scenario.name : file],
    ...(variant === null ? [] : ['--variant', variant]),
    ...['--testbed', testbed.name],
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...Object.entries(knobs).flatMap(([name, value]) => ['--knob', `${name}=${String(value)}`]),
    ...flags,
    ...['--seed', String(seed)],
  ])
}

/** Every Fluentd of the pipeline: a forwarder on each node, and the aggregators where there are any. */
export function fluentdsOf(plan: Pick<Plan, 'nodes' | 'aggregator' | 'knobs'>): FluentdTarget[] {
  const forwarders = plan.nodes.map((node): FluentdTarget => ({ role: 'forwarder', node }))
  return plan.aggregator ? [...forwarders, ...fluentdsMeant({ role: 'aggregator' }, plan)] : forwarders
}

/** The pods that a scenario means: by "the aggregator", every replica of it. */
export function fluentdsMeant(target: PodTarget, { knobs }: Pick<Plan, 'knobs'>): FluentdTarget[] {
  if (target.role === 'forwarder') return [target]
  const replicas = knobs['aggregator.replicas']
  if (replicas === 1) return [{ role: 'aggregator', replica: null }]
  return Array.from({ length: replicas }, (_, replica) => ({ role: 'aggregator', replica }))
}

/** What of the needed capabilities a testbed lacks. */
export function lacking(needed: Iterable<Capability>, offered: ReadonlySet<Capability>): Capability[] {
  return [...new Set(needed)].filter((capability) => !offered.has(capability))
}
