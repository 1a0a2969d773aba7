import type { z } from 'zod'
import { messageOf } from '../../errors.js'
import type { VolumeKind } from '../names.js'
import type { CallRecord } from '../records.js'
import { createTurns } from './in-turn.js'
import type { Journal } from './journal.js'
import type { Service } from './listen.js'
import { checked, refuseMode, requestSchemas } from './requests.js'
import { answering, nodeService, statusOf } from './services.js'
import type { NodeVolumes } from './volumes.js'

export interface NodePlace {
  /** As Kubernetes calls it. */
  readonly node: string
  readonly kubeletDirectory: string
  readonly volumes: NodeVolumes
  readonly journal: Journal
}

type CallType = CallRecord['type']

/** CSI's Node service of one driver. Calls for one volume wait for each other. */
export function nodeServiceOf(kind: VolumeKind, place: NodePlace): Service {
  const { node, kubeletDirectory, volumes } = place
  const schemas = requestSchemas(kubeletDirectory)
  const inTurn = createTurns()

  function call<R extends { readonly volumeId: string }>(
    type: CallType,
    schema: z.ZodType<R>,
    pathOf: (request: R) => string,
    work: (request: R) => Promise<void>,
  ) {
    return async (asked: unknown): Promise<object> => {
      const request = checked(schema, asked)
      return inTurn(request.volumeId, async () => {
        await recorded(
          { type, volume: request.volumeId, path: pathOf(request) },
          () => work(request),
          place,
          kind,
        )
        return {}
      })
    }
  }

  const implementation = answering({
    NodeStageVolume: call('stage', schemas.stage, stagingPath, (request) => {
      refuseMode(kind, request)
      return volumes.stage(request)
    }),
    NodeUnstageVolume: call('unstage', schemas.unstage, stagingPath, volumes.unstage),
    NodePublishVolume: call('publish', schemas.publish, targetPath, (request) => {
      refuseMode(kind, request)
      return volumes.publish(request)
    }),
    NodeUnpublishVolume: call('unpublish', schemas.unpublish, targetPath, volumes.unpublish),
    NodeGetCapabilities: () => ({ capabilities: [{ rpc: { type: 'STAGE_UNSTAGE_VOLUME' } }] }),
    NodeGetInfo: () => ({ nodeId: node }),
  })
  return { definition: nodeService, implementation }
}

const stagingPath = (request: { readonly stagingTargetPath: string }) => request.stagingTargetPath
const targetPath = (request: { readonly targetPath: string }) => request.targetPath

/** What takes a volume away must not fail for a full disk; what brings one is refused there, as nobody would see it. */
async function recorded(
  what: Pick<CallRecord, 'type' | 'volume' | 'path'>,
  work: () => Promise<void>,
  { node, journal }: NodePlace,
  driver: VolumeKind,
): Promise<void> {
  const startedAtMs = Date.now()
  const record = (outcome: Pick<CallRecord, 'result' | 'message'>): CallRecord => {
    const atMs = Date.now()
    const podUid = /\/pods\/([^/]+)\/volumes\//.exec(what.path)?.[1]
    const tookMs = atMs - startedAtMs
    return { ...what, atMs, tookMs, node, driver, ...(podUid !== undefined && { podUid }), ...outcome }
  }
  try {
    await work()
  } catch (error) {
    journal.note(record({ result: statusOf(error), message: messageOf(error) }))
    throw error
  }
  const done = record({ result: 'ok' })
  if (what.type === 'stage' || what.type === 'publish') journal.write(done)
  else journal.note(done)
}
