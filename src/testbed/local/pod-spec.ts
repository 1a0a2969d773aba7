import { z } from 'zod'
import { GaplessError } from '../../errors.js'
import type { PodSpec } from '../contract.js'
import { podSpecSchema } from './protocol.js'

/** Throws `usage` for a spec that this testbed cannot run, naming the field and what is wrong with it. */
export function checkPodSpec(spec: PodSpec): void {
  const parsed = podSpecSchema.safeParse(spec)
  const found = parsed.success ? pathProblems(spec) : [z.prettifyError(parsed.error)]
  if (found.length > 0) {
    throw new GaplessError(`Pod ${spec.name} cannot be created: ${found.join('; ')}`, { code: 'usage' })
  }
}

export function claimsOf(spec: PodSpec): readonly string[] {
  return spec.volumes.flatMap(({ source }) =>
    source.type === 'persistentVolumeClaim' ? [source.claimName] : [],
  )
}

/** The volumes of a pod, with claims that are the n-th of their kind. */
export function withOtherClaims(spec: PodSpec, n: number): PodSpec['volumes'] {
  return spec.volumes.map((volume) =>
    volume.source.type === 'persistentVolumeClaim'
      ? { ...volume, source: { ...volume.source, claimName: `${volume.source.claimName}-${String(n)}` } }
      : volume,
  )
}

/** Paths must not lead out of the container or the node: they are joined to directories of the host. */
function pathProblems(spec: PodSpec): readonly string[] {
  const problems: string[] = []
  const paths = [
    ...spec.volumes.map((volume) => volume.mountPath),
    ...spec.volumes.flatMap(({ source }) => (source.type === 'hostPath' ? [source.path] : [])),
    ...Object.keys(spec.files),
  ]
  for (const path of paths) {
    if (!path.startsWith('/') || path === '/' || path.split('/').includes('..')) {
      problems.push(`"${path}" is not an absolute path below / without ".."`)
    }
  }
  const mounts = spec.volumes.map((volume) => `${volume.mountPath.replace(/\/+$/, '')}/`)
  mounts.forEach((mount, index) => {
    const outer = mounts.find((other, at) => at !== index && mount.startsWith(other))
    if (outer !== undefined) problems.push(`the volume at ${mount} lies in the one at ${outer}`)
  })
  for (const { source } of spec.volumes) {
    const name = source.type === 'persistentVolumeClaim' ? source.claimName : undefined
    if (name !== undefined && !/^[a-z0-9][a-z0-9.-]*$/.test(name)) {
      problems.push(`"${name}" is no name for a volume claim`)
    }
  }
  return problems
}
