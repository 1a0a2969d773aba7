/** What a fault hits. */
export type Target =
  | PodTarget
  | AppTarget
  | { readonly role: 'node'; readonly node: string }
  /** Between the forwarder of a node and the aggregator; without a node, of every one. */
  | { readonly role: 'network'; readonly node?: string }
  | { readonly role: 'collector' }
  /** All forwarders together, as their DaemonSet. */
  | { readonly role: 'forwarders' }
  /** The name service of a cluster. */
  | { readonly role: 'dns' }

/** The applications of a node, all of them. */
export interface AppTarget {
  readonly role: 'app'
  readonly node: string
}

/** What a scenario says of the pods that run Fluentd: the aggregator is all of its replicas. */
export type PodTarget = Forwarder | { readonly role: 'aggregator' }
export type BufferTarget = PodTarget

/** One pod that runs Fluentd. */
export type FluentdTarget =
  | Forwarder
  /** `replica` counts from 0; null: there is no other. */
  | { readonly role: 'aggregator'; readonly replica: number | null }

interface Forwarder {
  readonly role: 'forwarder'
  readonly node: string
}

export function describeTarget(target: Target | FluentdTarget): string {
  switch (target.role) {
    case 'forwarder':
      return `forwarder on ${target.node}`
    case 'app':
      return `apps on ${target.node}`
    case 'node':
      return target.node
    case 'network':
      return target.node === undefined ? 'network of every node' : `network of ${target.node}`
    case 'dns':
      return 'DNS'
    case 'aggregator':
      return 'replica' in target && target.replica !== null
        ? `aggregator ${String(target.replica)}`
        : 'aggregator'
    default:
      return target.role
  }
}

/** The node that a target is bound to; undefined where it serves all of them. */
export function nodeOf(target: Target): string | undefined {
  return 'node' in target ? target.node : undefined
}

export function sameTarget(a: Target, b: Target): boolean {
  return describeTarget(a) === describeTarget(b)
}
