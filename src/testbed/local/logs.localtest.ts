import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  logDirectory,
  readLogs,
  startTestCluster,
  testPod,
  type TestCluster,
} from '../../testing/local-cluster.js'
import { until } from '../../until.js'
import type { Pod } from '../contract.js'
import { textOfCriLog } from './cri-text.js'

/** Numbered lines from 1 on, 500 at a time, until there is a file `enough`; how many it were is in the file `last`. */
const counting = `
  const { existsSync, renameSync, writeFileSync } = require('fs')
  const write = (from) => {
    const last = from + 499
    let text = ''
    for (let n = from; n <= last; n += 1) text += String(n).padStart(99, '.') + '\\n'
    const enough = existsSync('enough')
    if (enough) {
      writeFileSync('last.new', String(last))
      renameSync('last.new', 'last')
    }
    process.stdout.write(text, () => enough || setTimeout(write, 5, last + 1))
  }
  write(1)
  setInterval(() => undefined, 1000)`

const node = (script: string) => ({ command: [process.execPath, '-e', script] })

function numbers(log: Buffer): number[] {
  const text = textOfCriLog(log).toString()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.replace(/^\.*/, '')))
}

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

it('writes stdout and stderr as CRI log lines, byte for byte, cut at 16 KiB', async () => {
  await using test = await startTestCluster()
  const spec = testPod(
    '',
    node(`
      const fs = require('fs')
      const write = (fd, bytes) => { for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at) }
      write(1, Buffer.from('short\\n'))
      write(1, Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x61, 0x0a]))
      write(1, Buffer.from('x'.repeat(16384) + '\\n' + 'y'.repeat(16385) + '\\n'))
      write(1, Buffer.concat([Buffer.alloc(1_000_000, 0xfe), Buffer.from('\\nno newline')]))
      write(2, Buffer.from('error\\n'))`),
  )
  await test.cluster.createPod(spec)
  await test.nth('container-exited')
  const lines = readLogs(logDirectory(test.cluster, spec)).toString('latin1').split('\n')
  expect(lines.pop()).toBe('')
  expect(
    lines.filter((line) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z std(out|err) [FP] /.test(line)),
  ).toEqual([])
  const byStream = (stream: string) =>
    lines.map((line) => line.slice(31)).filter((line) => line.startsWith(stream))
  const huge = Array.from({ length: 61 }, () => `stdout P ${'\xfe'.repeat(16_384)}`)
  expect(byStream('stdout')).toEqual([
    'stdout F short',
    'stdout F \xff\xfe\0\ra',
    `stdout F ${'x'.repeat(16_384)}`,
    `stdout P ${'y'.repeat(16_384)}`,
    'stdout F y',
    ...huge,
    `stdout F ${'\xfe'.repeat(1_000_000 - 61 * 16_384)}`,
    'stdout P no newline',
  ])
  expect(byStream('stderr')).toEqual(['stderr F error'])
})

it('has an empty log file and a relative link to it as soon as the container runs', async () => {
  await using test = await startTestCluster()
  const pod = await test.cluster.createPod(testPod('sleep 1000'))
  const containers = join(test.cluster.nodeRoot('node-1'), 'var', 'log', 'containers')
  const { containerId } = await pod.status()
  const link = `pod_default_main-${String(containerId)}.log`
  expect(readdirSync(containers)).toEqual([link])
  expect(lstatSync(join(containers, link)).isSymbolicLink()).toBe(true)
  expect(readlinkSync(join(containers, link))).toMatch(
    /^\.\.\/pods\/default_pod_[0-9a-f-]{36}\/main\/0\.log$/,
  )
  expect(readFileSync(join(containers, link))).toEqual(Buffer.alloc(0))
})

it('opens /dev/stdout in the container as a pipe', async () => {
  await using test = await startTestCluster()
  const pod = await test.cluster.createPod(testPod('echo one > /dev/stdout; test -p /dev/stdout && echo two'))
  await test.nth('container-exited')
  expect(await pod.logs()).toBe('one\ntwo\n')
})

/**
 * Lets it write while its log is rotated so many times by its size, and waits for its last line. Then rotates once
 * more, which comes after every rotation that is under way. Resolves to that line's number.
 */
async function writtenOver(rotations: number, test: TestCluster, pod: Pod): Promise<number> {
  await test.nth('log-rotated', rotations)
  writeFileSync(pod.resolve('/enough'), '')
  const file = pod.resolve('/last')
  await until('the writer to end', { timeoutMs: 30_000, poll: () => existsSync(file) || undefined })
  const last = Number(readFileSync(file, 'utf8'))
  await until(`line ${last}`, {
    timeoutMs: 30_000,
    poll: async () => (await pod.logs({ maxBytes: 100 })).endsWith(`.${last}\n`) || undefined,
  })
  await test.cluster.rotateLogs(pod)
  return last
}

it('loses and doubles nothing over rotations while it writes, and compresses all but the newest', async () => {
  await using test = await startTestCluster({
    logPolicy: { maxBytes: 100_000, maxFiles: 1_000 },
    rotationCheckMs: 10,
  })
  const spec = testPod('', node(counting))
  const pod = await test.cluster.createPod(spec)
  const last = await writtenOver(8, test, pod)
  const directory = logDirectory(test.cluster, spec)
  expect(numbers(readLogs(directory))).toEqual(upTo(last))
  const rotated = readdirSync(directory)
    .filter((name) => name !== '0.log')
    .sort()
  expect(rotated.length).toBeGreaterThan(8)
  expect(rotated.filter((name) => !/^0\.log\.\d{8}-\d{6}(\.gz)?$/.test(name))).toEqual([])
  expect(rotated.filter((name) => !name.endsWith('.gz'))).toEqual(rotated.slice(-1))
  expect(test.events.filter((event) => event.type === 'log-rotated')).toHaveLength(rotated.length)
})

it('keeps no more files than the policy says, the newest, and tells what it removed', async () => {
  await using test = await startTestCluster({
    logPolicy: { maxBytes: 100_000, maxFiles: 3 },
    rotationCheckMs: 10,
  })
  const spec = testPod('', node(counting))
  const pod = await test.cluster.createPod(spec)
  const last = await writtenOver(6, test, pod)
  const directory = logDirectory(test.cluster, spec)
  expect(readdirSync(directory)).toHaveLength(3)
  const kept = numbers(readLogs(directory))
  expect(kept).toEqual(upTo(last, kept[0]))
  const count = (type: string) => test.events.filter((event) => event.type === type).length
  expect(count('log-removed')).toBe(count('log-rotated') - 2)
})

it('rotates on command, also several times in a second', async () => {
  await using test = await startTestCluster()
  // Opened to read and write, so that it has no end when the last line's writer goes.
  const script = 'mkfifo gate; for n in 1 2 3 4; do echo "$n"; read -r <> gate; done; sleep 1000'
  const spec = testPod(script)
  const pod = await test.cluster.createPod(spec)
  for (const n of [1, 2, 3, 4]) {
    await until(`line ${n}`, {
      timeoutMs: 30_000,
      intervalMs: 5,
      poll: async () => (await pod.logs()).endsWith(`${n}\n`) || undefined,
    })
    await test.cluster.rotateLogs(pod)
    await writeFile(pod.resolve('/gate'), '\n')
  }
  const directory = logDirectory(test.cluster, spec)
  expect(
    readdirSync(directory)
      .sort()
      .map((name) => name.replace(/\d{8}-\d{6}/, 'TIME')),
  ).toEqual(['0.log', '0.log.TIME.gz', '0.log.TIME.gz', '0.log.TIME.gz', '0.log.TIME'])
  expect(textOfCriLog(readLogs(directory)).toString()).toBe('1\n2\n3\n4\n')
  expect(await pod.logs()).toBe('1\n2\n3\n4\n')
  expect(await pod.logs({ maxBytes: 4 })).toBe('3\n4\n')
})
