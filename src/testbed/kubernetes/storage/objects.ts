import type { VolumeKind } from '../../../csi/names.js'
import { storageClasses, volumeKinds } from '../../../csi/names.js'
import type { ObjectMeta } from '../objects.js'

export interface ClaimObject {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly storageClassName?: string
    readonly volumeName?: string
    readonly volumeMode?: string
    readonly accessModes?: readonly string[]
    readonly resources?: { readonly requests?: { readonly storage?: string } }
  }
  readonly status?: { readonly phase?: string }
}

export interface VolumeObject {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly storageClassName?: string
    readonly csi?: { readonly driver: string; readonly volumeHandle: string }
    readonly claimRef?: { readonly namespace: string; readonly name: string; readonly uid: string }
  }
  readonly status?: { readonly phase?: string }
}

export interface CsiNodeObject {
  readonly metadata: ObjectMeta
  readonly spec: { readonly drivers?: readonly { readonly name: string }[] | null }
}

/** Which of our kinds a class is; undefined: somebody else's. */
export function kindOfClass(storageClass: string | undefined): VolumeKind | undefined {
  return volumeKinds.find((kind) => storageClasses[kind] === storageClass)
}
