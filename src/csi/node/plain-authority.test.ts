import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import { Duplex, PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { plainAuthority } from './plain-authority.js'

const socketPath = '/var/lib/kubelet/plugins/rwo.csi.gapless.dev/csi.sock'

/** What a server is asked over one connection by requests with these authorities, one after the other. */
async function asked(
  authorities: readonly string[],
  through: (bytes: PassThrough) => NodeJS.ReadableStream,
  headers: (index: number) => Record<string, string> = () => ({}),
): Promise<unknown[]> {
  const [up, down] = [new PassThrough(), new PassThrough()]
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ authority: request.headers[':authority'], mark: request.headers.mark }))
  })
  server.emit('connection', Duplex.from({ readable: through(up), writable: down }))
  const client = connect('http://n', {
    createConnection: () => Duplex.from({ readable: down, writable: up }),
  })
  const answers: unknown[] = []
  for (const [index, authority] of authorities.entries()) {
    const request = client.request({
      ':authority': authority,
      ':path': `/${String(index)}`,
      ...headers(index),
    })
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    const outcome = await Promise.race([
      once(request, 'end').then(() => JSON.parse(text) as unknown),
      once(request, 'error').then(([error]) => (error as Error).message),
    ]).catch((error: unknown) => (error as Error).message)
    answers.push(outcome)
  }
  client.destroy()
  return answers
}

test('a socket’s path is no authority for Node.js', async () => {
  expect(await asked([socketPath], (bytes) => bytes)).toEqual([
    'Stream closed with error code NGHTTP2_PROTOCOL_ERROR',
  ])
})

test('a socket’s path is replaced, on each request of a connection', async () => {
  const answers = await asked([socketPath, socketPath, '/another', 'plain'], (bytes) =>
    bytes.pipe(plainAuthority()),
  )
  expect(answers).toEqual(answers.map(() => ({ authority: 'n' })))
  expect(answers.length).toBe(4)
})

test('all other headers come through, also when the table of headers is long full', async () => {
  const marks = Array.from({ length: 200 }, (_, index) => `${String(index)}-${'x'.repeat(index)}`)
  const answers = await asked(
    marks.map(() => socketPath),
    (bytes) => bytes.pipe(plainAuthority()),
    (index) => ({ mark: marks[index] ?? '' }),
  )
  expect(answers).toEqual(marks.map((mark) => ({ authority: 'n', mark })))
})

test('bytes that come one at a time are put together', async () => {
  const single = (bytes: PassThrough) => {
    const parts = new PassThrough()
    bytes.on('data', (chunk: Buffer) => {
      for (const byte of chunk) parts.write(Buffer.from([byte]))
    })
    return parts.pipe(plainAuthority())
  }
  expect(await asked([socketPath], single)).toEqual([{ authority: 'n' }])
})
