import { type CollectorState } from '../collector/protocol.js'
import { type Knobs } from '../scenario/knobs.js'
import { type FaultSpec } from '../scenario/timeline.js'
import { describeTarget, type FluentdTarget, type PodTarget, type Target } from '../scenario/target.js'
import { type Evidence } from '../store/result.js'
import { type Capability, type Cluster, type Pod, type PodSpec } from '../testbed/contract.js'
import { type CollectorClient } from '../collector/client.js'
import { type Endpoints } from '../testbed/endpoints.js'
import { type WireClient } from '../wire/client.js'
import { counted } from '../words.js'

/** What a fault may touch and look at. */
export interface FaultContext {
  readonly cluster: Cluster
  readonly collector: CollectorClient
  /** The tap on the forward connections; null in a pipeline without one. */
  readonly wire: WireClient | null
  /** Where the parts of the pipeline find each other. */
  readonly endpoints: Endpoints
  /** What a target of a scenario is: every replica of an aggregator. */
  fluentds(target: PodTarget): readonly FluentdTarget[]
  pod(target: FluentdTarget): Pod
  /** What a pod needs to be another aggregator on the same node and volume, with addresses of its own. */
  secondAggregator(): Promise<PodSpec>
  /** Writes a Fluentd's configuration file with these knobs in the place of what they were. What was and is in it. */
  changeConfig(
    target: FluentdTarget,
    knobs: Partial<Knobs>,
  ): Promise<{ readonly before: string; readonly after: string }>
  /** The emitting containers of a node. */
  apps(node: string): readonly Pod[]
  /** What there is in files, or in all files below a directory; lines of this run are found by scanning bytes. */
  heldIn(files: readonly string[]): Promise<Held>
  heldBelow(directory: string): Promise<Held>
  /**
   * Keeps what is in a log file, or in the state volume of a Fluentd, before it is removed or cut off, so that it can be
   * told where lines were. `how` says what becomes of it: "was wiped". The copy of a log is what `keepLog` resolves to.
   */
  keepLog(pod: Pod, file: string, how: string): Promise<string | undefined>
  keepState(target: FluentdTarget, how: string): Promise<void>
  /**
   * Keeps what is on the claimed state volume of a Fluentd whose pod is deleted and will not get it again: it is held
   * there. The claim's name; undefined where its state is on none.
   */
  keepVolume(target: FluentdTarget): Promise<string | undefined>
  /** Where the state volume of a Fluentd (buffer, positions, secondary) is on this machine. */
  stateDirectory(target: FluentdTarget): string
  /** Distinct lines found in the buffer files of a pod, by scanning their bytes; null where its buffer is not a file. */
  linesInBufferFiles(target: FluentdTarget): Promise<number | null>
  /** Bytes that Fluentd itself reports in its output buffers (monitor_agent); null where it does not answer. */
  bufferedBytes(target: FluentdTarget): Promise<number | null>
  state(): Promise<CollectorState>
  nowMs(): number
  readonly signal: AbortSignal
}

export interface Held {
  readonly files: number
  readonly bytes: number
  /** Distinct numbered lines of this run. */
  readonly lines: number
}

/** A fault that took effect: what shows it, and how it is mended. One without `heal` is over once it has happened. */
export interface InjectedFault {
  readonly evidence: readonly Evidence[]
  heal?(parameters: Readonly<Record<string, unknown>>): Promise<readonly Evidence[]>
  /** What shows that it is still so; asked of one that is never mended, when nothing moves any more. */
  lasts?(): Promise<readonly Evidence[]>
}

/** One file in this directory defines one: inject, prove, heal. */
export interface FaultDefinition {
  readonly fault: string
  readonly needs: readonly Capability[]
  /** What it can hit; default: a Fluentd. */
  readonly targets?: readonly Target['role'][]
  /** It is over once it has happened: there is nothing to mend, and it can be repeated. */
  readonly momentary?: boolean
  /** It may be for good: then it takes the node with all that is on it out of the run. */
  readonly takesNode?: boolean
  /** What mends the fault of this name mends this one too; default: its own name. */
  readonly healedAs?: string
  /** Why it cannot be with these knobs; asked before anything is started. */
  knobProblem?(spec: FaultSpec, knobs: Knobs): string | undefined
  /** Done before anything is broken, so that it takes no time while the fault lasts: fetching what it needs, say. */
  prepare?(spec: FaultSpec, context: Pick<FaultContext, 'cluster'>): Promise<void>
  inject(spec: FaultSpec, context: FaultContext): Promise<InjectedFault>
}

export function evidence(
  context: FaultContext,
  what: string,
  holds: boolean,
  data?: Record<string, unknown>,
): Evidence {
  return { what, atMs: context.nowMs(), holds, ...(data && { data }) }
}

export function podTarget(target: Target): PodTarget {
  if (target.role === 'forwarder' || target.role === 'aggregator') return target
  throw new TypeError(`${describeTarget(target)} is no Fluentd`)
}

/** The pods that a target is: those of the applications of a node, or of a Fluentd. */
export function podsOf(target: Target, context: FaultContext): readonly Pod[] {
  if (target.role === 'app') return context.apps(target.node)
  return context.fluentds(podTarget(target)).map((one) => context.pod(one))
}

/**
 * Done to every pod that a target is at once, as one fault: "the aggregator" is all of its replicas. What shows it of
 * one of several says of which. Where it cannot be done to all of them, it is undone where it was.
 */
export function inEach(
  injectOne: (target: FluentdTarget, spec: FaultSpec, context: FaultContext) => Promise<InjectedFault>,
): FaultDefinition['inject'] {
  return async (spec, context) => {
    const targets = context.fluentds(podTarget(spec.target))
    const tried = await Promise.allSettled(targets.map((one) => injectOne(one, spec, context)))
    const injected = tried.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    const failed = tried.find((one) => one.status === 'rejected')
    if (failed) {
      await Promise.allSettled(injected.map(async (one) => one.heal?.({})))
      throw failed.reason
    }
    const named = (shown: readonly (readonly Evidence[])[]) =>
      shown.flatMap((ofOne, index) => ofOne.map((piece) => nameIn(piece, targets, index)))
    return {
      evidence: named(injected.map((one) => one.evidence)),
      ...(injected.some(({ heal }) => heal) && {
        heal: async (parameters) =>
          named(await Promise.all(injected.map(async (one) => (await one.heal?.(parameters)) ?? []))),
      }),
    }
  }
}

function nameIn(piece: Evidence, targets: readonly FluentdTarget[], index: number): Evidence {
  const target = targets[index]
  if (targets.length === 1 || target === undefined) return piece
  return { ...piece, what: `${describeTarget(target)}: ${piece.what}` }
}

export function describeHeld({ files, bytes, lines }: Held): string {
  if (files === 0) return 'no files'
  return `${counted(files, 'file')} with ${counted(bytes, 'byte')} and ${counted(lines, 'line')}`
}
