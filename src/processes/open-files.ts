import { readdirSync, readlinkSync } from 'node:fs'
import { onLinux } from './proc.js'

/**
 * What a process has open, as the kernel names it: paths, with ` (deleted)` behind those that have no name any more,
 * and `socket:[…]` and the like. null where that is not to be had: it is gone, somebody else's, or not on Linux.
 */
export function openFiles(pid: number): readonly string[] | null {
  if (!onLinux) return null
  try {
    const directory = `/proc/${String(pid)}/fd`
    return readdirSync(directory).map((descriptor) => nameOf(`${directory}/${descriptor}`))
  } catch {
    return null
  }
}

/** One that was closed meanwhile has no name. */
function nameOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
