import type { Storage } from '../../contract.js'

/** What volumes that move with their pods are called, for the cluster that makes them and for whoever looks at them. */

export const storageClasses: Readonly<Record<Storage, string>> = {
  block: 'gapless-rwo',
  file: 'gapless-rwx',
}

export const drivers: Readonly<Record<Storage, string>> = {
  block: 'rwo.csi.gapless.dev',
  file: 'rwx.csi.gapless.dev',
}

/** The same directory in every machine of a cluster, that of the control plane included. */
export const sharedDirectory = '/var/lib/gapless-volumes'

/** Where what is on a volume is, in every machine. */
export const volumeDirectory = (volumeHandle: string) => `${sharedDirectory}/volumes/${volumeHandle}`

export const isOurDriver = (driver: string | undefined): boolean =>
  Object.values(drivers).some((ours) => ours === driver)
