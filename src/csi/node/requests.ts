import { z } from 'zod'
import { isVolumeId, type VolumeKind } from '../names.js'
import { CallError } from './services.js'

const single = [
  'SINGLE_NODE_WRITER',
  'SINGLE_NODE_READER_ONLY',
  'SINGLE_NODE_SINGLE_WRITER',
  'SINGLE_NODE_MULTI_WRITER',
]
const multiple = ['MULTI_NODE_READER_ONLY', 'MULTI_NODE_SINGLE_WRITER', 'MULTI_NODE_MULTI_WRITER']
const served: Readonly<Record<VolumeKind, readonly string[]>> = {
  block: single,
  file: [...single, ...multiple],
}

const volumeId = z
  .string()
  .min(1, 'no volume is named')
  .refine(isVolumeId, { error: ({ input }) => `${JSON.stringify(input)} is not the id of a volume` })

const capability = z.object(
  {
    block: z.null('raw block volumes are not served'),
    mount: z.object(
      { mountFlags: z.array(z.string()).max(0, 'mount flags are not served') },
      'no way of access is named',
    ),
    accessMode: z.object({ mode: z.union([z.string(), z.number()]) }, 'no access mode is named'),
  },
  'no volume capability is named',
)

const unpublish = (path: string) => z.object({ volumeId, targetPath: pathSchema(path) })
const unstage = (path: string) => z.object({ volumeId, stagingTargetPath: pathSchema(path) })

/** What calls must be, given below which directory kubelet keeps what it mounts. */
export function requestSchemas(kubeletDirectory: string) {
  const volumeCapability = capability
  return {
    stage: unstage(kubeletDirectory).extend({ volumeCapability }),
    unstage: unstage(kubeletDirectory),
    publish: unpublish(kubeletDirectory).extend({
      // The absence of this one is a state that the call finds, not a fault of the call.
      stagingTargetPath: z.union([z.literal(''), pathSchema(kubeletDirectory)]),
      volumeCapability,
      readonly: z.boolean(),
    }),
    unpublish: unpublish(kubeletDirectory),
  }
}

export type StageRequest = z.infer<ReturnType<typeof requestSchemas>['stage']>
export type UnstageRequest = z.infer<ReturnType<typeof requestSchemas>['unstage']>
export type PublishRequest = z.infer<ReturnType<typeof requestSchemas>['publish']>
export type UnpublishRequest = z.infer<ReturnType<typeof requestSchemas>['unpublish']>

/** Throws CallError INVALID_ARGUMENT where a request is not as it must be. */
export function checked<T>(schema: z.ZodType<T>, request: unknown): T {
  const { success, data, error } = schema.safeParse(request)
  if (success) return data
  throw new CallError('INVALID_ARGUMENT', error.issues.map(({ message }) => message).join('; '))
}

/** Throws CallError INVALID_ARGUMENT where a volume of this kind cannot be used that way. */
export function refuseMode(
  kind: VolumeKind,
  { volumeCapability }: Pick<StageRequest, 'volumeCapability'>,
): void {
  const mode = String(volumeCapability.accessMode.mode)
  if (served[kind].includes(mode)) return
  throw new CallError(
    'INVALID_ARGUMENT',
    `the access mode ${mode} is not served, only ${served[kind].join(', ')}`,
  )
}

function pathSchema(directory: string) {
  const isBelow = (path: string) =>
    path.startsWith(`${directory}/`) && path.split('/').every((part) => part !== '..' && part !== '.')
  return z
    .string()
    .min(1, 'a path is missing')
    .refine(isBelow, { error: ({ input }) => `${JSON.stringify(input)} is not a path below ${directory}` })
}
