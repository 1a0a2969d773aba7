import type { StorageRecord } from '../../../csi/records.js'
import type { TestbedEvent, VolumeEvent } from '../../contract.js'

export interface VolumeNames {
  readonly namespace: string
  /** The plan's name of a node, by Kubernetes' name of it. */
  readonly nodeOf: (kubernetesName: string) => string
}

/** What drivers and attacher did with the volumes of a namespace, in the order of their records. */
export function volumeEvents(records: readonly StorageRecord[], names: VolumeNames): readonly VolumeEvent[] {
  const claims = claimsOf(records, names)
  return records.flatMap((record): readonly VolumeEvent[] => {
    const claim = 'volume' in record ? claims.get(record.volume) : undefined
    return claim === undefined ? [] : eventsOf(record, claim, names)
  })
}

function eventsOf(record: StorageRecord, claim: string, { nodeOf }: VolumeNames): readonly VolumeEvent[] {
  switch (record.type) {
    case 'publish':
    case 'unpublish': {
      if (record.result !== 'ok') return []
      const type = record.type === 'publish' ? 'volume-mounted' : 'volume-unmounted'
      return [{ type, atMs: record.atMs, node: nodeOf(record.node), claim }]
    }
    case 'attached':
    case 'detached':
    case 'attachment-vanished': {
      const type = record.type === 'attached' ? 'volume-attached' : 'volume-detached'
      const stillMounted = record.type === 'attachment-vanished' && record.mounted
      const still = stillMounted !== false && { stillMounted }
      return [{ type, atMs: record.atMs, node: nodeOf(record.node), claim, ...still }]
    }
    case 'detach-refused': {
      const { type, atMs, node, message } = record
      return [{ type, atMs, node: nodeOf(node), claim, message }]
    }
    case 'two-writers': {
      const { type, atMs, untilMs } = record
      const [besides = '', node = ''] = record.nodes.map(nodeOf)
      return [{ type, atMs, untilMs, node, besides, claim }]
    }
    default:
      return []
  }
}

/** Where records were lost: what else is told of volumes may lack something. */
export function lossesOf(
  records: readonly StorageRecord[],
  { nodeOf }: Pick<VolumeNames, 'nodeOf'>,
): readonly TestbedEvent[] {
  return records.flatMap((record) => {
    if (record.type !== 'records-lost') return []
    const { type, atMs, node, records: lost } = record
    return [{ type, atMs, node: nodeOf(node), records: lost }]
  })
}

/** Who was seen to write into files of the volumes of a namespace, and from when to when. */
export function writersOf(records: readonly StorageRecord[], names: VolumeNames): readonly VolumeEvent[] {
  const claims = claimsOf(records, names)
  const writers = new Map<string, Extract<VolumeEvent, { readonly type: 'volume-written' }>>()
  for (const record of records) {
    const claim = record.type === 'wrote' ? claims.get(record.volume) : undefined
    if (record.type !== 'wrote' || claim === undefined) continue
    const key = `${claim} ${record.node} ${record.podUid ?? ''}`
    const { atMs } = writers.get(key) ?? record
    const node = names.nodeOf(record.node)
    writers.set(key, { type: 'volume-written', atMs, untilMs: record.atMs, node, claim })
  }
  return [...writers.values()]
}

/** The claims of a namespace, by their volumes. */
function claimsOf(
  records: readonly StorageRecord[],
  { namespace }: VolumeNames,
): ReadonlyMap<string, string> {
  return new Map(
    records.flatMap((record): [string, string][] => {
      if (record.type !== 'provisioned') return []
      const [where, claim = ''] = record.claim.split('/')
      return where === namespace ? [[record.volume, claim]] : []
    }),
  )
}
