import type {
  V1Affinity,
  V1NodeAffinity,
  V1NodeSelectorTerm,
  V1PodAffinityTerm,
} from '@kubernetes/client-node'
import { GaplessError } from '../../errors.js'
import type { Workload } from '../contract.js'
import { heldLabel, runLabel, selectorOf } from './labels.js'
import type { Plain } from './objects.js'

export interface PlacementSettings {
  readonly runId: string
  /** What the API server calls the nodes, by the plan's names of them. */
  readonly kubernetesNames: Readonly<Record<string, string>>
  /** Of the pods of a workload to each other. Default: none. */
  readonly affinity?: 'apart' | 'together'
}

/** Where the pods of a workload may go, and where they had better. */
export function affinityOf(workload: Workload, settings: PlacementSettings): Plain<V1Affinity> {
  return { ...nodeAffinity(workload, settings), ...podAffinity(workload, settings) }
}

/**
 * Apart is a must. Together is a wish, and together with the node that they all prefer one that outweighs what
 * schedulers do by themselves to spread replicas: where the node takes no more, the others go elsewhere.
 */
function podAffinity(workload: Workload, { affinity, runId }: PlacementSettings): Plain<V1Affinity> {
  const term: Plain<V1PodAffinityTerm> = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: { ...selectorOf(workload.name, runId) } },
  }
  switch (affinity) {
    case 'apart':
      return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    case 'together':
      return {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
        },
      }
    default:
      return {}
  }
}

/** A DaemonSet is for the nodes of its pods and no others; what can move starts where it is meant to, if it can. */
function nodeAffinity(workload: Workload, settings: PlacementSettings): Plain<V1Affinity> {
  const names = workload.pods.map(({ node }) => kubernetesName(node, settings))
  if (workload.kind !== 'DaemonSet') return { nodeAffinity: preferring(names[0] ?? '') }
  const nodeSelectorTerms = names.map((name): Plain<V1NodeSelectorTerm> => ({
    matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }],
    matchExpressions: [
      { key: heldLabel(workload.name), operator: 'NotIn', values: [runLabel(settings.runId)] },
    ],
  }))
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
}

/** Older schedulers weigh labels only, no fields. */
function preferring(kubernetesNode: string): Plain<V1NodeAffinity> {
  const key = 'kubernetes.io/hostname'
  return {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 100, preference: { matchExpressions: [{ key, operator: 'In', values: [kubernetesNode] }] } },
    ],
  }
}

/** There and nowhere else. */
export function onlyOn(kubernetesNode: string): Plain<V1NodeAffinity> {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [kubernetesNode] }]
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } }
}

function kubernetesName(node: string, { kubernetesNames }: PlacementSettings): string {
  const name = kubernetesNames[node]
  if (name !== undefined) return name
  const known = Object.keys(kubernetesNames).join(', ')
  throw new GaplessError(`There is no node ${node}; there is ${known}`, { code: 'usage' })
}
