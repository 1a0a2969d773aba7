/** What a fault hits. */
export type Target =
  | { readonly role: 'forwarder'; readonly node: string }
  | { readonly role: 'aggregator' }
  | { readonly role: 'collector' }

export type PodTarget = Exclude<Target, { role: 'collector' }>
export type BufferTarget = PodTarget

export function describeTarget(target: Target): string {
  return target.role === 'forwarder' ? `forwarder on ${target.node}` : target.role
}

export function sameTarget(a: Target, b: Target): boolean {
  return describeTarget(a) === describeTarget(b)
}
