import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Manifest } from './objects.js'

/** As `kubectl apply -f` reads it. */
export function manifestText(objects: readonly Manifest[]): string {
  const documents = objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
  return documents.join('---\n')
}

/** Writes one file; `kubectl apply -f DIRECTORY` takes files by name, so that a number in front is their order. */
export async function writeManifest(
  directory: string,
  name: string,
  objects: readonly Manifest[],
): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, `${name}.yaml`), manifestText(objects))
}
