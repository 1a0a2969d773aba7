import { copyFile, link, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { NodeFiles } from '../contract.js'

/** A node's disk is a directory of this machine, so paths on it are this machine's. */
export const localFiles: NodeFiles = {
  async list(directory) {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const found = await Promise.all(
      paths.sort().map(async (path) => {
        const file = await stat(path).catch(() => undefined)
        return file && { path, bytes: file.size, inode: file.ino }
      }),
    )
    return found.filter((file) => file !== undefined)
  },
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
  async copy(files) {
    await Promise.all(files.map(({ from, to }) => keep(from, to)))
  },
}

/** A link costs nothing and outlives the testbed's own name for the file; across file systems it is a copy. */
async function keep(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await link(from, to).catch(() => copyFile(from, to).catch(() => undefined))
}
