import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCollectorClient } from '../collector/client.js'
import { readySchema } from '../collector/config.js'
import type { LatencyFile } from '../collector/protocol.js'
import { dockerOutput } from '../docker/docker.js'
import { removeContainers } from '../docker/container.js'
import { bundlePath } from '../entry-point.js'
import { until } from '../until.js'
import { wireReadySchema } from '../wire/config.js'
import { announcementSchema } from './announcement.js'

const image = 'node:20-bookworm-slim'
const started: string[] = []
let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gapless-bundles-'))
})

afterAll(async () => {
  await removeContainers(started)
  await rm(directory, { recursive: true })
})

/** Runs one in a container in which there is nothing but Node. */
async function run(
  name: 'workload' | 'collector' | 'wire',
  options: string[],
  config: unknown,
): Promise<string> {
  const bundles = dirname(bundlePath(name))
  const id = await dockerOutput([
    ...['run', '--detach', '--volume', `${bundles}:/gapless:ro`, ...options],
    ...[image, 'node', `/gapless/${name}.mjs`, JSON.stringify(config)],
  ])
  started.push(id.trim())
  return id.trim()
}

const logsOf = (id: string) => dockerOutput(['logs', id])

async function announced(id: string): Promise<unknown> {
  return until('an announcement', {
    timeoutMs: 20_000,
    poll: async () => {
      const [line] = (await logsOf(id)).split('\n')
      if (!line) return undefined
      const announcement = announcementSchema.parse(JSON.parse(line))
      return 'ready' in announcement ? announcement.ready : announcement
    },
  })
}

it.each(['workload', 'csi'] as const)('%s fits into a ConfigMap', async (name) => {
  expect((await stat(bundlePath(name))).size).toBeLessThan(1024 * 1024 - 100_000)
})

it('collector, tap and emitter run where there is nothing but Node', async () => {
  const collector = await run(
    'collector',
    ['--publish', '127.0.0.1::9001', '--volume', `${directory}:/data`],
    { run: 'abcdefgh', directory: '/data', host: '0.0.0.0', dataPort: 9000, controlPort: 9001 },
  )
  expect(readySchema.parse(await announced(collector))).toMatchObject({ dataPort: 9000, controlPort: 9001 })
  const [address] = (await dockerOutput(['port', collector, '9001/tcp'])).split('\n')
  const client = createCollectorClient(`http://${address ?? ''}`)

  const shared = ['--network', `container:${collector}`]
  const wire = await run('wire', [...shared, '--tmpfs', '/data'], {
    run: 'abcdefgh',
    directory: '/data',
    ports: { 'node-1': 9100 },
    aggregator: { host: '127.0.0.1', port: 9200 },
  })
  expect(wireReadySchema.parse(await announced(wire)).controlPort).toBeGreaterThan(0)

  const environment = {
    GAPLESS_RUN: 'abcdefgh',
    GAPLESS_STREAM: 's01',
    GAPLESS_CONTROL_URL: 'http://127.0.0.1:9001',
  }
  const variables = Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  const emitter = await run('workload', [...shared, ...variables], {})
  await client.command('s01', { upTo: 100, linesPerSecond: 1000, end: false })
  await until('100 lines to be sent', {
    timeoutMs: 20_000,
    poll: async () => (await client.state()).streams.s01?.sent === 100 || undefined,
  })
  const lines = (await logsOf(emitter)).split('\n').filter(Boolean)
  expect(lines.length).toBe(100)

  const posted = [
    'require("http").request({port:9000,path:"/from/test",method:"POST"},r=>process.exit(r.statusCode-200)).end(process.argv[1])',
  ]
  await dockerOutput(['exec', collector, 'node', '-e', ...posted, `${lines.join('\n')}\n`])
  await client.finish()
  expect((await client.state()).streams.s01).toMatchObject({ delivered: 100, duplicated: 0, corrupted: 0 })
  const latency = JSON.parse(await readFile(join(directory, 'latency.json'), 'utf8')) as LatencyFile
  // Written with a zlib in JavaScript there, read with Node's here.
  expect(decodeFromCompressedBase64(latency.streams.s01!.histogram).totalCount).toBe(100)
})
