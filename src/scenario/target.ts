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

/** The pods that run Fluentd. */
export type PodTarget =
  { readonly role: 'forwarder'; readonly node: string } | { readonly role: 'aggregator' }
export type BufferTarget = PodTarget

export function describeTarget(target: Target): string {
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
