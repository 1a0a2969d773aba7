import { posix } from 'node:path'
import { textOfCriLog } from '../local/cri-text.js'
import type { Machine } from './machine.js'

/** One pod object: a controller makes another one, with another uid, for each that is gone. */
export interface Incarnation {
  readonly uid: string
  /** Of the pod object. */
  readonly name: string
  readonly machine: Machine
  /** kubelet's directory of the container's log files. */
  readonly logDirectory: string
  /** Where the run keeps them when kubelet removes them: links, so that they go on growing. */
  readonly keptDirectory: string
}

export function incarnation(
  machine: Machine,
  pod: {
    readonly uid: string
    readonly name: string
    readonly namespace: string
    readonly container: string
  },
  runId: string,
): Incarnation {
  const { uid, name, namespace, container } = pod
  return {
    uid,
    name,
    machine,
    logDirectory: `/var/log/pods/${namespace}_${name}_${uid}/${container}`,
    keptDirectory: `${keptLogsDirectory(runId)}/${name}_${uid}`,
  }
}

/** On every node; to be removed with the run. On the file system of kubelet's own, or nothing could be linked. */
export function keptLogsDirectory(runId: string): string {
  return `/var/log/gapless/${runId}`
}

/** A link is called `<restart count>-<time of the link>-<inode>`: by name they are in order, and none is made twice. */
const linkScript = `
mkdir -p "$2"
for file in "$1"/*.log "$1"/*.log.2*; do
  [ -f "$file" ] || continue
  case $file in *.gz|*.tmp) continue;; esac
  inode=$(stat -c %i "$file") || continue
  ls "$2"/*-$inode >/dev/null 2>&1 && continue
  name=\${file##*/}
  ln "$file" "$2/$(printf '%06d' "\${name%%.*}")-$(date +%s%N)-$inode" 2>/dev/null
done
true
`

/** Links what is there now. Done when a container has started: its log file is there by then. */
export async function keepLogs({ machine, logDirectory, keptDirectory }: Incarnation): Promise<void> {
  await machine.exec(['sh', '-c', linkScript, 'sh', logDirectory, keptDirectory])
}

/** What the containers of these pods wrote, oldest first, cut at its beginning to `maxBytes`. */
export async function readLogs(incarnations: readonly Incarnation[], maxBytes: number): Promise<string> {
  const files = (await Promise.all(incarnations.map(keptFiles))).flat()
  const texts: Buffer[] = []
  let total = 0
  for (const { disk, file } of files.reverse()) {
    if (total >= maxBytes) break
    const text = textOfCriLog(Buffer.from((await disk.read(file.path)) ?? ''))
    texts.unshift(text)
    total += text.length
  }
  const whole = Buffer.concat(texts)
  return whole.subarray(Math.max(whole.length - maxBytes, 0)).toString('utf8')
}

/** Oldest first. */
async function keptFiles(one: Incarnation) {
  const disk = one.machine.files
  await keepLogs(one).catch(async (error: unknown) => {
    // A node that is off has made no new files since.
    if ((await one.machine.state()) === 'running') throw error
  })
  const files = await disk.list(one.keptDirectory)
  return [...files].sort(byName).map((file) => ({ disk, file }))
}

function byName(a: { readonly path: string }, b: { readonly path: string }): number {
  return posix.basename(a.path) < posix.basename(b.path) ? -1 : 1
}
