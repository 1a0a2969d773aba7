import { copyFile, link, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { NodeFiles } from './contract.js'

/** The disk of this machine, on which nodes that are directories have theirs. */
export const thisMachine: NodeFiles = {
  async list(directory, { follow = false } = {}) {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
    const paths = entries
      .filter((entry) => entry.isFile() || (follow && entry.isSymbolicLink()))
      .map((entry) => join(entry.parentPath, entry.name))
    const found = await Promise.all(
      paths.sort().map(async (path) => {
        const file = await stat(path).catch(() => undefined)
        return file?.isFile() && { path, bytes: file.size, inode: file.ino }
      }),
    )
    return found.filter((file) => typeof file === 'object')
  },
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
  async copy(files, { settled = false } = {}) {
    await Promise.all(files.map(({ from, to }) => (settled ? keep(from, to) : copyOne(from, to))))
  },
}

/** A link costs nothing and outlives the testbed's own name for the file; across file systems it is a copy. */
async function keep(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await link(from, to).catch(() => copyOne(from, to))
}

async function copyOne(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, to).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  })
}
