import { z } from 'zod'
import { isVolumeId, volumeForClaim } from '../csi/names.js'

export const volumesAndClaimsSchema = z.object({
  items: z.array(
    z.object({
      kind: z.enum(['PersistentVolume', 'PersistentVolumeClaim']),
      metadata: z.object({ name: z.string(), namespace: z.string().optional(), uid: z.string() }),
    }),
  ),
})
export type VolumesAndClaims = z.infer<typeof volumesAndClaimsSchema>

/**
 * Directories of volumes that nobody will use any more, as who made them was killed before there was a volume: neither
 * is there such a volume, nor a claim outside of `namespace`, which is on its way to be gone, that may still get it.
 * `directories` are of before `objects`.
 */
export function strayDirectories(
  directories: readonly string[],
  { items }: VolumesAndClaims,
  namespace: string,
): readonly string[] {
  const used = items
    .filter(({ metadata }) => metadata.namespace !== namespace)
    .map(({ kind, metadata: { name, uid } }) => (kind === 'PersistentVolume' ? name : volumeForClaim(uid)))
  const isOurs = (name: string) => isVolumeId(name) && name.startsWith(volumeForClaim(''))
  return directories.filter((name) => isOurs(name) && !used.includes(name))
}
