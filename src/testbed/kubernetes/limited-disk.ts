import type { Machine } from './machine.js'
import { hostStatePath } from './node-paths.js'

/**
 * A node's disk may be one of this machine, which nobody may fill. Where a scenario gives it a size, what a log pipeline
 * has on it (container logs, buffers and positions, volumes) is on a file system of its own, of that size, in memory.
 */
export const limitedDisk = {
  /** What /proc/mounts calls it. */
  source: 'gapless-disk',
  directory: '/var/lib/gapless-disk',
} as const

/** Moved onto it; `/var/log` as a whole, since links between its files are made. */
const directories = ['/var/log', hostStatePath, '/var/local-path-provisioner']

const limit = `
set -e
disk=$1 size=$2
shift 2
mkdir -p "$disk"
mount -t tmpfs -o "size=$size,mode=0755" ${limitedDisk.source} "$disk"
for directory in "$@"; do
  own=$disk/$(basename "$directory")
  mkdir -p "$own" "$directory"
  mount --bind "$own" "$directory"
done
mkdir -p /var/log/pods /var/log/containers`

/** For a run to come, before any pod of it: what was in these directories is out of sight until `unlimitDisk`. */
export async function limitDisk(machine: Machine, bytes: number): Promise<void> {
  const { directory } = limitedDisk
  await machine.exec(['sh', '-c', limit, 'sh', directory, String(bytes), ...directories])
}

/** Does nothing where it was not limited, or the machine is off, which has forgotten it. */
export async function unlimitDisk(machine: Machine): Promise<void> {
  if ((await machine.state()) !== 'running') return
  const each = [...directories, limitedDisk.directory].map(
    (directory) =>
      `! grep -q '^${limitedDisk.source} ${directory} ' /proc/mounts || umount --lazy ${directory}`,
  )
  await machine.exec(['sh', '-c', each.join('\n')])
}
