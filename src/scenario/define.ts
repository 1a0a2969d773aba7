import { type Capability, type ClusterTimings } from '../testbed/contract.js'
import { type Duration } from './duration.js'
import { type Expectation } from './expectation.js'
import { type KnobName, type Knobs } from './knobs.js'
import { type ProfileName } from './profiles.js'
import { type Step } from './timeline.js'

/** What the emitting containers write. */
export interface Load {
  /** Emitting containers, spread over the nodes in turn. Default: one a node. */
  readonly streams?: number
  /** Lines that each stream writes in all. */
  readonly lines: number
  /** Of each stream; 'max' is as fast as the pipe takes them. */
  readonly linesPerSecond: number | 'max'
  /** Bytes of a line without its newline: one size, or [from, to] drawn from the seed. Default 200. */
  readonly lineBytes?: number | readonly [number, number]
  /** Unnumbered lines in between: 'hostile' has HTML, invalid UTF-8, foreign markers and lines of up to 1 MB. */
  readonly noise?: 'none' | 'hostile'
}

/** What can differ between the variants of a scenario. */
export interface Variant {
  readonly profile?: ProfileName
  readonly knobs?: Partial<Pick<Knobs, KnobName>>
  readonly load?: Load
  readonly timeline?: readonly Step[]
  readonly expect?: Expectation
  /** A version of Fluentd that this is about, e.g. '1.16.3': before or after a bug was mended. Default: any. */
  readonly fluentd?: string
  /** false: forwarders send to the destination itself, which speaks their protocol. Default true. */
  readonly aggregator?: boolean
  /**
   * A tap on the forward connections sees which lines crossed, and is what faults of the network need. false: the
   * forwarders connect without it in between. Default true.
   */
  readonly tap?: boolean
}

/** A workload, a pipeline, what breaks in it, and what is expected of it: one file, one value. */
export interface Scenario extends Variant {
  /** Lower case, digits and hyphens; the same as the file's name. */
  readonly name: string
  /** What the run shows if it passes, as a sentence. */
  readonly proves: string
  /** Ids of the claims that it tests, such as 'F1'. */
  readonly claims?: readonly string[]
  readonly load: Load
  /** Default 2; the aggregator runs on the last one. */
  readonly nodes?: number
  /** The same with other settings, each a run of its own. */
  readonly variants?: Readonly<Record<string, Variant>>
  /** Beyond what its faults need of a testbed. */
  readonly needs?: readonly Capability[]
  /** How long the pipeline may take to deliver what it holds, after the load. Default 60s. */
  readonly drainDeadline?: Duration
  /** A delivered line is `late` when it took longer than this. Default: no bound. */
  readonly lateAfter?: Duration
  /** When the container log of a node is rotated, and how many files are kept, as kubelet's settings. */
  readonly containerLog?: { readonly maxBytes?: number; readonly maxFiles?: number }
  /** How long Kubernetes waits before it does something about a silent node, where that is to be shorter than usual. */
  readonly timings?: ClusterTimings
}

/** Says what a scenario is; a scenario file exports it as its default. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario
}

/** The names of a scenario's nodes, in order. */
export function nodeNames({ nodes = 2 }: Pick<Scenario, 'nodes'>): string[] {
  return Array.from({ length: nodes }, (_, index) => `node-${String(index + 1)}`)
}
