import path from 'node:path'
import { appLogPath } from '../pipeline/app.js'
import { type Plan } from '../scenario/plan.js'
import { type Cluster, type NodeFile } from '../testbed/contract.js'
import { readPositionFiles, type TailPosition } from './position-file.js'

/** A file of a container's log, and how far the forwarder has read it by its own account. */
export interface LogFile {
  /** On the node's disk. */
  readonly file: string
  /** Below the node's directory of container logs. */
  readonly name: string
  readonly bytes: number
  readonly inode: number
  /** 0 where the position file does not know it: it was never read, or it was compressed since. */
  readonly readBytes: number
  /** The forwarder will read on here: the current file of a container, or one that it has a position for. */
  readonly followed: boolean
}

/**
 * The log files of a node's applications (current, rotated and compressed; those that they write themselves as well),
 * with how far they have been read.
 */
export async function nodeLogFiles(
  plan: Pick<Plan, 'streams' | 'knobs'>,
  cluster: Cluster,
  node: string,
  positionFiles: readonly string[],
): Promise<LogFile[]> {
  const disk = cluster.files(node)
  const directory = cluster.nodePath(node, '/var/log/pods')
  const toFiles = plan.knobs['app.logsTo'] === 'hostPath'
  const [entries, files, own] = await Promise.all([
    readPositionFiles(disk, positionFiles),
    disk.list(directory),
    toFiles ? disk.list(cluster.nodePath(node, appLogPath)) : [],
  ])
  const positions = new Map(entries.map((entry) => [entry.inode, entry]))
  const isApp = appLogs(plan)
  const logs = files
    .map((file) => logFile(file, path.relative(directory, file.path), positions))
    .filter(({ name }) => isApp(name))
  return [...logs, ...own.map((file) => logFile(file, path.relative(directory, file.path), positions))]
}

/** The forwarder leaves Fluentd's own logs out, and so does whoever asks what it has read. */
function appLogs({ streams }: Pick<Plan, 'streams'>): (name: string) => boolean {
  const pods = streams.map(({ pod }) => pod).join('|')
  // <namespace>_<pod>_<uid>/…; a DaemonSet's pods have five characters more behind their name.
  const pattern = new RegExp(`^[^_/]+_(${pods})(-[a-z0-9]{5})?_`)
  return (name) => pattern.test(name)
}

function logFile(
  { path: file, bytes, inode }: NodeFile,
  name: string,
  positions: ReadonlyMap<number, TailPosition>,
): LogFile {
  const position = positions.get(inode)
  // A file that in_tail let go of after rotate_wait was read to its end as it then was.
  const readBytes = position === undefined ? 0 : (position.readBytes ?? bytes)
  return {
    file,
    name,
    bytes,
    inode,
    readBytes: Math.min(readBytes, bytes),
    followed: position !== undefined || file.endsWith('.log'),
  }
}
