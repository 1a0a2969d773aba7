import { spawn } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { entryPoint } from '../entry-point.js'
import { numberedLines, startTestCollector, temporaryDirectory, testRun } from '../testing/ends.js'
import { createNotary } from '../workload/notary.js'
import { createCollectorClient } from './client.js'
import { type Announcement, announcementSchema } from '../program/announcement.js'
import { readySchema } from './config.js'
import { listen } from './listen.js'
import { arrivalSchema } from './protocol.js'
import { startCollector } from './start.js'

const waiting = { timeout: 20_000 }

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Starts a program and reads the one line that the collector prints. */
async function announcementOf(command: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  let announcement: Announcement | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    announcement = announcementSchema.parse(JSON.parse(line))
    break
  }
  if (!announcement) throw new Error('nothing was announced')
  const ready =
    'ready' in announcement ? readySchema.partial({ forwardPort: true }).parse(announcement.ready) : undefined
  return { child, exited, announcement, ready }
}

test.each(['dataPort', 'controlPort'] as const)('a %s that is taken is named', async (which) => {
  await using directory = await temporaryDirectory()
  const taken = createServer()
  const port = await listen(taken, '127.0.0.1', 0)
  try {
    await expect(
      startCollector({ run: testRun, directory: directory.path, [which]: port }),
    ).rejects.toMatchObject({ code: 'port-taken', message: `Port ${port} on 127.0.0.1 is taken.` })
  } finally {
    taken.close()
  }
})

test('a port that is lost while it was closed is named, and the collector goes on refusing', async () => {
  await using collector = await startTestCollector()
  await collector.setBehaviour({ mode: 'refuse' })
  const thief = createServer()
  await listen(thief, '127.0.0.1', collector.dataPort)
  const back = collector.setBehaviour({ mode: 'normal' })
  await expect(back).rejects.toMatchObject({ code: 'port-taken' })
  expect((await collector.state()).behaviour).toEqual({ mode: 'refuse' })
  thief.close()
  await collector.setBehaviour({ mode: 'normal' })
  expect((await fetch(collector.dataUrl, { method: 'POST' })).status).toBe(200)
})

test('a directory that is missing, or has ledgers already, is refused by the name of the file', async () => {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'arrivals.raw'), '')
  for (const path of [directory.path, join(directory.path, 'missing')]) {
    await expect(startCollector({ run: testRun, directory: path })).rejects.toMatchObject({
      code: 'store-not-writable',
      message: expect.stringContaining(join(path, 'arrivals.raw')) as unknown,
    })
  }
})

test('a wrong configuration is refused by the name of the field', async () => {
  const { announcement, exited } = await announcementOf(process.execPath, [
    entryPoint('collector/main'),
    '{"run":"x","directory":"/tmp","dataPort":70000}',
  ])
  expect(announcement).toMatchObject({
    error: { code: 'usage', message: expect.stringContaining('dataPort') as unknown },
  })
  expect(await exited).toBe(1)
})

test('runs without a parent that listens, configured by its environment, and ends in order at SIGTERM', async () => {
  await using directory = await temporaryDirectory()
  const config = JSON.stringify({ run: testRun, directory: directory.path })
  const { child, exited, ready } = await announcementOf(process.execPath, [entryPoint('collector/main')], {
    GAPLESS_COLLECTOR: config,
  })
  expect(ready?.pid).toBe(child.pid)
  const answer = await fetch(`http://127.0.0.1:${ready?.dataPort}`, {
    method: 'POST',
    body: numberedLines('s01', 1, 2),
  })
  expect(answer.status).toBe(200)
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
  const arrival = arrivalSchema.parse(
    JSON.parse(await readFile(join(directory.path, 'arrivals.ndjson'), 'utf8')),
  )
  expect(arrival.runs.map((run) => run.slice(0, 3))).toEqual([['s01', 1, 2]])
})

test('goes when its parent was killed, also with a request held', async () => {
  await using directory = await temporaryDirectory()
  const start = new URL('../../dist/collector/start.js', import.meta.url).href
  const program = `
    const { startCollector } = await import(${JSON.stringify(start)})
    const { pid, bootId, dataPort, controlPort } = await startCollector(JSON.parse(process.argv[1]))
    console.log(JSON.stringify({ ready: { pid, bootId, dataPort, controlPort } }))
    setInterval(() => {}, 1000)`
  const config = JSON.stringify({ run: testRun, directory: directory.path })
  const parent = await announcementOf(process.execPath, ['--input-type=module', '-e', program, config])
  const { ready } = parent
  if (!ready) throw new Error('the parent has no collector')
  const client = createCollectorClient(`http://127.0.0.1:${ready.controlPort}`)
  await client.setBehaviour({ mode: 'hold' })
  const held = fetch(`http://127.0.0.1:${ready.dataPort}`, { method: 'POST', body: 'x' }).catch(() => 'cut')
  await expect.poll(async () => (await client.state()).held, waiting).toHaveLength(1)
  expect(isAlive(ready.pid)).toBe(true)
  parent.child.kill('SIGKILL')
  await parent.exited
  await expect.poll(() => isAlive(ready.pid), waiting).toBe(false)
  expect(await held).toBe('cut')
  await expect(client.state()).rejects.toMatchObject({ code: 'instrument' })
})

test('is stopped by its handle, and a Ctrl-C at the terminal is not for it', async () => {
  await using collector = await startTestCollector()
  process.kill(collector.pid, 'SIGINT')
  expect((await fetch(collector.dataUrl, { method: 'POST' })).status).toBe(200)
  await collector.stop()
  expect(isAlive(collector.pid)).toBe(false)
  expect(await collector.exited).toMatchObject({ exitCode: 0 })
})

test('with a full disk it answers 503 from then on, says so, and no answered request is missing', async () => {
  await using directory = await temporaryDirectory()
  const config = JSON.stringify({ run: testRun, directory: directory.path })
  // A file of this process may have 64 KiB at most.
  const limited = 'ulimit -f 64; exec "$0" "$@"'
  const { child, exited, ready } = await announcementOf('bash', [
    '-c',
    limited,
    process.execPath,
    entryPoint('collector/main'),
    config,
  ])
  const url = `http://127.0.0.1:${ready?.dataPort}`
  const client = createCollectorClient(`http://127.0.0.1:${ready?.controlPort}`)
  const answers: number[] = []
  for (let first = 1; first <= 10_000; first += 100) {
    const { status } = await fetch(url, { method: 'POST', body: numberedLines('s01', first, first + 99) })
    answers.push(status)
  }
  expect((await stat(join(directory.path, 'arrivals.raw'))).size).toBe(65_536)
  const taken = answers.indexOf(503)
  expect(taken).toBe(6)
  expect(new Set(answers.slice(taken))).toEqual(new Set([503]))
  const arrivals = (await readFile(join(directory.path, 'arrivals.ndjson'), 'utf8')).trim().split('\n')
  expect(arrivals).toHaveLength(taken)
  const state = await client.state()
  expect(state.failure).toContain(`Cannot write to ${join(directory.path, 'arrivals.raw')}: EFBIG`)
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
})

test('the raw file stops at its limit, the ledger goes on', async () => {
  await using collector = await startTestCollector({ rawLimitBytes: 1_000 })
  for (const first of [1, 6, 11]) {
    const body = numberedLines('s01', first, first + 4)
    expect((await fetch(collector.dataUrl, { method: 'POST', body })).status).toBe(200)
  }
  expect((await collector.arrivals()).map(({ raw }) => raw)).toEqual([[0, 505], null, null])
  expect((await stat(join(collector.directory, 'arrivals.raw'))).size).toBe(505)
})

test('bodies that memory has no room for are answered 503, and room comes back', async () => {
  await using collector = await startTestCollector({ memoryLimitBytes: 100_000 })
  const post = (bytes: number) =>
    fetch(collector.dataUrl, { method: 'POST', body: Buffer.alloc(bytes) }).then(({ status }) => status)
  expect(await post(100_001)).toBe(503)
  expect(await post(100_000)).toBe(200)
  await collector.setBehaviour({ mode: 'hold' })
  const held = post(60_000)
  await expect.poll(async () => (await collector.state()).held, waiting).toHaveLength(1)
  expect(await post(60_000)).toBe(503)
  await collector.release()
  expect(await held).toBe(200)
  expect(await post(100_000)).toBe(200)
  expect(await collector.state()).toMatchObject({ rejected: 2 })
})

test('wrong requests at the control port are answered with what was wrong', async () => {
  await using collector = await startTestCollector()
  const call = async (method: string, path: string, body?: string) => {
    const response = await fetch(collector.controlUrl + path, { method, ...(body !== undefined && { body }) })
    const { error } = (await response.json()) as { error: { message: string } }
    return [response.status, error.message]
  }
  expect(await call('POST', '/behaviour', '{"mode":"slow","delayMs":-1}')).toEqual([
    400,
    expect.stringContaining('delayMs'),
  ])
  expect(await call('POST', '/behaviour', '{')).toEqual([400, 'the body is no JSON: {'])
  expect(await call('GET', '/nowhere')).toEqual([404, 'there is nothing at /nowhere'])
  expect(await call('GET', '/release')).toEqual([405, 'GET is not possible at /release'])
  expect(await call('POST', '/streams/one/command', '{"upTo":1}')).toEqual([
    400,
    expect.stringContaining('linesPerSecond'),
  ])
  expect(await call('POST', '/streams/much-too-long/command', '{}')).toEqual([
    400,
    'a stream is three of 0-9a-z, not "much-too-long"',
  ])
  expect(await call('POST', '/emitters/s01/reserve', '{"upTo":1,"incarnation":1}')).toEqual([
    409,
    expect.stringContaining('incarnation 1'),
  ])
})

test('a stream that was only commanded is waited for, and its state shows that', async () => {
  await using collector = await startTestCollector()
  expect(await collector.command('s01', { upTo: 5, linesPerSecond: null, end: false })).toMatchObject({
    id: 1,
  })
  expect((await collector.state()).streams.s01).toEqual({
    registered: false,
    incarnation: 0,
    sent: 0,
    sentUpTo: 0,
    reserved: 0,
    delivered: 0,
    duplicated: 0,
    corrupted: 0,
    command: 1,
    idle: false,
    ended: false,
  })
  const notary = createNotary(collector.controlUrl, 's01', new AbortController().signal)
  expect(await notary.nextCommand(0)).toEqual({ id: 1, upTo: 5, linesPerSecond: null, end: false })
})
