import { z } from 'zod'
import { isOurDriver, sharedVolumesPath, volumesDirectory } from '../csi/names.js'
import { GaplessError } from '../errors.js'
import { strayDirectories, volumesAndClaimsSchema } from './stray-volumes.js'
import { reachControlPlane, type NamespaceOfCluster } from './namespace.js'

const metadata = z.object({ name: z.string(), deletionTimestamp: z.string().optional() })
const objectsSchema = z.object({
  items: z.array(
    z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('PersistentVolume'),
        metadata,
        spec: z.object({
          csi: z.object({ driver: z.string(), volumeHandle: z.string() }).optional(),
          claimRef: z.object({ namespace: z.string() }).optional(),
        }),
      }),
      z.object({
        kind: z.literal('VolumeAttachment'),
        metadata,
        spec: z.object({
          attacher: z.string(),
          source: z.object({ persistentVolumeName: z.string().optional() }),
        }),
      }),
    ]),
  ),
})

/** Names of what there is of a namespace's volumes. */
export interface VolumesLeft {
  readonly volumes: readonly string[]
  readonly attachments: readonly string[]
}

type Run = (...command: readonly string[]) => Promise<string>

/**
 * What is left of the volumes of a namespace that outlive nodes: nothing where its control plane cannot be reached.
 * Throws 'instrument' with what the control plane said.
 */
export async function findVolumes(where: NamespaceOfCluster): Promise<VolumesLeft> {
  const run = await runIn(where)
  return run ? listVolumes(where, run) : { volumes: [], attachments: [] }
}

/**
 * Deletes them: attachments, whoever holds them, the volumes and what is on them, and directories that are no volume's
 * because who made them was killed. For when there is nobody any more who would do so in order. Resolves to what there was. Throws like `findVolumes`.
 */
export async function deleteVolumes(where: NamespaceOfCluster): Promise<VolumesLeft> {
  const run = await runIn(where)
  if (!run) return { volumes: [], attachments: [] }
  const { kubectl } = where
  const { volumes, attachments } = await listVolumes(where, run)
  const remove = ['delete', '--ignore-not-found', '--wait=false'] as const
  for (const name of attachments) {
    await run(...kubectl, ...remove, 'volumeattachment', name)
    const patch = ['--type', 'merge', '--patch', '{"metadata":{"finalizers":null}}']
    // Its own attacher may have been at it.
    await run('sh', '-c', '"$@" || true', 'sh', ...kubectl, 'patch', 'volumeattachment', name, ...patch)
  }
  if (volumes.length > 0) await run(...kubectl, ...remove, 'persistentvolume', ...volumes)
  const directories = [...volumes, ...(await listStrays(where, run))]
  if (directories.length > 0) {
    await run('rm', '--recursive', '--force', '--', ...directories.map((name) => `${directory}/${name}`))
  }
  return { volumes, attachments }
}

const directory = volumesDirectory(sharedVolumesPath)

async function listStrays({ kubectl, namespace }: NamespaceOfCluster, run: Run): Promise<readonly string[]> {
  // Clusters whose runs never needed such volumes have no directory for them.
  const found = await run('sh', '-c', 'ls "$0" 2>/dev/null || true', directory)
  const kinds = 'persistentvolumes,persistentvolumeclaims'
  const objects = await run(...kubectl, 'get', kinds, '--all-namespaces', '--output', 'json')
  const parsed = volumesAndClaimsSchema.parse(JSON.parse(objects))
  return strayDirectories(found.split('\n'), parsed, namespace)
}

async function runIn({ controlPlane, namespace }: NamespaceOfCluster): Promise<Run | undefined> {
  const run = await reachControlPlane(controlPlane)
  return (
    run &&
    (async (...command) => {
      const { exitCode, stdout, stderr } = await run(...command)
      if (exitCode === 0) return stdout
      throw new GaplessError(`Volumes of ${namespace} could not be removed: ${stderr.trim()}`, {
        code: 'instrument',
        hint: 'Run gapless clean again, or gapless clean --warm if the cluster is of no use any more.',
      })
    })
  )
}

async function listVolumes({ kubectl, namespace }: NamespaceOfCluster, run: Run): Promise<VolumesLeft> {
  const listed = await run(...kubectl, 'get', 'persistentvolumes,volumeattachments', '--output', 'json')
  const { items } = objectsSchema.parse(JSON.parse(listed))
  const volumes = items.flatMap((item) => {
    if (item.kind !== 'PersistentVolume' || item.spec.claimRef?.namespace !== namespace) return []
    return isOurDriver(item.spec.csi?.driver) ? [item.metadata.name] : []
  })
  const others = items.flatMap(({ kind, metadata: { name } }) =>
    kind === 'PersistentVolume' && !volumes.includes(name) ? [name] : [],
  )
  // Kubernetes may have asked for one when its volume was just gone.
  const attachments = items.flatMap((item) => {
    if (item.kind !== 'VolumeAttachment' || !isOurDriver(item.spec.attacher)) return []
    return others.includes(item.spec.source.persistentVolumeName ?? '') ? [] : [item.metadata.name]
  })
  return { volumes, attachments }
}
