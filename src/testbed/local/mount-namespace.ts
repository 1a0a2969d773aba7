import { execFileSync } from 'node:child_process'
import type { DoctorFinding } from '../contract.js'

/**
 * To mount anything, root needs a mount namespace only; everybody else gets one by being root in a user namespace of
 * their own, which most kernels let them.
 */
const ways = [['--mount'], ['--user', '--map-root-user', '--mount']] as const
type Way = (typeof ways)[number]

let possible: Way | null | undefined

/**
 * Whether a volume can be given a size here. Tried once, for real: kernels, security modules and containers forbid
 * it each in their own way. Without it there is no honest limit: a watcher that counts bytes is always late, a limit
 * on the size of files is another error (EFBIG), and Fluentd would never be told that the disk is full.
 */
export function canLimitVolumes(): boolean {
  return wayHere() !== null
}

/**
 * The words of a command that mounts a file system of this size, in memory, where nobody but itself sees it, and then
 * goes on as `then`. It lives as long as a process in there, and goes with it.
 */
export function limitedMount(directory: string, bytes: number, then: string): readonly string[] {
  return wordsOf(wayHere() ?? ways[0], directory, bytes, then)
}

function wayHere(): Way | null {
  if (possible === undefined) possible = (process.platform === 'linux' ? ways.find(works) : undefined) ?? null
  return possible
}

function wordsOf(way: Way, directory: string, bytes: number, then: string): readonly string[] {
  const script = `mount -t tmpfs -o "size=$1,mode=0755" gapless "$2" && ${then}`
  return ['unshare', ...way, 'sh', '-c', script, 'sh', String(bytes), directory]
}

function works(way: Way): boolean {
  const [program = '', ...words] = wordsOf(way, '/', 65_536, 'exit 0')
  try {
    execFileSync(program, words, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** What `gapless doctor` says of it. Nothing else needs it, so its absence is no fault. */
export function examineLimits(): DoctorFinding {
  const found = canLimitVolumes()
    ? 'can be made here (tmpfs)'
    : 'cannot be made here, as no file system can be mounted, not even in a user namespace; ' +
      'scenarios that fill a disk are skipped'
  return { what: 'volumes with a size', ok: true, found }
}
