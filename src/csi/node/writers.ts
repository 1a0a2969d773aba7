import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { parseMountTable, sourceOf, volumeMounts, type Source, type VolumeMount } from '../mount-table.js'
import { volumesDirectory } from '../names.js'
import type { Journal } from './journal.js'

export interface WritersOptions {
  readonly node: string
  readonly shared: string
  readonly journal: Journal
  /** Default: a second. */
  readonly everyMs?: number
}

/** A file of a volume that a process has open for writing. */
interface OpenFile {
  /** Of process, descriptor and file: the same as long as it stays open. */
  readonly key: string
  readonly pid: number
  readonly volume: string
  readonly podUid: string | undefined
  readonly position: number
  readonly changedAtMs: number
}

/**
 * Looks again and again which processes of the node write into files of volumes, as only the node itself can tell: what a volume
 * holds says that somebody wrote, and not who. It sees all processes, whatever became of their pods, and of what they do
 * only that an open file's position moves: no renames, no removals.
 */
export function watchWriters({ node, shared, journal, everyMs = 1_000 }: WritersOptions): AsyncDisposable {
  let before = new Map<string, OpenFile>()
  let sinceMs = Date.now()
  let looking: Promise<void> = Promise.resolve()
  let over = false

  async function look(): Promise<void> {
    const startedAtMs = Date.now()
    const files = (await hasVolumes(shared)) ? await openFiles(shared) : []
    const wrote = files.filter((file) => hasWritten(file, before.get(file.key), sinceMs))
    for (const { volume, pid, podUid } of new Map(
      wrote.map((file) => [`${file.pid} ${file.volume}`, file]),
    ).values()) {
      const whose = { volume, pid, ...(podUid !== undefined && { podUid }) }
      journal.note({ type: 'wrote', atMs: startedAtMs, node, ...whose })
    }
    before = new Map(files.map((file) => [file.key, file]))
    sinceMs = startedAtMs
  }

  const next = () => {
    looking = look()
      .catch((error: unknown) => process.stderr.write(`could not look who writes: ${String(error)}\n`))
      .then(() => {
        if (!over) timer = setTimeout(next, everyMs)
      })
  }
  let timer = setTimeout(next, everyMs)
  return {
    [Symbol.asyncDispose]: async () => {
      over = true
      clearTimeout(timer)
      await looking
    },
  }
}

/** A descriptor that was just opened may stand at the end of what others wrote: then the file's age decides. */
function hasWritten(now: OpenFile, before: OpenFile | undefined, sinceMs: number): boolean {
  if (before !== undefined) return now.position !== before.position && now.changedAtMs !== before.changedAtMs
  return now.position > 0 && now.changedAtMs >= sinceMs
}

async function hasVolumes(shared: string): Promise<boolean> {
  return (await readdir(volumesDirectory(shared)).catch(() => [])).length > 0
}

async function openFiles(shared: string): Promise<readonly OpenFile[]> {
  const source = sourceOf(parseMountTable(await readFile('/proc/self/mountinfo', 'utf8')), shared)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const namespaces = new Map<string, Promise<Namespace>>()
  const files = await Promise.all(
    pids.map(async (pid) => {
      const id = await readlink(`/proc/${String(pid)}/ns/mnt`).catch(() => undefined)
      if (id === undefined) return []
      const known = namespaces.get(id) ?? readNamespace(pid, source)
      namespaces.set(id, known)
      const { volumes, podUid } = await known
      return volumes.length === 0 ? [] : openIn(pid, volumes, podUid)
    }),
  )
  return files.flat()
}

interface Namespace {
  readonly volumes: readonly VolumeMount[]
  readonly podUid: string | undefined
}

async function readNamespace(pid: number, source: Source): Promise<Namespace> {
  const text = await readFile(`/proc/${String(pid)}/mountinfo`, 'utf8').catch(() => '')
  const table = parseMountTable(text)
  // kubelet gives each container files of the pod's own directory; the node itself has those of all pods.
  const own = table.find(({ path }) => path === '/etc/hosts')
  const podUid = /\/pods\/([^/]+)\/etc-hosts$/.exec(own?.root ?? '')?.[1]
  return { volumes: volumeMounts(table, source), podUid }
}

async function openIn(
  pid: number,
  volumes: readonly VolumeMount[],
  podUid: string | undefined,
): Promise<readonly OpenFile[]> {
  const directory = `/proc/${String(pid)}`
  const descriptors = await readdir(`${directory}/fd`).catch(() => [])
  const files = await Promise.all(
    descriptors.map(async (descriptor) => {
      try {
        const info = await readFile(`${directory}/fdinfo/${descriptor}`, 'utf8')
        const mount = volumes.find(({ id }) => id === fieldOf(info, 'mnt_id'))
        if (mount === undefined || !isForWriting(info)) return []
        const { ino, mtimeMs, isFile } = await describe(`${directory}/fd/${descriptor}`)
        if (!isFile) return []
        const position = fieldOf(info, 'pos')
        const key = [pid, descriptor, ino].join(' ')
        return [{ key, pid, volume: mount.volume, podUid, position, changedAtMs: mtimeMs }]
      } catch {
        // Closed, or the process ended.
        return []
      }
    }),
  )
  return files.flat()
}

async function describe(path: string): Promise<{ ino: number; mtimeMs: number; isFile: boolean }> {
  const found = await stat(path)
  return { ino: found.ino, mtimeMs: found.mtimeMs, isFile: found.isFile() }
}

function fieldOf(info: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(info)?.[1])
}

/** Its flags are octal; the last two bits say how it was opened. */
function isForWriting(info: string): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0'
  return (Number.parseInt(flags, 8) & 0b11) !== 0
}
