import { z } from 'zod'

const atMs = z.number().describe('milliseconds since 1970')
const node = z.string().describe('as Kubernetes calls it')
const volume = z.string()
const kind = z.enum(['block', 'file'])
const uid = z.string().describe('of the VolumeAttachment')
const attachment = { atMs, volume, node, uid }

/** What the node plugin was asked, and what came of it. */
const callSchema = z.object({
  type: z.enum(['stage', 'unstage', 'publish', 'unpublish']),
  /** When it was answered. */
  atMs,
  tookMs: z.number(),
  node,
  driver: kind,
  volume,
  path: z.string().describe('where it is mounted on the node'),
  podUid: z.string().optional(),
  result: z.string().describe("'ok', or the name of a status of gRPC"),
  message: z.string().optional(),
})

/** What the node plugin sees and does. */
const nodeRecords = [
  callSchema,
  z.object({
    /**
     * A process had a file of the volume open for writing, and wrote into it: renames and removals are not seen. At most
     * one a second, volume and process.
     */
    type: z.literal('wrote'),
    atMs,
    node,
    volume,
    podUid: z.string().optional(),
    pid: z.int().describe('in the node'),
  }),
  z.object({
    /** There was no room for so many records, told when there is again. */
    type: z.literal('records-lost'),
    atMs,
    node,
    records: z.int(),
    sinceMs: z.number(),
  }),
  z.object({ type: z.literal('plugin-started'), atMs, node, pid: z.int() }),
] as const

/** What the controller, which provisions and attaches, does and sees. */
const controllerRecords = [
  z.object({ type: z.enum(['provisioned', 'deleted']), atMs, volume, claim: z.string(), driver: kind }),
  z.object({ type: z.literal('provisioning-failed'), atMs, claim: z.string(), message: z.string() }),
  z.object({ type: z.enum(['attached', 'detach-asked']), ...attachment }),
  z.object({ type: z.literal('detach-refused'), ...attachment, message: z.string() }),
  z.object({
    type: z.literal('detached'),
    ...attachment,
    because: z.enum(['not-mounted', 'powered-off']),
  }),
  z.object({
    /** Somebody else took off what kept it. */
    type: z.literal('attachment-vanished'),
    ...attachment,
    mounted: z.union([z.boolean(), z.literal('unknown')]).describe("by the machine's mount table, then"),
  }),
  z.object({
    /** Pods on two machines have a volume of kind 'block': told when it begins and again when it is over. */
    type: z.literal('two-writers'),
    atMs,
    volume,
    nodes: z.array(z.string()),
    untilMs: z.number().nullable(),
  }),
] as const

export const storageRecordSchema = z.union([...nodeRecords, ...controllerRecords])
export type StorageRecord = z.infer<typeof storageRecordSchema>
export type CallRecord = z.infer<typeof callSchema>

/** The records of a file, one JSON document a line. What was cut short by a crash is left out. */
export function parseRecords(text: string): readonly StorageRecord[] {
  return text.split('\n').flatMap((line) => {
    try {
      return storageRecordSchema.safeParse(JSON.parse(line)).data ?? []
    } catch {
      return []
    }
  })
}
