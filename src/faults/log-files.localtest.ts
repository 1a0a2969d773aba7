import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { numberedLines } from '../testing/ends.js'
import { inject, said, testFaultContext } from '../testing/fault-context.js'
import {
  logDirectory,
  readLogs,
  startTestCluster,
  testPod,
  type TestCluster,
} from '../testing/local-cluster.js'
import { type Pod } from '../testbed/contract.js'
import { until } from '../until.js'
import { type FaultContext } from './fault.js'
import { app, node } from './vocabulary.js'

/** One application a test, which writes ten numbered lines at its start and ten more when it is told to. */
let testbed: TestCluster
let pods = 0

beforeAll(async () => {
  testbed = await startTestCluster()
})
afterAll(() => testbed[Symbol.asyncDispose]())

interface Writer {
  readonly context: FaultContext
  readonly directory: string
  writeMore(): Promise<void>
}

async function startWriter(name = `app-${String((pods += 1))}`): Promise<Writer> {
  const spec = testPod('mkfifo go; cat first; read <> go; cat second; sleep 1000', {
    name,
    files: { '/first': String(numberedLines('s00', 1, 10)), '/second': String(numberedLines('s00', 11, 20)) },
  })
  const pod: Pod = await testbed.cluster.createPod(spec)
  const directory = logDirectory(testbed.cluster, spec)
  const lines = (count: number) =>
    until(`${String(count)} lines of ${name}`, {
      timeoutMs: 30_000,
      intervalMs: 10,
      poll: () => (linesIn(readLogs(directory)) >= count ? true : undefined),
    })
  await lines(10)
  const before = linesIn(readLogs(directory))
  return {
    context: testFaultContext(testbed.cluster, { apps: [pod] }),
    directory,
    async writeMore() {
      const known = linesIn(readLogs(directory))
      writeFileSync(join(pod.resolve('/'), 'go'), '\n')
      await lines(known + before)
    },
  }
}

const linesIn = (log: Buffer) => log.toString('latin1').split('\n').length - 1

test('links are not there until they are shown again', async () => {
  const { context } = await startWriter('linked')
  const links = join(testbed.cluster.nodeRoot('node-1'), 'var/log/containers')
  const there = () => readdirSync(links).filter((name) => name.startsWith('linked_') && name.endsWith('.log'))
  expect(there()).toHaveLength(1)
  const hidden = await inject(app('node-1').hideLogLinks(), context)
  expect(said(hidden.evidence)).toEqual(['1 log link is not there'])
  expect(there()).toEqual([])
  expect(said((await hidden.heal?.({})) ?? [])).toEqual(['1 log link is there again'])
  expect(there()).toHaveLength(1)
})

test('rotation gives the writer a new file, and what is rotated can be removed', async () => {
  const { context, directory, writeMore } = await startWriter()
  const rotated = await inject(app('node-1').rotateLogs(), context)
  expect(said(rotated.evidence)).toEqual([
    `app-1: 0.log was rotated with 1 file with ${bytesOf(10)} bytes and 10 lines, and is a new file`,
  ])
  expect(rotated.heal).toBeUndefined()
  await writeMore()
  expect(linesIn(readFileSync(join(directory, '0.log')))).toBe(10)

  const removed = await inject(app('node-1').removeRotatedLogs(), context)
  expect(said(removed.evidence)).toEqual([
    `rotated logs: 1 file with ${bytesOf(10)} bytes and 10 lines were there and are gone`,
  ])
  expect(readdirSync(directory)).toEqual(['0.log'])
  const again = await inject(app('node-1').removeRotatedLogs(), context)
  expect(said(again.evidence)).toEqual(['NOT SO: rotated logs: no files were there and are gone'])
})

/** A numbered line of 100 bytes, the header of the CRI format and a newline. */
const bytesOf = (lines: number) =>
  (lines * (100 + '2026-01-01T00:00:00.000000000Z stdout F '.length + 1)).toLocaleString('en')

test('truncation keeps the file, and a copy where one is made', async () => {
  const { context, directory, writeMore } = await startWriter()
  const bytes = bytesOf(10)
  const cut = await inject(app('node-1').truncateLogs(), context)
  expect(said(cut.evidence)).toEqual([
    `app-2: 0.log was cut from ${bytes} to 0 bytes, ${bytesOf(10)} bytes having been copied`,
  ])
  await writeMore()
  expect(readdirSync(directory)).toHaveLength(2)
  expect(linesIn(readLogs(directory))).toBe(20)
  expect(said((await inject(app('node-1').truncateLogs({ copy: false }), context)).evidence)).toEqual([
    `app-2: 0.log was cut from ${bytes} to 0 bytes`,
  ])
  expect(said((await inject(app('node-1').truncateLogs({ copy: false }), context)).evidence)).toEqual([
    'NOT SO: app-2: 0.log was cut from 0 to 0 bytes',
  ])
})

test('a file that is moved away is made again by its writer', async () => {
  const { context, directory, writeMore } = await startWriter()
  const moved = await inject(app('node-1').moveLogs(), context)
  expect(said(moved.evidence)[0]).toMatch(
    /^app-3: 0\.log was moved away with 1 file with [\d,]+ bytes and 10 lines, and was there again \d+ ms later$/,
  )
  await writeMore()
  expect(linesIn(readFileSync(join(directory, '0.log')))).toBe(10)
  expect(linesIn(readLogs(directory))).toBe(20)
})

test('links lead to the old file until they are pointed at the new one', async () => {
  const { context, directory, writeMore } = await startWriter()
  const links = join(testbed.cluster.nodeRoot('node-1'), 'var/log/containers')
  const link = readdirSync(links).find((name) => name.startsWith('app-4_'))!
  const pointed = await inject(app('node-1').repointLogLinks({ late: '100ms' }), context)
  expect(said(pointed.evidence)[0]).toMatch(
    /^app-4: its link led to the old file \(inode \d+\) for 100 ms after a new one/,
  )
  expect(realpathSync(join(links, link))).toBe(realpathSync(join(directory, '0.log')))
  await writeMore()
  expect(linesIn(readFileSync(join(directory, '0.log')))).toBe(10)
  expect(linesIn(readLogs(directory))).toBe(20)
})

test('stray lines stand where they were appended, between whole lines of the writer', async () => {
  const { context, directory, writeMore } = await startWriter()
  const malformed = await inject(app('node-1').writeMalformedLines(), context)
  expect(said(malformed.evidence)).toEqual(['app-5: 6 malformed lines, 202 bytes, stand in 0.log'])
  const oversize = await inject(app('node-1').writeOversizeLine(100_000), context)
  expect(said(oversize.evidence)).toEqual(['app-5: an oversize line, 100,000 bytes, stand in 0.log'])
  await writeMore()
  const log = readFileSync(join(directory, '0.log'))
  expect(linesIn(log)).toBe(10 + 6 + 1 + 10)
  expect(
    Math.max(
      ...log
        .toString('latin1')
        .split('\n')
        .map(({ length }) => length),
    ),
  ).toBe(99_999)
  expect(await context.heldIn([join(directory, '0.log')])).toMatchObject({ lines: 20 })
})

test('a wiped disk holds neither state nor logs, and is not wiped under a forwarder that runs', async () => {
  const { context: logs, directory, writeMore } = await startWriter()
  await inject(app('node-1').rotateLogs(), logs)
  const forwarder = await testbed.cluster.createPod(
    testPod('mkdir var/lib/fluentd/buffer; echo 12345 > var/lib/fluentd/buffer/b; sleep 1000', {
      name: 'forwarder',
      role: 'forwarder',
      volumes: [
        {
          name: 'state',
          mountPath: '/var/lib/fluentd',
          source: { type: 'hostPath', path: '/var/lib/fluentd' },
        },
      ],
    }),
  )
  const state = forwarder.resolve('/var/lib/fluentd')
  await until('the state', {
    timeoutMs: 30_000,
    poll: () => (existsSync(join(state, 'buffer/b')) ? true : undefined),
  })
  const context = testFaultContext(testbed.cluster, {
    apps: logs.apps('node-1'),
    podOf: () => forwarder,
  })
  await forwarder.stop({ gracePeriodSeconds: 0 })
  const wiped = await inject(node('node-1').wipeDisk(), context)
  expect(said(wiped.evidence)).toEqual([
    'the forwarder on node-1 was down: it has no file open that is wiped under it',
    "the forwarder's hostPath state: 1 file with 6 bytes and 0 lines were there and are gone",
    `container logs on node-1: 2 files with ${bytesOf(10)} bytes and 10 lines were there and are gone`,
  ])
  expect(readdirSync(state)).toEqual([])
  await writeMore()
  expect(readdirSync(directory)).toEqual(['0.log'])
  expect(linesIn(readLogs(directory))).toBe(10)

  await forwarder.start()
  const again = await inject(node('node-1').wipeDisk(), context)
  expect(again.evidence[0]).toMatchObject({ holds: false })
})

test('numbered lines are found in compressed files too', async () => {
  const { context, directory } = await startWriter()
  await inject(app('node-1').rotateLogs(), context)
  await inject(app('node-1').rotateLogs(), context)
  const packed = readdirSync(directory).filter((name) => name.endsWith('.gz'))
  expect(packed).toHaveLength(1)
  expect(linesIn(gunzipSync(readFileSync(join(directory, packed[0]!))))).toBe(10)
  expect(await context.heldBelow(directory)).toMatchObject({ lines: 10 })
})
