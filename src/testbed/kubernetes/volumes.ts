import { posix } from 'node:path'
import { isOurDriver } from '../../csi/names.js'
import { GaplessError } from '../../errors.js'
import type { PodSpec } from '../contract.js'
import type { KubernetesApi } from './api.js'
import { attachmentsOf, volumeOfClaim } from './attachments.js'
import { machineCalled, type KubernetesContext } from './context.js'
import { volumeDirectory } from './node-paths.js'
import { objectPath } from './paths.js'

interface VolumeObject {
  readonly spec: {
    readonly hostPath?: { readonly path: string }
    readonly local?: { readonly path: string }
    readonly csi?: { readonly driver: string; readonly volumeHandle: string }
  }
}

/**
 * The directory of a claim's volume, on its node, or on every machine where it is of a driver of ours; undefined where it
 * is unbound or no directory.
 */
export async function claimPath(
  api: KubernetesApi,
  namespace: string,
  claim: string,
): Promise<string | undefined> {
  const name = await volumeOfClaim(api, namespace, claim)
  if (name === undefined) return undefined
  const volume = await api.get<VolumeObject>(objectPath('PersistentVolume', '', name))
  const { hostPath, local, csi } = volume.spec
  const shared = csi && isOurDriver(csi.driver) ? volumeDirectory(csi.volumeHandle) : undefined
  return hostPath?.path ?? local?.path ?? shared
}

/** The plan's nodes that a claim's volume is attached to. */
export async function nodesAttached(claim: string, context: KubernetesContext): Promise<readonly string[]> {
  const { api, namespace } = context
  const volume = await volumeOfClaim(api, namespace, claim)
  const attachments = volume === undefined ? [] : await attachmentsOf(api, volume)
  return attachments
    .filter(({ status }) => status?.attached)
    .map(({ spec: { nodeName } }) => machineCalled(nodeName, context)?.node ?? nodeName)
}

export interface VolumePlaces {
  readonly kubeletDirectory: string
  readonly uid: string
  /** By claim. */
  readonly claims: ReadonlyMap<string, string>
}

/** Where a path in the container is on its node. Throws 'usage' for one that is on no volume. */
export function pathOnNode(spec: PodSpec, path: string, places: VolumePlaces): string {
  for (const { name, mountPath, source } of spec.volumes) {
    const rest = posix.relative(mountPath, path)
    if (rest.startsWith('..')) continue
    switch (source.type) {
      case 'hostPath':
        return posix.join(source.path, rest)
      case 'emptyDir':
        return posix.join(
          places.kubeletDirectory,
          'pods',
          places.uid,
          'volumes/kubernetes.io~empty-dir',
          name,
          rest,
        )
      case 'persistentVolumeClaim': {
        const found = places.claims.get(source.claimName)
        if (found !== undefined) return posix.join(found, rest)
        throw new GaplessError(`The volume of claim ${source.claimName} is no directory of a node`, {
          code: 'instrument',
        })
      }
    }
  }
  throw new GaplessError(`${path} of pod ${spec.name} is on none of its volumes`, { code: 'usage' })
}
