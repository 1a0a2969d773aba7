import { expect, test } from 'vitest'
import { createTeardown } from './teardown.js'

test('undoes in reverse, whatever fails, and tells each step what failed before it', async () => {
  const teardown = createTeardown()
  const undone: [string, readonly string[]][] = []
  const note = (what: string) => (failures: readonly string[]) => {
    undone.push([what, [...failures]])
  }
  teardown.defer('first', note('first'))
  teardown.defer('second', () => Promise.reject(new Error('no')))
  teardown.defer('third', note('third'))
  expect(await teardown.unwind()).toEqual(['second: no'])
  expect(undone).toEqual([
    ['third', []],
    ['first', ['second: no']],
  ])
})

test('what is forgotten stays', async () => {
  const teardown = createTeardown()
  teardown.defer('kept', () => {
    throw new Error('undone')
  })
  teardown.forget()
  expect(await teardown.unwind()).toEqual([])
})
