import { mkdtempSync, statSync, writeFileSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeLine } from '../marker/encode.js'
import { type Cluster, type Pod } from '../testbed/contract.js'
import { thisMachine } from '../testbed/this-machine.js'
import { positionPath } from '../pipeline/buffer.js'
import { resolveKnobs } from '../scenario/profiles.js'
import { nodeLogFiles } from './node-log.js'
import { positionFilesOf, readPositionFiles } from './position-file.js'
import { scanFile, scanLog } from './scan-file.js'

let directory: string
/** A node that is this directory. */
const cluster = {
  files: () => thisMachine,
  nodePath: (_: string, file: string) => path.join(directory, file),
} as unknown as Cluster
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'gapless custody '))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

const run = '0123abcd'
function lines(first: number, last: number): Buffer {
  const target = Buffer.alloc(100_000)
  let end = 0
  for (let seq = first; seq <= last; seq++) {
    end = encodeLine(target, end, { run, stream: 's00', lineBytes: 100, seq, emittedAtMs: 1_700_000_000_000 })
    target[end++] = 10
  }
  return Buffer.from(target.subarray(0, end))
}

describe('scanFile', () => {
  test('finds lines, plain and gzip', async () => {
    const bytes = lines(5, 9)
    writeFileSync(path.join(directory, 'plain'), bytes)
    writeFileSync(path.join(directory, 'packed'), gzipSync(bytes))
    expect(await scanFile(run, path.join(directory, 'plain'))).toEqual(new Map([['s00', [[5, 9]]]]))
    expect(await scanFile(run, path.join(directory, 'packed'))).toEqual(new Map([['s00', [[5, 9]]]]))
  })

  test('only so many bytes are looked at, and what it cuts is no line', async () => {
    const bytes = lines(5, 9)
    const file = path.join(directory, 'plain')
    writeFileSync(file, bytes)
    expect(await scanFile(run, file, bytes.length / 5)).toEqual(new Map([['s00', [[5, 5]]]]))
    expect(await scanFile(run, file, 0)).toEqual(new Map())
    expect(await scanFile(run, file, bytes.length - 2)).toEqual(new Map([['s00', [[5, 8]]]]))
  })

  test('a line that the container runtime split is whole, in a container log only', async () => {
    const line = lines(5, 5)
    const head = '2026-01-01T00:00:00.000000000Z stdout'
    const text = `${head} P ${line.toString('latin1', 0, 40)}\n${head} F ${line.toString('latin1', 40)}`
    const file = path.join(directory, 'cri')
    writeFileSync(file, text)
    expect(await scanLog(run, file)).toEqual([new Map([['s00', [[5, 5]]]])])
    expect(await scanFile(run, file)).toEqual(new Map())
    // The last record is still being written; what there is of it counts.
    writeFileSync(file, `${text.trimEnd()}\n${head} F ${lines(6, 6).toString('latin1').trimEnd()}`)
    expect(await scanLog(run, file)).toEqual([new Map([['s00', [[5, 6]]]])])
  })

  test('a gzip that was cut off yields what can be read, a file that is gone nothing', async () => {
    const packed = gzipSync(Buffer.concat([lines(1, 400), Buffer.alloc(100_000, 'x')]))
    writeFileSync(path.join(directory, 'cut'), packed.subarray(0, packed.length - 20))
    const found = (await scanFile(run, path.join(directory, 'cut'))).get('s00') ?? []
    expect(found[0]?.[0]).toBe(1)
    expect(await scanFile(run, path.join(directory, 'gone'))).toEqual(new Map())
  })
})

describe('a log is divided by lines:', () => {
  const head = '2026-01-01T00:00:00.000000000Z stdout'
  const single = (seq: number) => `${head} F ${lines(seq, seq).toString('latin1')}`
  const inParts = (seq: number) => {
    const text = lines(seq, seq).toString('latin1')
    return `${head} P ${text.slice(0, 40)}\n${head} F ${text.slice(40)}`
  }
  const text = single(1) + inParts(2) + single(3)
  const endOf = [single(1), single(1) + inParts(2), text].map((part) => part.length)
  const none = new Map()
  const of = (first: number, last: number) => new Map([['s00', [[first, last]]]])

  test.each<[string, number, number]>([
    ['at its beginning', 0, 0],
    ['in the middle of the first line', 100, 0],
    ['before the newline of the first', endOf[0]! - 1, 0],
    ['behind the newline of the first', endOf[0]!, 1],
    ['between the parts of the second', endOf[0]! + 81, 1],
    ['before the last newline of the second', endOf[1]! - 1, 1],
    ['behind the second', endOf[1]!, 2],
    ['at its end', endOf[2]!, 3],
  ])('read to a position %s', async (_, position, readUpTo) => {
    const file = path.join(directory, 'log')
    const expected = [readUpTo === 0 ? none : of(1, readUpTo), readUpTo === 3 ? none : of(readUpTo + 1, 3)]
    writeFileSync(file, text, 'latin1')
    expect(await scanLog(run, file, Infinity, [position])).toEqual(expected)
    // A compressed file is divided where its text would be.
    writeFileSync(file, gzipSync(Buffer.from(text, 'latin1')))
    expect(await scanLog(run, file, Infinity, [position])).toEqual(expected)
  })

  test('a line whose newline is not there yet is behind every position', async () => {
    const file = path.join(directory, 'log')
    writeFileSync(file, text.slice(0, -1), 'latin1')
    expect(await scanLog(run, file, Infinity, [text.length])).toEqual([of(1, 2), of(3, 3)])
  })

  test('at several offsets, of which some fall into one line', async () => {
    const file = path.join(directory, 'log')
    writeFileSync(file, text, 'latin1')
    const [first = 0, second = 0] = endOf
    expect(await scanLog(run, file, Infinity, [first, first + 1, second - 1, second])).toEqual([
      of(1, 1),
      none,
      none,
      of(2, 2),
      of(3, 3),
    ])
  })
})

test('a position file: hexadecimal positions, let-go files, lines that are none', async () => {
  const file = path.join(directory, 'pos')
  writeFileSync(
    file,
    '/a b.log\t00000000000000ff\t000000000000000a\n/c.log\tffffffffffffffff\t000000000000000b\nnoise\n',
  )
  expect(await readPositionFiles(thisMachine, [file])).toEqual([
    { path: '/a b.log', readBytes: 255, inode: 10 },
    { path: '/c.log', readBytes: null, inode: 11 },
  ])
  expect(await readPositionFiles(thisMachine, [path.join(directory, 'none')])).toEqual([])
})

test('position files are found by what is in them, on the state volume and beside the logs', async () => {
  const write = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    writeFileSync(path.join(directory, name), text)
    return path.join(directory, name)
  }
  const line = '/a.log\t00000000000000ff\t000000000000000a\n'
  const mine = write('var/lib/fluentd/deep/mine', line)
  const beside = write('var/log/x.pos', line)
  write('var/log/pods/app/0.log', line)
  write('var/lib/fluentd/buffer/chunk', `{}\n${line}`)
  write('var/lib/fluentd/empty.pos', '')
  const pod = { spec: { node: 'n' }, resolve: (mountPath: string) => path.join(directory, mountPath) } as Pod
  const plan = (own: string, posFile = true) => ({
    knobs: { ...resolveKnobs('hardened'), 'forwarder.config': own, 'forwarder.posFile': posFile },
  })
  expect(await positionFilesOf(plan('my.conf'), pod, cluster)).toEqual([mine, beside])
  expect(await positionFilesOf(plan(''), pod, cluster)).toEqual([path.join(directory, positionPath)])
  expect(await positionFilesOf(plan('', false), pod, cluster)).toBeNull()
  const gone = () => {
    throw new Error('its pod was deleted')
  }
  const deleted = { ...pod, resolve: gone }
  expect(await positionFilesOf(plan('my.conf'), deleted, cluster)).toBeNull()
})

test('files that applications write themselves are logs of their node, where they do', async () => {
  const apps = path.join(directory, 'var/log/apps')
  mkdirSync(apps, { recursive: true })
  const file = path.join(apps, 'app-1.log')
  writeFileSync(file, Buffer.alloc(30))
  const inode = statSync(file).ino
  const positions = path.join(directory, 'apps.pos')
  writeFileSync(positions, `${file}\t${'14'.padStart(16, '0')}\t${inode.toString(16).padStart(16, '0')}\n`)
  const found = (logsTo: string) => {
    const knobs = resolveKnobs('hardened', { 'app.logsTo': logsTo })
    return nodeLogFiles({ streams: [{ pod: 'app-1' }] as never, knobs }, cluster, 'n', [positions])
  }
  expect(await found('hostPath')).toContainEqual({
    ...{ file, inode, bytes: 30, readBytes: 20, followed: true },
    name: '../apps/app-1.log',
  })
  expect((await found('stdout')).map(({ name }) => name)).not.toContain('../apps/app-1.log')
})

test('log files of a node: what was read, what not, and which of them the forwarder follows', async () => {
  const pods = path.join(directory, 'var/log/pods')
  const write = (pod: string, name: string, bytes: number) => {
    mkdirSync(path.join(pods, pod), { recursive: true })
    const file = path.join(pods, pod, name)
    writeFileSync(file, Buffer.alloc(bytes))
    return { file, inode: statSync(file).ino }
  }
  const current = write('default_app-1_1', '0.log', 100)
  const rotated = write('default_app-1_1', '0.log.20260101-000000', 50)
  const packed = write('default_app-1_1', '0.log.20250101-000000.gz', 20)
  const daemon = write('gapless-run_app-2-x8k2p_3', '0.log', 10)
  write('logging_fluentd_2', '0.log', 999)
  write('default_app-10_1', '0.log', 999)
  const position = ({ file, inode }: typeof current, bytes: string) =>
    `${file}\t${bytes.padStart(16, '0')}\t${inode.toString(16).padStart(16, '0')}\n`
  const positions = path.join(directory, 'pos')
  writeFileSync(positions, position(current, '28') + position(rotated, 'f'.repeat(16)))
  const found = await nodeLogFiles(
    { streams: [{ pod: 'app-1' }, { pod: 'app-2' }] as never, knobs: resolveKnobs('hardened') },
    cluster,
    'n',
    [positions],
  )
  expect(found.sort((a, b) => a.bytes - b.bytes)).toEqual([
    { ...daemon, name: 'gapless-run_app-2-x8k2p_3/0.log', bytes: 10, readBytes: 0, followed: true },
    {
      file: packed.file,
      name: 'default_app-1_1/0.log.20250101-000000.gz',
      inode: packed.inode,
      bytes: 20,
      readBytes: 0,
      followed: false,
    },
    {
      file: rotated.file,
      name: 'default_app-1_1/0.log.20260101-000000',
      inode: rotated.inode,
      bytes: 50,
      readBytes: 50,
      followed: true,
    },
    {
      file: current.file,
      name: 'default_app-1_1/0.log',
      inode: current.inode,
      bytes: 100,
      readBytes: 40,
      followed: true,
    },
  ])
})
