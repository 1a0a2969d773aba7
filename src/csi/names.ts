/** A volume that attaches to one node at a time, or one that every node may have. */
export type VolumeKind = 'block' | 'file'
export const volumeKinds: readonly VolumeKind[] = ['block', 'file']

/** What kubelet and the API server call the drivers. */
export const drivers = {
  block: 'rwo.csi.gapless.dev',
  file: 'rwx.csi.gapless.dev',
} as const satisfies Record<VolumeKind, string>

export const isOurDriver = (driver: string | undefined): boolean =>
  Object.values(drivers).some((ours) => ours === driver)

export const storageClasses = {
  block: 'gapless-rwo',
  file: 'gapless-rwx',
} as const satisfies Record<VolumeKind, string>

export const accessModes = {
  block: 'ReadWriteOnce',
  file: 'ReadWriteMany',
} as const satisfies Record<VolumeKind, string>

/** What all nodes of a cluster of ours share, the control plane too: it is there whichever of them is off. */
export const sharedVolumesPath = '/var/lib/gapless-volumes'

/** Below the directory that all nodes share: one directory for each volume, by its id. */
export const volumesDirectory = (shared: string): string => `${shared}/volumes`

/** Below the directory that all nodes share: one file for each node, what its plugin did and saw. */
export const recordsDirectory = (shared: string): string => `${shared}/records`

/** What the volume of a claim is called, and its directory, by the claim's uid. */
export const volumeForClaim = (uid: string): string => `pvc-${uid}`

/** Whether a text is the id of a volume: a plain name, as it becomes that of a directory. */
export function isVolumeId(text: string): boolean {
  return /^[a-z0-9][-a-z0-9]{0,127}$/.test(text)
}
