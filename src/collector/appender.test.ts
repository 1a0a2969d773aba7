import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAppender } from './appender.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gapless-appender-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('what has been appended can be read by others, in the order of the calls', async () => {
  const path = join(directory, 'file')
  const appender = await createAppender(path)
  const parts = Array.from({ length: 3000 }, (_, index) => `part ${index}\n`)
  const done: number[] = []
  await Promise.all(
    parts.map((part, index) => appender.append(Buffer.from(part)).then(() => done.push(index))),
  )
  expect(await readFile(path, 'utf8')).toBe(parts.join(''))
  expect(done).toEqual(parts.map((_, index) => index))
  await appender.close()
})

test('nothing may be there already', async () => {
  const path = join(directory, 'file')
  await (await createAppender(path)).close()
  await expect(createAppender(path)).rejects.toMatchObject({ code: 'store-not-writable' })
})

test('after a failure everything is refused, with the path', async () => {
  const path = join(directory, 'file')
  const appender = await createAppender(path)
  await appender.close()
  const refusal = { code: 'store-not-writable', message: expect.stringContaining(path) as unknown }
  await expect(appender.append(Buffer.from('a'))).rejects.toMatchObject(refusal)
  await expect(appender.append(Buffer.from('b'))).rejects.toMatchObject(refusal)
})
