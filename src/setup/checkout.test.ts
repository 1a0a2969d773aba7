import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cacheDirectory } from '../../setup/cache.mjs'
import { packagesAreInstalled } from '../../setup/packages.mjs'

let root: string

const recordedAt = new Date('2026-01-02T03:04:05Z')
const before = new Date('2026-01-02T03:04:00Z')
const after = new Date('2026-01-02T03:04:10Z')

const wanted = {
  '': { name: 'something' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/only-elsewhere': { version: '1.0.0', optional: true },
}
const installed = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } }

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), JSON.stringify(content))
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gapless-checkout-'))
  write('package-lock.json', { packages: wanted })
  write('node_modules/a/package.json', {})
  write('node_modules/.package-lock.json', { packages: installed })
  utimesSync(join(root, 'node_modules/a'), before, before)
  utimesSync(join(root, 'node_modules/.package-lock.json'), recordedAt, recordedAt)
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

test('packages are installed where npm recorded what the lock wants, optional ones aside', () => {
  expect(packagesAreInstalled(root)).toBe(true)
})

test.each([
  [
    'npm did not finish',
    () => {
      rmSync(join(root, 'node_modules/.package-lock.json'))
    },
  ],
  [
    'there are none',
    () => {
      rmSync(join(root, 'node_modules'), { recursive: true })
    },
  ],
  [
    'a package lost its files',
    () => {
      rmSync(join(root, 'node_modules/a/package.json'))
    },
  ],
  [
    'a package changed after the record',
    () => {
      utimesSync(join(root, 'node_modules/a'), after, after)
    },
  ],
  [
    'the lock wants another version',
    () => {
      write('package-lock.json', { packages: { ...wanted, 'node_modules/a': { version: '1.0.1' } } })
    },
  ],
  [
    'the lock wants one more',
    () => {
      write('package-lock.json', { packages: { ...wanted, 'node_modules/b': { version: '1.0.0' } } })
    },
  ],
  [
    'the lock no longer wants one',
    () => {
      write('package-lock.json', { packages: { '': {} } })
    },
  ],
])('packages are not installed where %s', (_case, damage) => {
  damage()
  expect(packagesAreInstalled(root)).toBe(false)
})

test('the cache is where the user says, else where such things belong', () => {
  expect(cacheDirectory({ GAPLESS_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/a')
  expect(cacheDirectory({ XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/b/gapless')
  expect(cacheDirectory({ XDG_CACHE_HOME: 'relative', HOME: '/c' })).toBe('/c/.cache/gapless')
  expect(cacheDirectory({ HOME: '/c' })).toBe('/c/.cache/gapless')
})
