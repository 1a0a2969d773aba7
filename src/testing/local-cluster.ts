import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Cluster, PodSpec, ProvisionOptions, TestbedEvent } from '../testbed/contract.js'
import { createLocalTestbed, type LocalTestbedOptions } from '../testbed/local/testbed.js'
import { until } from '../until.js'

/** A local testbed with a registry of its own, for tests; its paths hold a blank. */
export interface TestCluster extends AsyncDisposable {
  readonly cluster: Cluster
  readonly directory: string
  readonly runId: string
  /** Everything that was told, oldest first. */
  readonly events: readonly TestbedEvent[]
  /** The n-th event (from 1) of a type, waited for. */
  nth<T extends TestbedEvent['type']>(type: T, n?: number): Promise<Extract<TestbedEvent, { type: T }>>
}

export async function startTestCluster(
  options: Partial<ProvisionOptions> & LocalTestbedOptions = {},
): Promise<TestCluster> {
  const { backoff, rotationCheckMs = 50, ...provision } = options
  const base = mkdtempSync(join(tmpdir(), 'gapless test '))
  process.env.GAPLESS_CACHE = join(base, 'cache')
  const directory = join(base, 'testbed')
  const runId = randomUUID()
  const cluster = await createLocalTestbed({ rotationCheckMs, ...(backoff && { backoff }) })
    .provision({
      runId,
      directory,
      nodes: ['node-1', 'node-2'],
      logPolicy: { maxBytes: 10 * 1024 * 1024, maxFiles: 5 },
      signal: new AbortController().signal,
      ...provision,
    })
    .catch((error: unknown) => {
      rmSync(base, { recursive: true, force: true })
      throw error
    })
  const events: TestbedEvent[] = []
  cluster.events.on('event', (event) => events.push(event))

  return {
    cluster,
    directory,
    runId,
    events,
    nth: (type, n = 1) =>
      until(`event ${n} of ${type}`, {
        timeoutMs: 60_000,
        intervalMs: 10,
        poll: () =>
          events.filter(
            (event): event is Extract<TestbedEvent, { type: typeof type }> => event.type === type,
          )[n - 1],
      }),
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]()
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** A pod on node-1 that runs a script in bash, unless told otherwise. */
export function testPod(script: string, change: Partial<PodSpec> = {}): PodSpec {
  return {
    name: 'pod',
    namespace: 'default',
    role: 'app',
    node: 'node-1',
    container: 'main',
    command: ['bash', '-c', script],
    env: {},
    files: {},
    volumes: [],
    terminationGracePeriodSeconds: 30,
    restartPolicy: 'Never',
    ...change,
  }
}

/** The directory of a pod's log files. */
export function logDirectory(cluster: Cluster, spec: PodSpec): string {
  const pods = join(cluster.nodeRoot(spec.node), 'var', 'log', 'pods')
  const name = readdirSync(pods).find((found) => found.startsWith(`${spec.namespace}_${spec.name}_`))
  if (name === undefined) throw new Error(`no logs of ${spec.name} in ${pods}`)
  return join(pods, name, spec.container)
}

/** All log files of a directory, oldest first: rotated ones by name, then the current one. */
export function readLogs(directory: string): Buffer {
  const names = readdirSync(directory).sort(
    (a, b) => Number(a.endsWith('.log')) - Number(b.endsWith('.log')) || (a < b ? -1 : 1),
  )
  const files = names.map((name) => {
    const bytes = readFileSync(join(directory, name))
    return name.endsWith('.gz') ? gunzipSync(bytes) : bytes
  })
  return Buffer.concat(files)
}
