import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'

/** Where a program is, as a shell would find it, or undefined. A name with a slash is taken as a path. */
export function findProgram(name: string, path: string | undefined = process.env.PATH): string | undefined {
  if (name.includes('/')) return isProgram(resolve(name)) ? resolve(name) : undefined
  return (path ?? '')
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, name))
    .find(isProgram)
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
