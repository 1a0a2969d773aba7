import { z } from 'zod'

/** What gapless and a node's supervisor say to each other over the channel between them, one JSON document each. */

const volumeSchema = z.object({
  sizeLimitBytes: z.int().min(4096).exactOptional(),
  name: z.string(),
  mountPath: z.string(),
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('hostPath'), path: z.string() }),
    z.object({ type: z.literal('emptyDir') }),
    z.object({ type: z.literal('persistentVolumeClaim'), claimName: z.string() }),
  ]),
})

/** Kubernetes' own rule for names, which also makes them safe as file names. */
export const dnsName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and hyphens, as Kubernetes has it')

export const podSpecSchema = z.object({
  name: dnsName,
  namespace: dnsName,
  role: z.enum(['app', 'forwarder', 'aggregator']),
  node: dnsName,
  container: dnsName,
  command: z.array(z.string()).min(1).readonly(),
  env: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.string()),
  volumes: z.array(volumeSchema).readonly(),
  terminationGracePeriodSeconds: z.number().min(0),
  preStop: z
    .union([
      z.object({ exec: z.array(z.string()).min(1).readonly() }),
      z.object({ sleepSeconds: z.number().min(0) }),
    ])
    .exactOptional(),
  restartPolicy: z.enum(['Always', 'Never']),
  address: z.string().exactOptional(),
  resolvesNames: z.boolean().exactOptional(),
})

const backoffSchema = z.object({ baseMs: z.number(), maxMs: z.number(), resetAfterMs: z.number() })

export const nodeConfigSchema = z.object({
  runId: z.string(),
  node: z.string(),
  /** The testbed's directory; the node's own is in it. */
  directory: z.string(),
  registryFile: z.string(),
  logPolicy: z.object({ maxBytes: z.int(), maxFiles: z.int() }),
  backoff: backoffSchema,
  rotationCheckMs: z.number(),
})
export type NodeConfig = z.infer<typeof nodeConfigSchema>

const uid = z.string()

export const requestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('configure'), config: nodeConfigSchema }),
  z.object({ type: z.literal('create'), uid, spec: podSpecSchema }),
  z.object({ type: z.literal('status'), uid }),
  z.object({
    type: z.literal('signal'),
    uid,
    signal: z.string(),
    to: z.enum(['main', 'workers', 'all']),
  }),
  z.object({ type: z.literal('hold'), uid }),
  z.object({ type: z.literal('start'), uid }),
  z.object({ type: z.literal('stop'), uid, gracePeriodSeconds: z.number().min(0) }),
  z.object({ type: z.literal('delete'), uid, gracePeriodSeconds: z.number().min(0) }),
  z.object({ type: z.literal('rotate'), uid }),
  /** Live on when gapless ends. */
  z.object({ type: z.literal('detach') }),
  /** Kill every container; the answer is the last thing before the supervisor ends. */
  z.object({ type: z.literal('shutdown') }),
])
export type Request = z.infer<typeof requestSchema>

export const requestMessageSchema = z.object({ id: z.int(), request: requestSchema })

const refSchema = z.object({
  pid: z.int(),
  startTime: z.string(),
  command: z.string(),
  stopped: z.literal(true).exactOptional(),
})
export const refsSchema = z.array(refSchema)

export const statusSchema = z.object({
  state: z.enum(['waiting', 'running', 'terminated']),
  reason: z.string().exactOptional(),
  containerId: z.string().exactOptional(),
  restartCount: z.int(),
  processes: refsSchema,
  startedAtMs: z.number().exactOptional(),
  lastExit: z
    .object({ code: z.number().nullable(), signal: z.string().nullable(), atMs: z.number() })
    .exactOptional(),
})

const happened = { atMs: z.number(), pod: z.string(), node: z.string() }

/** Volumes are attached by gapless itself, so nodes tell nothing of them. */
export const nodeEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('container-started'), ...happened, containerId: z.string(), pid: z.int() }),
  z.object({
    type: z.literal('container-exited'),
    ...happened,
    containerId: z.string(),
    code: z.number().nullable(),
    signal: z.string().nullable(),
  }),
  z.object({
    type: z.literal('container-waiting'),
    ...happened,
    reason: z.string(),
    forMs: z.number().exactOptional(),
  }),
  z.object({ type: z.literal('pod-terminating'), ...happened }),
  z.object({ type: z.literal('pod-deleted'), ...happened, kept: z.string().exactOptional() }),
  z.object({ type: z.literal('log-rotated'), ...happened, file: z.string() }),
  z.object({ type: z.literal('log-compressed'), ...happened, file: z.string(), inode: z.int() }),
  z.object({
    type: z.literal('log-removed'),
    ...happened,
    file: z.string(),
    inode: z.int().exactOptional(),
    kept: z.string().exactOptional(),
  }),
])
export type NodeEvent = z.infer<typeof nodeEventSchema>

export const replySchema = z.union([
  z.object({ id: z.int(), value: z.unknown() }),
  z.object({
    id: z.int(),
    error: z.object({ message: z.string(), code: z.string(), hint: z.string().exactOptional() }),
  }),
  z.object({ event: nodeEventSchema }),
])
export type Reply = z.infer<typeof replySchema>
