import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentials, makeGenericClientConstructor, type ServiceDefinition } from '@grpc/grpc-js'
import { drivers, type VolumeKind } from '../csi/names.js'
import { parseMountTable, type Mount } from '../csi/mount-table.js'
import { parseRecords, type StorageRecord } from '../csi/records.js'
import { identityService, nodeService, registrationService } from '../csi/node/services.js'
import { entryPoint } from '../entry-point.js'
import { until } from '../until.js'

/** Mounts need a namespace of their own: root's, or one in which this user is root, where the kernel allows that. */
const unshare = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--mount']
const trial = spawnSync(unshare[0] ?? '', [...unshare.slice(1), 'mount', '--bind', '/usr', '/mnt'], {
  encoding: 'utf8',
})
/** Why nothing can be mounted here; undefined where it can. */
export const cannotMount: string | undefined =
  trial.status === 0 ? undefined : (trial.error?.message ?? `unshare: ${trial.stderr.trim()}`)

export type Call = (request?: object) => Promise<unknown>
/** How a call was refused. */
export interface Refused {
  readonly code: number
  readonly details: string
}

/** A node as its plugin sees one: mounts of its own, kubelet's directory, and the directory that all nodes share. */
export interface PluginNode extends AsyncDisposable {
  readonly shared: string
  readonly kubelet: string
  /** Runs a program where the node's mounts are, to its end. */
  run(...command: readonly string[]): string
  /** Starts one there that runs on. */
  start(...command: readonly string[]): ChildProcess
  mounts(): readonly Mount[]
  records(): readonly StorageRecord[]
  /** The calls of one driver. */
  client(kind: VolumeKind): Readonly<Record<string, Call>>
  registration(kind: VolumeKind): Readonly<Record<string, Call>>
  plugin: ChildProcess
  /** Starts the plugin and resolves when it is ready. */
  startPlugin(): Promise<void>
}

export async function openPluginNode(): Promise<PluginNode> {
  const root = mkdtempSync(join(tmpdir(), 'gapless-csi-'))
  const [shared, kubelet] = [join(root, 'shared'), join(root, 'kubelet')]
  for (const directory of [join(shared, 'volumes'), kubelet]) mkdirSync(directory, { recursive: true })
  const holder = spawn(unshare[0] ?? '', [...unshare.slice(1), 'sleep', 'infinity'])
  await until('its own mounts', {
    timeoutMs: 10_000,
    poll: () => (commandOf(holder.pid) === 'sleep' ? true : undefined),
  })
  const enter = [
    ...['--target', String(holder.pid), '--mount'],
    ...(process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials']),
  ]
  const start = (...command: readonly string[]) =>
    spawn('nsenter', [...enter, ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  const started: ChildProcess[] = [holder]

  async function startPlugin(): Promise<void> {
    const config = JSON.stringify({ node: 'node-a', shared, kubeletDirectory: kubelet })
    node.plugin = start(process.execPath, entryPoint('csi/node/main'), config)
    started.push(node.plugin)
    if (node.plugin.stdout) await once(node.plugin.stdout, 'data')
  }

  const node: PluginNode = {
    shared,
    kubelet,
    run(...command) {
      const { status, stdout, stderr } = spawnSync('nsenter', [...enter, ...command], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
      return stdout
    },
    start(...command) {
      const child = start(...command)
      started.push(child)
      return child
    },
    mounts: () => parseMountTable(readFileSync(`/proc/${String(holder.pid)}/mountinfo`, 'utf8')),
    records: () => parseRecords(node.run('cat', join(shared, 'records', 'node-a.ndjson'))),
    client: (kind) => {
      const socket = join(kubelet, 'plugins', drivers[kind], 'csi.sock')
      return { ...callsOf(socket, identityService), ...callsOf(socket, nodeService) }
    },
    registration: (kind) =>
      callsOf(join(kubelet, 'plugins_registry', `${drivers[kind]}-reg.sock`), registrationService),
    plugin: holder,
    startPlugin,
    [Symbol.asyncDispose]: async () => {
      for (const child of started.reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      rmSync(root, { recursive: true, force: true })
    },
  }
  await startPlugin()
  return node
}

function commandOf(pid: number | undefined): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim()
  } catch {
    return undefined
  }
}

function callsOf(socket: string, definition: ServiceDefinition): Readonly<Record<string, Call>> {
  const Client = makeGenericClientConstructor(definition, 'service')
  return Object.fromEntries(
    Object.keys(definition).map((name) => {
      const call: Call = (request = {}) =>
        new Promise((resolve, reject) => {
          const client = new Client(`unix:${socket}`, credentials.createInsecure())
          const method = client[name] as (
            request: object,
            done: (error: Error | null, answer: unknown) => void,
          ) => void
          method.call(client, request, (error, answer) => {
            client.close()
            if (error === null) resolve(answer)
            else reject(error)
          })
        })
      return [name, call]
    }),
  )
}
